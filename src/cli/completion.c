// SPDX-License-Identifier: Apache-2.0
// oracle completion SHELL: completion for bash, zsh and fish, written from the table of commands.
#include "cli/cli.h"

#include <string.h>

#define WORD_MAX 64

static void put(struct cli *cli, const char *text)
{
    cli_out_add(&cli->out, str_from(text));
}

// ---- what the table says

static bool first_of_noun(const struct cli_command *c)
{
    for (const struct cli_command *before = cli_commands; before < c; before++) {
        if (strcmp(before->noun, c->noun) == 0) {
            return false;
        }
    }
    return true;
}

static bool has_verbs(const char *noun)
{
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (strcmp(c->noun, noun) == 0 && c->verb[0]) {
            return true;
        }
    }
    return false;
}

// "PAIR TIMEFRAME" of "[PAIR TIMEFRAME]", word by word.
static bool next_argument(struct str *rest, char out[static WORD_MAX])
{
    struct str part;

    while (str_split(rest, ' ', &part)) {
        while (part.len > 0 && (part.data[0] == '[' || part.data[0] == '{')) {
            part = str_sub(part, 1, part.len);
        }
        while (part.len > 0 && strchr("]}.", part.data[part.len - 1])) {
            part = str_sub(part, 0, part.len - 1);
        }
        if (part.len > 0 && str_copy(out, WORD_MAX, part) == 0) {
            return true;
        }
    }
    return false;
}

static void put_arguments(struct cli *cli, const struct cli_command *c)
{
    struct str rest = str_from(c->arguments);
    char word[WORD_MAX];

    for (int i = 0; next_argument(&rest, word); i++) {
        cli_out_printf(&cli->out, "%s%s", i > 0 ? " " : "", word);
    }
}

static void put_timeframes(struct cli *cli)
{
    for (int tf = 0; tf < TF_COUNT; tf++) {
        cli_out_printf(&cli->out, "%s%s", tf > 0 ? " " : "", timeframe_code((enum timeframe)tf));
    }
}

static void put_option_names(struct cli *cli, const struct cli_option *options)
{
    for (const struct cli_option *o = options; o && o->name; o++) {
        cli_out_printf(&cli->out, " --%s", o->name);
        if (o->letter) {
            cli_out_printf(&cli->out, " -%c", o->letter);
        }
    }
}

// ---- options that take a value, each once: names differ in kind by command in no case

static bool named_before(const struct cli_option *o, const struct cli_command *stop,
                         const struct cli_option *stop_at)
{
    for (const struct cli_option *g = cli_global_options; g->name; g++) {
        if (g == o) {
            return false;
        }
        if (strcmp(g->name, o->name) == 0) {
            return true;
        }
    }
    for (const struct cli_command *c = cli_commands; c <= stop; c++) {
        for (const struct cli_option *p = c->options; p && p->name; p++) {
            if (c == stop && p == stop_at) {
                return false;
            }
            if (strcmp(p->name, o->name) == 0 && p->type != CLI_FLAG) {
                return true;
            }
        }
    }
    return false;
}

static void put_value_name(struct cli *cli, const struct cli_option *o, int *n)
{
    cli_out_printf(&cli->out, "%s--%s", *n > 0 ? "|" : "", o->name);
    if (o->letter) {
        cli_out_printf(&cli->out, "|-%c", o->letter);
    }
    (*n)++;
}

static void put_value_names(struct cli *cli, bool paths)
{
    int n = 0;

    for (const struct cli_option *o = cli_global_options; o->name; o++) {
        if (o->type != CLI_FLAG && (o->type == CLI_PATH) == paths) {
            put_value_name(cli, o, &n);
        }
    }
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        for (const struct cli_option *o = c->options; o && o->name; o++) {
            if (o->type != CLI_FLAG && (o->type == CLI_PATH) == paths && !named_before(o, c, o)) {
                put_value_name(cli, o, &n);
            }
        }
    }
}

// ---- bash

static const char bash_head[] =
    "# bash completion of oracle, written by 'oracle completion bash' from its table of commands.\n"
    "_oracle_table() {\n"
    "    # $1: the command's words. Sets verbs, options and arguments.\n"
    "    verbs= options= arguments=\n"
    "    case $1 in\n";

static const char bash_walk[] =
    "    esac\n"
    "}\n"
    "\n"
    "_oracle() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} noun='' verb='' verbs='' options='' arguments=''\n"
    "    local word value='' left='' count=0 i\n"
    "    COMPREPLY=()\n"
    "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
    "        word=${COMP_WORDS[i]}\n"
    "        if [[ -n $value ]]; then\n"
    "            [[ $word == = ]] || value=''\n"
    "            continue\n"
    "        fi\n"
    "        case $word in\n";

static const char bash_middle[] =
    "        -*) ;;\n"
    "        *)\n"
    "            if [[ -z $noun ]]; then\n"
    "                noun=$word\n"
    "                _oracle_table \"$noun\"\n"
    "            elif [[ -z $verb && $count -eq 0 && \" $verbs \" == *\" $word \"* ]]; then\n"
    "                verb=$word\n"
    "                _oracle_table \"$noun $verb\"\n"
    "            else\n"
    "                count=$((count + 1))\n"
    "            fi\n"
    "            ;;\n"
    "        esac\n"
    "    done\n"
    "    [[ $cur == = ]] && cur=''\n"
    "    if [[ $value == path ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        return\n"
    "    elif [[ -n $value ]]; then\n"
    "        return\n"
    "    fi\n"
    "    if [[ $cur == -* ]]; then\n";

static const char bash_tail[] =
    "        return\n"
    "    fi\n"
    "    if [[ -z $noun ]]; then\n"
    "        _oracle_table ''\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$cur\")\n"
    "        return\n"
    "    fi\n"
    "    # The word of the arguments that stands here.\n"
    "    for word in $arguments; do\n"
    "        [[ $count -gt 0 ]] || { left=$word; break; }\n"
    "        count=$((count - 1))\n"
    "    done\n"
    "    [[ -z $verb && $count -eq 0 ]] || verbs=''\n"
    "    case $left in\n"
    "    FILE) mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$cur\"; compgen -f -- "
    "\"$cur\")\n"
    "        compopt -o filenames 2>/dev/null ;;\n"
    "    DIR) mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$cur\"; compgen -d -- \"$cur\")\n"
    "        compopt -o filenames 2>/dev/null ;;\n"
    "    TIMEFRAME) mapfile -t COMPREPLY < <(compgen -W \"";

static const char bash_end[] =
    "\" -- \"$cur\") ;;\n"
    "    SHELL) mapfile -t COMPREPLY < <(compgen -W 'bash zsh fish' -- \"$cur\") ;;\n"
    "    COMMAND) _oracle_table ''\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$cur\") ;;\n"
    "    *) mapfile -t COMPREPLY < <(compgen -W \"$verbs\" -- \"$cur\") ;;\n"
    "    esac\n"
    "}\n"
    "complete -F _oracle oracle\n";

static void put_bash_nouns(struct cli *cli)
{
    put(cli, "    '') verbs='");
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (first_of_noun(c)) {
            cli_out_printf(&cli->out, "%s%s", c == cli_commands ? "" : " ", c->noun);
        }
    }
    put(cli, "' ;;\n");
}

static void put_bash_verbs(struct cli *cli, const char *noun)
{
    int n = 0;

    put(cli, "verbs='");
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (strcmp(c->noun, noun) == 0 && c->verb[0]) {
            cli_out_printf(&cli->out, "%s%s", n++ > 0 ? " " : "", c->verb);
        }
    }
    put(cli, "'");
}

static void put_bash_command(struct cli *cli, const struct cli_command *c)
{
    cli_out_printf(&cli->out, "    '%s%s%s') ", c->noun, c->verb[0] ? " " : "", c->verb);
    if (!c->verb[0] && has_verbs(c->noun)) {
        put_bash_verbs(cli, c->noun);
        put(cli, " ");
    }
    put(cli, "options='");
    put_option_names(cli, c->options);
    put(cli, "' arguments='");
    put_arguments(cli, c);
    put(cli, "' ;;\n");
}

// A noun that is no command by itself knows its verbs only.
static void put_bash_noun(struct cli *cli, const struct cli_command *c)
{
    for (const struct cli_command *bare = cli_commands; bare->noun; bare++) {
        if (strcmp(bare->noun, c->noun) == 0 && !bare->verb[0]) {
            return;
        }
    }
    cli_out_printf(&cli->out, "    '%s') ", c->noun);
    put_bash_verbs(cli, c->noun);
    put(cli, " ;;\n");
}

static void bash(struct cli *cli)
{
    put(cli, bash_head);
    put_bash_nouns(cli);
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (first_of_noun(c)) {
            put_bash_noun(cli, c);
        }
        put_bash_command(cli, c);
    }
    put(cli, bash_walk);
    put(cli, "        ");
    put_value_names(cli, true);
    put(cli, ") value=path ;;\n        ");
    put_value_names(cli, false);
    put(cli, ") value=text ;;\n");
    put(cli, bash_middle);
    put(cli, "        mapfile -t COMPREPLY < <(compgen -W \"$options");
    put_option_names(cli, cli_global_options);
    put(cli, "\" -- \"$cur\")\n");
    put(cli, bash_tail);
    put_timeframes(cli);
    put(cli, bash_end);
}

// ---- zsh and fish: words with their meaning

// text as one word in single quotes; ' ends and begins them again, and what zsh's lists set apart
// by ':', '[' or ']' is escaped.
static void put_quoted(struct cli *cli, const char *text, const char *escaped)
{
    for (; *text; text++) {
        if (*text == '\'') {
            put(cli, "'\\''");
        } else if (strchr(escaped, *text)) {
            cli_out_printf(&cli->out, "\\%c", *text);
        } else {
            cli_out_printf(&cli->out, "%c", *text);
        }
    }
}

static void put_zsh_words(struct cli *cli, const char *noun)
{
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        bool here = noun ? strcmp(c->noun, noun) == 0 && c->verb[0] : first_of_noun(c);

        if (!here) {
            continue;
        }
        cli_out_printf(&cli->out, "            '%s:", noun ? c->verb : c->noun);
        put_quoted(cli, c->summary, ":");
        put(cli, "'\n");
    }
}

static void put_zsh_options(struct cli *cli, const struct cli_option *options)
{
    for (const struct cli_option *o = options; o && o->name; o++) {
        cli_out_printf(&cli->out, "            '%s--%s%s[", o->repeatable ? "*" : "", o->name,
                       o->value ? "=" : "");
        put_quoted(cli, o->text, "[]");
        put(cli, "]");
        if (o->value) {
            cli_out_printf(&cli->out, ":%s:%s", o->value, o->type == CLI_PATH ? "_files" : "");
        }
        put(cli, "'\n");
    }
}

static void put_zsh_arguments(struct cli *cli, const struct cli_command *c)
{
    struct str rest = str_from(c->arguments);
    char word[WORD_MAX];

    for (int i = 1; next_argument(&rest, word); i++) {
        cli_out_printf(&cli->out, "            '%d::%s:", i, word);
        if (strcmp(word, "FILE") == 0) {
            put(cli, "_files");
        } else if (strcmp(word, "DIR") == 0) {
            put(cli, "_files -/");
        } else if (strcmp(word, "SHELL") == 0) {
            put(cli, "(bash zsh fish)");
        } else if (strcmp(word, "TIMEFRAME") == 0) {
            put(cli, "(");
            put_timeframes(cli);
            put(cli, ")");
        }
        put(cli, "'\n");
    }
}

static void zsh(struct cli *cli)
{
    put(cli, "#compdef oracle\n"
             "# zsh completion of oracle, written by 'oracle completion zsh' from its table of "
             "commands.\n"
             "_oracle() {\n"
             "    local -a words_here options_here\n"
             "    local noun=$words[2] verb=$words[3]\n"
             "    if (( CURRENT == 2 )); then\n"
             "        words_here=(\n");
    put_zsh_words(cli, NULL);
    put(cli, "        )\n        _describe 'command' words_here\n        return\n    fi\n"
             "    if (( CURRENT == 3 )); then\n        case $noun in\n");
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (first_of_noun(c) && has_verbs(c->noun)) {
            cli_out_printf(&cli->out, "        %s) words_here=(\n", c->noun);
            put_zsh_words(cli, c->noun);
            put(cli, "        )\n            _describe 'verb' words_here ;;\n");
        }
    }
    put(cli, "        esac\n    fi\n    options_here=(\n");
    put_zsh_options(cli, cli_global_options);
    put(cli, "    )\n    case \"$noun $verb\" in\n");
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (c->verb[0]) {
            cli_out_printf(&cli->out, "    '%s %s') shift 2 words; (( CURRENT -= 2 ))\n", c->noun,
                           c->verb);
            put(cli, "        options_here+=(\n");
            put_zsh_options(cli, c->options);
            put_zsh_arguments(cli, c);
            put(cli, "        ) ;;\n");
        }
    }
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (!c->verb[0]) {
            cli_out_printf(&cli->out, "    '%s '*) shift words; (( CURRENT -= 1 ))\n", c->noun);
            put(cli, "        options_here+=(\n");
            put_zsh_options(cli, c->options);
            put_zsh_arguments(cli, c);
            put(cli, "        ) ;;\n");
        }
    }
    put(cli, "    esac\n    _arguments -s $options_here\n}\n"
             "if [[ $funcstack[1] == _oracle ]]; then\n    _oracle \"$@\"\nelse\n"
             "    compdef _oracle oracle\nfi\n");
}

static void put_fish_option(struct cli *cli, const struct cli_option *o, const char *condition)
{
    put(cli, "complete -c oracle");
    if (condition[0]) {
        cli_out_printf(&cli->out, " -n '%s'", condition);
    }
    cli_out_printf(&cli->out, " -l %s", o->name);
    if (o->letter) {
        cli_out_printf(&cli->out, " -s %c", o->letter);
    }
    put(cli, o->type == CLI_FLAG ? " -d '" : o->type == CLI_PATH ? " -r -F -d '" : " -x -d '");
    put_quoted(cli, o->text, "\\");
    put(cli, "'\n");
}

static void put_fish_argument(struct cli *cli, const struct cli_command *c, const char *condition)
{
    struct str rest = str_from(c->arguments);
    char word[WORD_MAX];

    while (next_argument(&rest, word)) {
        if (strcmp(word, "FILE") == 0 || strcmp(word, "DIR") == 0) {
            cli_out_printf(&cli->out, "complete -c oracle -n '%s' -F\n", condition);
        } else if (strcmp(word, "TIMEFRAME") == 0) {
            cli_out_printf(&cli->out, "complete -c oracle -n '%s' -a '", condition);
            put_timeframes(cli);
            put(cli, "'\n");
        } else if (strcmp(word, "SHELL") == 0) {
            cli_out_printf(&cli->out, "complete -c oracle -n '%s' -a 'bash zsh fish'\n", condition);
        }
    }
}

static void put_fish_command(struct cli *cli, const struct cli_command *c)
{
    char condition[160];
    int rc;

    if (first_of_noun(c)) {
        cli_out_printf(&cli->out, "complete -c oracle -n __fish_use_subcommand -a %s -d '",
                       c->noun);
        put_quoted(cli, c->summary, "\\");
        put(cli, "'\n");
    }
    if (c->verb[0]) {
        cli_out_printf(&cli->out,
                       "complete -c oracle -n '__fish_seen_subcommand_from %s; and test (count "
                       "(commandline -opc)) -eq 2' -a %s -d '",
                       c->noun, c->verb);
        put_quoted(cli, c->summary, "\\");
        put(cli, "'\n");
    }
    rc = c->verb[0]
             ? str_printf(condition, sizeof condition,
                          "__fish_seen_subcommand_from %s; and "
                          "__fish_seen_subcommand_from %s",
                          c->noun, c->verb)
             : str_printf(condition, sizeof condition, "__fish_seen_subcommand_from %s", c->noun);
    if (rc == 0) {
        for (const struct cli_option *o = c->options; o && o->name; o++) {
            put_fish_option(cli, o, condition);
        }
        put_fish_argument(cli, c, condition);
    }
}

static void fish(struct cli *cli)
{
    put(cli, "# fish completion of oracle, written by 'oracle completion fish' from its table of "
             "commands.\ncomplete -c oracle -f\n");
    for (const struct cli_option *o = cli_global_options; o->name; o++) {
        put_fish_option(cli, o, "");
    }
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        put_fish_command(cli, c);
    }
}

int cli_cmd_completion(struct cli *cli)
{
    static const struct {
        const char *name;
        void (*write)(struct cli *cli);
    } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

    for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(shells[i].name, cli->arguments[0]) == 0) {
            shells[i].write(cli);
            return CLI_OK;
        }
    }
    cli_error(cli, "there is no completion for '%s'; there is one for bash, zsh and fish",
              cli->arguments[0]);
    return CLI_USAGE;
}

// SPDX-License-Identifier: Apache-2.0
// What was typed, against the table of commands: options before, between and after arguments,
// "--name=value", "--name value", "-n value", "--" ending the options, "did you mean".
#include "cli/cli.h"

#include "base/number.h"

#include <math.h>
#include <string.h>

#define SUGGEST_MAX 2

static const char *nearest(const char *typed, const char *const *words, size_t count)
{
    const char *best = NULL;
    unsigned distance = SUGGEST_MAX + 1;

    for (size_t i = 0; i < count; i++) {
        unsigned d = str_distance(str_from(typed), str_from(words[i]), SUGGEST_MAX);

        if (d < distance) {
            distance = d;
            best = words[i];
        }
    }
    return best;
}

static bool is_noun(const char *word)
{
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (strcmp(c->noun, word) == 0) {
            return true;
        }
    }
    return false;
}

static int unknown_command(struct cli *cli, const char *noun, const char *verb)
{
    const char *words[64];
    const char *guess;
    size_t n = 0;

    for (const struct cli_command *c = cli_commands; c->noun && n < 64; c++) {
        if (!verb) {
            words[n++] = c->noun;
        } else if (strcmp(c->noun, noun) == 0 && c->verb[0]) {
            words[n++] = c->verb;
        }
    }
    guess = nearest(verb ? verb : noun, words, n);
    if (verb) {
        cli_error(cli, "there is no command 'oracle %s %s'%s%s%s%s%s", noun, verb,
                  guess ? "; did you mean 'oracle " : "", guess ? noun : "", guess ? " " : "",
                  guess ? guess : "", guess ? "'?" : "; 'oracle help' lists them all");
    } else {
        cli_error(cli, "there is no command '%s'%s%s%s", noun, guess ? "; did you mean '" : "",
                  guess ? guess : "", guess ? "'?" : "; 'oracle help' lists them all");
    }
    return CLI_USAGE;
}

static const struct cli_option *find_in(const struct cli_option *options, struct str name)
{
    for (const struct cli_option *o = options; o && o->name; o++) {
        if (str_eq(str_from(o->name), name)) {
            return o;
        }
    }
    return NULL;
}

static const struct cli_option *find_letter_in(const struct cli_option *options, char letter)
{
    for (const struct cli_option *o = options; o && o->name; o++) {
        if (o->letter && o->letter == letter) {
            return o;
        }
    }
    return NULL;
}

// A command's own option comes before a global one of the same name.
static const struct cli_option *find_option(const struct cli *cli, struct str name)
{
    const struct cli_option *o = cli->command ? find_in(cli->command->options, name) : NULL;

    return o ? o : find_in(cli_global_options, name);
}

static const struct cli_option *find_letter(const struct cli *cli, char letter)
{
    const struct cli_option *o =
        cli->command ? find_letter_in(cli->command->options, letter) : NULL;

    return o ? o : find_letter_in(cli_global_options, letter);
}

static int unknown_option(struct cli *cli, const char *typed)
{
    const char *words[64];
    const char *guess;
    char name[64];
    char command[64] = "";
    size_t n = 0;

    for (int turn = 0; turn < 2; turn++) {
        const struct cli_option *o =
            turn ? cli_global_options : (cli->command ? cli->command->options : NULL);

        for (; o && o->name && n < 64; o++) {
            words[n++] = o->name;
        }
    }
    if (str_copy(name, sizeof name,
                 str_sub(str_from(typed), 2, str_find(str_from(typed), '=', 0))) != 0) {
        name[0] = '\0';
    }
    if (cli->command && cli_command_name(cli->command, command) != 0) {
        command[0] = '\0';
    }
    guess = strncmp(typed, "--", 2) == 0 ? nearest(name, words, n) : NULL;
    cli_error(cli, "unknown option '%s'%s%s%s; 'oracle %s%s--help' lists them", typed,
              guess ? "; did you mean '--" : "", guess ? guess : "", guess ? "'?" : "", command,
              command[0] ? " " : "");
    return CLI_USAGE;
}

static int check_value(struct cli *cli, const struct cli_option *o, const char *value)
{
    struct str text = str_from(value);
    const char *wanted = NULL;
    int64_t n = 0;
    double x = 0;

    if (o->type == CLI_COUNT && (number_parse_i64(text, &n) != 0 || n < 1)) {
        wanted = "a whole number above 0";
    } else if (o->type == CLI_NUMBER && (number_parse_double(text, &x) != 0 || !isfinite(x))) {
        wanted = "a number";
    } else if (o->type == CLI_MOMENT && time_parse(text, &n) != 0) {
        wanted = "a time in UTC: 2021-05-01, 2021-05-01T12:00 or milliseconds since 1970";
    } else if ((o->type == CLI_PATH || o->type == CLI_TEXT) && text.len == 0) {
        wanted = "a value that is not empty";
    }
    if (!wanted) {
        return 0;
    }
    cli_error(cli, "--%s needs %s, not '%s'", o->name, wanted, value);
    return CLI_USAGE;
}

static void set_flag(struct cli *cli, const char *name)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"help", &cli->help}, {"version", &cli->version}, {"quiet", &cli->quiet},
                 {"json", &cli->json}, {"csv", &cli->csv},         {"follow", &cli->follow}};

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (strcmp(flags[i].name, name) == 0) {
            *flags[i].flag = true;
        }
    }
    if (strcmp(name, "no-color") == 0) {
        cli->colour = false;
    }
}

static int take(struct cli *cli, const struct cli_option *o, const char *value)
{
    if (cli->given_count == CLI_GIVEN_MAX) {
        cli_error(cli, "more than %d options are given", CLI_GIVEN_MAX);
        return CLI_USAGE;
    }
    if (o->type == CLI_FLAG) {
        set_flag(cli, o->name);
    } else if (!o->repeatable && cli_get(cli, o->name)) {
        cli_error(cli, "--%s is given twice; give it once", o->name);
        return CLI_USAGE;
    } else if (check_value(cli, o, value) != 0) {
        return CLI_USAGE;
    }
    cli->given[cli->given_count++] = (struct cli_given){o, value};
    return 0;
}

static int needs_value(struct cli *cli, const struct cli_option *o)
{
    cli_error(cli, "--%s needs a value: --%s %s", o->name, o->name, o->value);
    return CLI_USAGE;
}

// "--name", "--name=value" or "--name value". *used: arguments taken.
static int take_long(struct cli *cli, const char *typed, const char *next, int *used)
{
    struct str text = str_sub(str_from(typed), 2, strlen(typed));
    size_t eq = str_find(text, '=', 0);
    const struct cli_option *o = find_option(cli, str_sub(text, 0, eq));
    const char *value = eq < text.len ? text.data + eq + 1 : NULL;

    *used = 1;
    if (!o) {
        return unknown_option(cli, typed);
    }
    if (o->type == CLI_FLAG) {
        if (value) {
            cli_error(cli, "--%s takes no value", o->name);
            return CLI_USAGE;
        }
        return take(cli, o, NULL);
    }
    if (!value && next && strncmp(next, "--", 2) != 0) { // "--last --json" is a slip
        value = next;
        *used = 2;
    }
    return value ? take(cli, o, value) : needs_value(cli, o);
}

// "-q", "-qf", "-pNAME" or "-p NAME".
static int take_short(struct cli *cli, const char *typed, const char *next, int *used)
{
    *used = 1;
    for (const char *c = typed + 1; *c; c++) {
        const struct cli_option *o = find_letter(cli, *c);
        int rc;

        if (!o) {
            return unknown_option(cli, typed);
        }
        if (o->type != CLI_FLAG) {
            const char *value = c[1] ? c + 1 : next;

            *used = c[1] ? 1 : 2;
            return value ? take(cli, o, value) : needs_value(cli, o);
        }
        rc = take(cli, o, NULL);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

static int count_arguments(struct cli *cli)
{
    const struct cli_command *c = cli->command;
    char name[64];

    if (cli->help ||
        (cli->argument_count >= c->arguments_min && cli->argument_count <= c->arguments_max)) {
        return 0;
    }
    if (cli_command_name(c, name) != 0) {
        name[0] = '\0';
    }
    cli_error(cli, "%s: oracle %s%s%s; 'oracle %s --help' shows examples",
              cli->argument_count < c->arguments_min ? "something is missing" : "that is too much",
              name, c->arguments[0] ? " " : "", c->arguments, name);
    return CLI_USAGE;
}

// The next word is the command's noun, its verb or an argument.
static int take_word(struct cli *cli, const char **noun, const char *word)
{
    if (!*noun) {
        *noun = word;
        if (!is_noun(word)) {
            return unknown_command(cli, word, NULL);
        }
        for (const struct cli_command *c = cli_commands; c->noun; c++) {
            if (strcmp(c->noun, word) == 0 && c->verb[0] == '\0') {
                cli->command = c;
            }
        }
        return 0;
    }
    if (cli->argument_count == 0 && (!cli->command || cli->command->verb[0] == '\0')) {
        for (const struct cli_command *c = cli_commands; c->noun; c++) {
            if (strcmp(c->noun, *noun) == 0 && c->verb[0] && strcmp(c->verb, word) == 0) {
                cli->command = c;
                return 0;
            }
        }
    }
    if (!cli->command) {
        return unknown_command(cli, *noun, word);
    }
    if (cli->argument_count == CLI_ARGUMENTS_MAX) {
        cli_error(cli, "'%s' is one argument too many", word);
        return CLI_USAGE;
    }
    cli->arguments[cli->argument_count++] = word;
    return 0;
}

static int missing_verb(struct cli *cli, const char *noun)
{
    struct buf verbs;

    buf_init(&verbs, 256);
    for (const struct cli_command *c = cli_commands; c->noun; c++) {
        if (strcmp(c->noun, noun) == 0 &&
            buf_printf(&verbs, "%s%s", verbs.len > 0 ? ", " : "", c->verb) != 0) {
            break;
        }
    }
    cli_error(cli, "oracle %s what? One of: " STR_FMT "; 'oracle help %s' says more", noun,
              STR_ARG(buf_str(&verbs)), noun);
    buf_finish(&verbs);
    return CLI_USAGE;
}

int cli_parse(struct cli *cli, int argc, char *const argv[])
{
    const char *noun = NULL;
    bool options = true;

    cli->noun = NULL;
    for (int i = 1, used = 1; i < argc; i += used) {
        const char *word = argv[i], *next = i + 1 < argc ? argv[i + 1] : NULL;
        int rc;

        used = 1;
        if (options && strcmp(word, "--") == 0) {
            options = false;
            continue;
        }
        if (options && word[0] == '-' && word[1] == '-') {
            rc = take_long(cli, word, next, &used);
        } else if (options && word[0] == '-' && word[1] != '\0') {
            rc = take_short(cli, word, next, &used);
        } else {
            rc = take_word(cli, &noun, word);
        }
        if (rc != 0) {
            return rc;
        }
    }
    cli->noun = noun;
    if (cli->version) {
        return 0;
    }
    if (noun && !cli->command) {
        return cli->help ? 0 : missing_verb(cli, noun);
    }
    return cli->command ? count_arguments(cli) : 0;
}

const char *cli_get(const struct cli *cli, const char *name)
{
    for (size_t i = cli->given_count; i > 0; i--) {
        if (strcmp(cli->given[i - 1].option->name, name) == 0) {
            return cli->given[i - 1].value;
        }
    }
    return NULL;
}

bool cli_has(const struct cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->given_count; i++) {
        if (strcmp(cli->given[i].option->name, name) == 0) {
            return true;
        }
    }
    return false;
}

int64_t cli_count(const struct cli *cli, const char *name, int64_t def)
{
    const char *text = cli_get(cli, name);
    int64_t value = def;

    return text && number_parse_i64(str_from(text), &value) != 0 ? def : value;
}

time_ms cli_moment(const struct cli *cli, const char *name, time_ms def)
{
    const char *text = cli_get(cli, name);
    time_ms value = def;

    return text && time_parse(str_from(text), &value) != 0 ? def : value;
}

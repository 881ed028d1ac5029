// SPDX-License-Identifier: Apache-2.0
// oracle strategy check: does a file compile, and what is in it.
#include "cli/cli.h"

#include "base/number.h"
#include "script/script.h"

#include <math.h>
#include <stdlib.h>

#define REPORT_MAX_BYTES (1u << 20)

struct checked {
    const char *file;
    struct script_program *program; // NULL: it does not compile
    struct script_diags *diags;
    int64_t warmup; // with the inputs' defaults; -1 when they cannot be bound
};

static const char *kind_name(enum script_kind kind)
{
    return kind == SCRIPT_STRATEGY ? "strategy" : "indicator";
}

static void default_text(const struct script_input *in, char out[static NUMBER_TEXT_MAX])
{
    if (in->type == SCRIPT_BOOL) {
        (void)str_copy(out, NUMBER_TEXT_MAX, in->default_number != 0 ? STR("true") : STR("false"));
    } else {
        (void)number_format_double(in->default_number, out);
    }
}

// ---- JSON

static void json_diags(struct jsonw *w, const struct checked *c, const char *key, bool warnings)
{
    jsonw_key(w, key);
    jsonw_array(w);
    for (size_t i = 0; i < c->diags->count; i++) {
        const struct diag *d = &c->diags->items[i];

        if (c->diags->is_warning[i] != warnings) {
            continue;
        }
        jsonw_object(w);
        cli_json_i64(w, "line", d->line);
        cli_json_i64(w, "column", d->column);
        cli_json_text(w, "message", d->text);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void json_limit(struct jsonw *w, const char *key, double value)
{
    jsonw_key(w, key);
    jsonw_double(w, value); // not given: null
}

static void json_input(struct jsonw *w, const struct script_input *in)
{
    jsonw_object(w);
    cli_json_text(w, "name", in->name);
    cli_json_text(w, "title", in->title);
    cli_json_text(w, "kind", in->kind);
    jsonw_key(w, "default");
    if (in->default_string) {
        jsonw_str(w, str_from(in->default_string));
    } else if (in->type == SCRIPT_BOOL) {
        jsonw_bool(w, in->default_number != 0);
    } else {
        jsonw_double(w, in->default_number);
    }
    json_limit(w, "min", in->min);
    json_limit(w, "max", in->max);
    json_limit(w, "step", in->step);
    jsonw_key(w, "options");
    jsonw_array(w);
    for (const char *const *o = in->options; o && *o; o++) {
        jsonw_str(w, str_from(*o));
    }
    jsonw_array_end(w);
    jsonw_object_end(w);
}

static void json_plots(struct jsonw *w, const char *key, const struct script_plot *plots,
                       size_t count)
{
    jsonw_key(w, key);
    jsonw_array(w);
    for (size_t i = 0; i < count; i++) {
        jsonw_object(w);
        cli_json_text(w, "title", plots[i].title);
        cli_json_text(w, "kind", plots[i].kind);
        jsonw_object_end(w);
    }
    jsonw_array_end(w);
}

static void json_info(struct jsonw *w, const struct checked *c)
{
    const struct script_info *info = script_program_info(c->program);

    cli_json_text(w, "title", info->title);
    cli_json_text(w, "kind", kind_name(info->kind));
    cli_json_i64(w, "version", info->version);
    jsonw_key(w, "inputs");
    jsonw_array(w);
    for (size_t i = 0; i < info->input_count; i++) {
        json_input(w, &info->inputs[i]);
    }
    jsonw_array_end(w);
    json_plots(w, "plots", info->plots, info->plot_count);
    json_plots(w, "alerts", info->alerts, info->alert_count);
    cli_json_i64(w, "warmup", c->warmup);
    jsonw_key(w, "indicators");
    jsonw_array(w);
    for (size_t i = 0; i < info->indicator_count; i++) {
        jsonw_str(w, str_from(info->indicators[i]));
    }
    jsonw_array_end(w);
}

static int show_json(struct cli *cli, const struct checked *c)
{
    struct jsonw w;
    struct buf out;
    int rc;

    buf_init(&out, REPORT_MAX_BYTES);
    jsonw_init(&w, &out);
    jsonw_object(&w);
    cli_json_bool(&w, "ok", c->program != NULL);
    cli_json_text(&w, "file", c->file);
    json_diags(&w, c, "errors", false);
    json_diags(&w, c, "warnings", true);
    if (c->program) {
        json_info(&w, c);
    }
    jsonw_object_end(&w);
    rc = jsonw_finish(&w);
    cli_out_add(&cli->out, buf_str(&out));
    cli_out_add(&cli->out, STR("\n"));
    buf_finish(&out);
    return rc;
}

// ---- text

static void show_diags(struct cli *cli, const struct checked *c)
{
    for (size_t i = 0; i < c->diags->count; i++) {
        const struct diag *d = &c->diags->items[i];

        cli_note(cli, "%s:%u:%u: %s: %s", c->file, d->line, d->column,
                 c->diags->is_warning[i] ? "warning" : "error", d->text);
    }
    if (c->diags->more) {
        cli_note(cli, "%s: and more", c->file);
    }
}

static void show_inputs(struct cli *cli, const struct script_info *info)
{
    for (size_t i = 0; i < info->input_count; i++) {
        const struct script_input *in = &info->inputs[i];
        char text[NUMBER_TEXT_MAX], low[NUMBER_TEXT_MAX], high[NUMBER_TEXT_MAX];

        default_text(in, text);
        cli_out_printf(&cli->out, "%s%-16s %-8s %-12s",
                       i == 0 ? "  inputs      " : "              ", in->name, in->kind,
                       in->default_string ? in->default_string : text);
        if (!isnan(in->min)) {
            (void)number_format_double(in->min, low);
            cli_out_printf(&cli->out, " from %s", low);
        }
        if (!isnan(in->max)) {
            (void)number_format_double(in->max, high);
            cli_out_printf(&cli->out, " to %s", high);
        }
        cli_out_printf(&cli->out, "  %s\n", in->title);
    }
}

static void show_names(struct cli *cli, const char *lead, const struct script_plot *plots,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cli_out_printf(&cli->out, "  %-11s %s (%s)\n", i == 0 ? lead : "", plots[i].title,
                       plots[i].kind);
    }
}

static void show_text(struct cli *cli, const struct checked *c)
{
    const struct script_info *info;

    show_diags(cli, c);
    if (!c->program) {
        return;
    }
    info = script_program_info(c->program);
    cli_out_printf(&cli->out, "%s compiles: %s \"%s\", version %d\n", c->file,
                   kind_name(info->kind), info->title, info->version);
    show_inputs(cli, info);
    for (size_t i = 0; i < info->indicator_count; i++) {
        cli_out_printf(&cli->out, "%s%s%s", i == 0 ? "  indicators  " : ", ", info->indicators[i],
                       i + 1 == info->indicator_count ? "\n" : "");
    }
    show_names(cli, "plots", info->plots, info->plot_count);
    show_names(cli, "alerts", info->alerts, info->alert_count);
    cli_out_printf(&cli->out, "  warm-up     %lld candles\n", (long long)c->warmup);
}

// A program with its inputs as the file has them, on a stream that stands for any.
static int instance_of(const struct script_program *program, struct script_instance **out,
                       struct diag *d)
{
    struct script_context ctx = {.ticker = "BTCUSDT",
                                 .base = "BTC",
                                 .quote = "USDT",
                                 .exchange = "binance",
                                 .timeframe = TF_H1};

    return script_instance_create(program, &ctx, NULL, 0, 0, out, d);
}

static int64_t warmup_of(const struct script_program *program)
{
    struct script_instance *instance = NULL;
    int64_t warmup =
        instance_of(program, &instance, NULL) == 0 ? script_instance_warmup(instance) : -1;

    script_instance_destroy(instance);
    return warmup;
}

// Reads and compiles c->file. CLI_OK with c->program; CLI_DATA with it NULL and the diags filled,
// or when the file cannot be read, which is said (*said).
static int compile_file(struct cli *cli, struct checked *c, bool *said)
{
    struct buf source;
    struct diag d = {0};
    int rc;

    *said = false;
    buf_init(&source, SCRIPT_SOURCE_MAX_BYTES);
    rc = paths_read_file(c->file, &source, &d);
    if (rc != 0) {
        cli_error(cli, "%s", d.text);
        *said = true;
    } else {
        rc = script_compile(buf_str(&source), &c->program, c->diags);
    }
    buf_finish(&source);
    if (rc != 0) {
        c->program = NULL;
    }
    if (rc != 0 && !*said && c->diags->count == 0) {
        cli_error(cli, "%s cannot be compiled: %s", c->file, err_text(rc));
        *said = true;
        return CLI_BUG;
    }
    return rc == 0 ? CLI_OK : CLI_DATA;
}

int cli_cmd_strategy_graph(struct cli *cli)
{
    struct checked c = {.file = cli->arguments[0]};
    struct script_instance *instance = NULL;
    struct diag d = {0};
    struct buf text;
    bool said = false;
    int exit_code;

    c.diags = calloc(1, sizeof *c.diags);
    if (!c.diags) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    buf_init(&text, REPORT_MAX_BYTES);
    exit_code = compile_file(cli, &c, &said);
    if (exit_code == CLI_OK && instance_of(c.program, &instance, &d) != 0) {
        cli_error(cli, "%s: %s", c.file, d.text);
        exit_code = CLI_DATA;
    } else if (exit_code == CLI_OK && script_instance_graph(instance, &text) == 0) {
        cli_out_add(&cli->out, buf_str(&text));
    } else if (exit_code == CLI_DATA && !said) {
        show_diags(cli, &c);
    }
    script_instance_destroy(instance);
    script_program_destroy(c.program);
    buf_finish(&text);
    free(c.diags);
    return exit_code;
}

int cli_cmd_strategy_check(struct cli *cli)
{
    struct checked c = {.file = cli->arguments[0], .warmup = -1};
    bool said = false;
    int exit_code;

    c.diags = calloc(1, sizeof *c.diags);
    if (!c.diags) {
        cli_error(cli, "%s", err_text(ERR_NO_MEMORY));
        return CLI_BUG;
    }
    exit_code = compile_file(cli, &c, &said);
    if (c.program) {
        c.warmup = warmup_of(c.program);
    }
    if (!said && !cli->json) {
        show_text(cli, &c);
    } else if (!said && show_json(cli, &c) != 0) {
        exit_code = CLI_BUG;
    }
    script_program_destroy(c.program);
    free(c.diags);
    return exit_code;
}

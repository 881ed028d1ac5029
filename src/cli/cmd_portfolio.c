// SPDX-License-Identifier: Apache-2.0
// oracle portfolio: making, changing, listing portfolios, and what is in one.
#include "cli/cli.h"

#include "control/control.h"

#include <string.h>

#define ARGS_MAX_BYTES 8192
#define DEFAULT_NAME   "main"

static int change(struct cli *cli, const char *op)
{
    // As typed, and as control.h names them.
    static const struct {
        const char *option, *key;
    } keys[] = {{"balance", "balance"},
                {"quote", "quote"},
                {"order-size", "order_size"},
                {"max-exposure-pair", "max_exposure_pair"},
                {"max-exposure-total", "max_exposure_total"},
                {"fee-bps", "fee_bps"},
                {"mode", "mode"}};
    struct buf args;
    int rc, exit_code;

    buf_init(&args, ARGS_MAX_BYTES);
    rc = control_arg_add(&args, "name", str_from(cli->arguments[0]));
    for (size_t i = 0; rc == 0 && i < sizeof keys / sizeof keys[0]; i++) {
        const char *value = cli_get(cli, keys[i].option);

        rc = value ? control_arg_add(&args, keys[i].key, str_from(value)) : 0;
    }
    if (rc == 0) {
        exit_code = cli_change(cli, op, buf_str(&args));
    } else {
        cli_error(cli, "what is given is too long");
        exit_code = CLI_USAGE;
    }
    buf_finish(&args);
    return exit_code;
}

int cli_cmd_portfolio_create(struct cli *cli)
{
    return change(cli, "portfolio.create");
}

int cli_cmd_portfolio_set(struct cli *cli)
{
    return change(cli, "portfolio.set");
}

int cli_cmd_portfolio_remove(struct cli *cli)
{
    return change(cli, "portfolio.remove");
}

// ---- valuing one

struct sum { // what a portfolio is worth
    struct cli *cli;
    struct cli_listing *l; // writes each position when not NULL
    struct decimal held;   // value of all positions
    struct decimal realised;
    size_t positions;
};

static int write_position(struct sum *sum, const struct position *p, struct decimal value)
{
    struct jsonw *w = &sum->l->json;
    const struct decimal shown[] = {p->qty, p->cost, p->last_price, value, p->realised};
    char pair[PAIR_TEXT_MAX], text[DECIMAL_TEXT_MAX];

    if (sum->cli->json) {
        jsonw_object(w);
        cli_json_pair(w, &p->pair);
        cli_json_decimal(w, "qty", p->qty);
        cli_json_decimal(w, "cost", p->cost);
        cli_json_decimal(w, "last_price", p->last_price);
        cli_json_decimal(w, "value", value);
        cli_json_decimal(w, "realised", p->realised);
        jsonw_object_end(w);
        return 0;
    }
    pair_format(&p->pair, pair);
    cli_listing_cell(sum->l, "%s", pair);
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        decimal_format_short(shown[i], text);
        cli_listing_cell(sum->l, "%s", text);
    }
    return cli_listing_row_end(sum->l);
}

static int on_position(void *arg, int64_t portfolio_id, const struct position *p)
{
    struct sum *sum = arg;
    struct decimal value;
    int rc = position_value(p, &value);

    (void)portfolio_id;
    rc = rc != 0 ? rc : decimal_add(sum->held, value, &sum->held);
    rc = rc != 0 ? rc : decimal_add(sum->realised, p->realised, &sum->realised);
    if (rc != 0 || decimal_is_zero(p->qty)) {
        return rc;
    }
    sum->positions++;
    return sum->l ? write_position(sum, p, value) : 0;
}

struct worth {
    struct sum sum;
    struct decimal equity;
    double exposure_percent; // of equity
};

static int value_of(struct cli *cli, struct store *s, const struct store_portfolio *p,
                    struct worth *out)
{
    int rc;

    *out = (struct worth){.sum = {.cli = cli, .held = DECIMAL_ZERO, .realised = DECIMAL_ZERO}};
    rc = store_position_each(s, p->id, on_position, &out->sum);
    rc = rc != 0 ? rc : decimal_add(p->cash, out->sum.held, &out->equity);
    if (rc == 0 && decimal_sign(out->equity) > 0) {
        out->exposure_percent =
            100.0 * decimal_to_double(out->sum.held) / decimal_to_double(out->equity);
    }
    return rc;
}

static const char *mode_name(enum portfolio_mode mode)
{
    return mode == PORTFOLIO_LIVE ? "live" : "paper";
}

static void write_members(struct jsonw *w, const struct store_portfolio *p, const struct worth *v)
{
    const struct portfolio_settings *set = &p->settings;
    const struct {
        const char *key;
        double value;
    } figures[] = {{"exposure_percent", v->exposure_percent},
                   {"order_size", set->order_size_percent},
                   {"max_exposure_pair", set->max_exposure_pair},
                   {"max_exposure_total", set->max_exposure_total},
                   {"fee_bps", set->fee_bps}};

    cli_json_text(w, "portfolio", set->name);
    cli_json_text(w, "mode", mode_name(set->mode));
    cli_json_text(w, "quote", set->quote);
    cli_json_decimal(w, "initial_balance", set->initial_balance);
    cli_json_decimal(w, "cash", p->cash);
    cli_json_decimal(w, "exposure", v->sum.held);
    cli_json_decimal(w, "equity", v->equity);
    cli_json_decimal(w, "realised", v->sum.realised);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
        jsonw_key(w, figures[i].key);
        jsonw_double(w, figures[i].value);
    }
    cli_json_i64(w, "created_at", p->created_at);
}

// ---- list

static const struct cli_column list_columns[] = {{"portfolio", -16}, {"mode", -5},   {"cash", 18},
                                                 {"exposure", 18},   {"equity", 18}, {"quote", -6},
                                                 {"positions", 9}};

struct lister {
    struct cli_listing *l;
    struct store *s;
};

static int on_portfolio(void *arg, const struct store_portfolio *p)
{
    struct lister *lister = arg;
    struct cli_listing *l = lister->l;
    struct worth v;
    char cash[DECIMAL_TEXT_MAX], held[DECIMAL_TEXT_MAX], equity[DECIMAL_TEXT_MAX];
    int rc = value_of(l->cli, lister->s, p, &v);

    if (rc != 0) {
        return rc;
    }
    if (l->cli->json) {
        cli_listing_object(l);
        write_members(&l->json, p, &v);
        cli_json_i64(&l->json, "positions", (int64_t)v.sum.positions);
        return cli_listing_object_end(l);
    }
    decimal_format_short(p->cash, cash);
    decimal_format_short(v.sum.held, held);
    decimal_format_short(v.equity, equity);
    cli_listing_cell(l, "%s", p->settings.name);
    cli_listing_cell(l, "%s", mode_name(p->settings.mode));
    cli_listing_cell(l, "%s", cash);
    cli_listing_cell(l, "%s", held);
    cli_listing_cell(l, "%s", equity);
    cli_listing_cell(l, "%s", p->settings.quote);
    cli_listing_cell(l, "%zu", v.sum.positions);
    return cli_listing_row_end(l);
}

static int list(struct cli_listing *l, struct store *s, const struct store_range *r,
                const struct store_stream *stream)
{
    struct lister lister = {l, s};

    (void)r;
    (void)stream;
    return store_portfolio_each(s, on_portfolio, &lister);
}

int cli_cmd_portfolio_list(struct cli *cli)
{
    return cli_list(cli, list_columns, sizeof list_columns / sizeof list_columns[0], list,
                    "There is no portfolio yet: 'oracle portfolio create NAME' makes one, and "
                    "'oracle watch add' makes \"main\" by itself.");
}

// ---- show

static const struct cli_column show_columns[] = {{"pair", -12}, {"quantity", 18},
                                                 {"cost", 18},  {"last price", 14},
                                                 {"value", 18}, {"realised", 18}};

static void line(struct cli_out *out, const char *what, struct decimal value, const char *unit)
{
    char text[DECIMAL_TEXT_MAX];

    decimal_format_short(value, text);
    cli_out_printf(out, "  %-18s %18s %s\n", what, text, unit);
}

static void show_head(struct cli *cli, const struct store_portfolio *p, const struct worth *v)
{
    const struct portfolio_settings *set = &p->settings;
    struct cli_out *out = &cli->out;

    cli_out_printf(out, "Portfolio %s (%s)\n", set->name, mode_name(set->mode));
    line(out, "cash", p->cash, set->quote);
    line(out, "in positions", v->sum.held, set->quote);
    line(out, "equity", v->equity, set->quote);
    line(out, "began with", set->initial_balance, set->quote);
    line(out, "profit taken", v->sum.realised, set->quote);
    cli_out_printf(out, "  %-18s %18.2f %% of equity (at most %g, %g in one pair)\n", "exposure",
                   v->exposure_percent, set->max_exposure_total, set->max_exposure_pair);
    cli_out_printf(out, "  %-18s %18g %% of equity\n  %-18s %18g hundredths of a percent\n\n",
                   "order size", set->order_size_percent, "fee", set->fee_bps);
}

static int show(struct cli_listing *l, struct store *s, const struct store_portfolio *p)
{
    struct cli *cli = l->cli;
    struct worth v;
    struct sum rows = {.cli = cli, .l = l, .held = DECIMAL_ZERO, .realised = DECIMAL_ZERO};
    int rc = value_of(cli, s, p, &v);

    if (rc != 0) {
        return rc;
    }
    if (!cli->json) {
        show_head(cli, p, &v);
        rc = store_position_each(s, p->id, on_position, &rows);
        if (rows.positions == 0) {
            cli_out_add(&cli->out, STR("No positions.\n"));
        }
        l->rows++;
        return rc;
    }
    cli_listing_object(l);
    write_members(&l->json, p, &v);
    jsonw_key(&l->json, "positions");
    jsonw_array(&l->json);
    rc = store_position_each(s, p->id, on_position, &rows);
    jsonw_array_end(&l->json);
    return rc != 0 ? rc : cli_listing_object_end(l);
}

int cli_cmd_portfolio_show(struct cli *cli)
{
    const char *name = cli->argument_count > 0 ? cli->arguments[0] : DEFAULT_NAME;
    struct store_portfolio p;
    struct cli_listing l;
    struct store *s = NULL;
    int exit_code = CLI_OK;
    int rc = cli_store_read(cli, &s, &exit_code);

    if (rc != 0 && rc != ERR_NOT_FOUND) {
        return exit_code;
    }
    cli_listing_begin(&l, cli, show_columns, sizeof show_columns / sizeof show_columns[0]);
    rc = s ? store_portfolio_find(s, name, &p) : ERR_NOT_FOUND;
    rc = rc != 0 ? rc : show(&l, s, &p);
    if (rc == ERR_NOT_FOUND) {
        cli_error(cli, "there is no portfolio %s; 'oracle portfolio list' shows those there are",
                  name);
        exit_code = CLI_NEGATIVE;
    } else if (rc < 0) {
        exit_code = cli_store_failed(cli, s, rc, "the portfolio cannot be read");
    }
    cli_listing_end(&l, "");
    store_close(s);
    return exit_code;
}

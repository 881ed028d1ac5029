// SPDX-License-Identifier: Apache-2.0
// The strategies of a request: compiled, their inputs tried, stored by content and bound to the
// entry.
#include "control/control_internal.h"

#include "os/digest.h"
#include "script/script.h"

#include <stdlib.h>
#include <string.h>

#define INPUTS_MAX      128  // as many as an analyst binds
#define INPUTS_TEXT_MAX 4096 // of one strategy
#define ON_ONE_STREAM   64   // strategies an analyst runs on one stream

struct given { // one strategy as the request names it
    struct str name, source, inputs;
};

static bool next_given(struct str *rest, struct given *out)
{
    struct str key, value;
    bool found = false;

    while (control_arg_next(rest, &key, &value)) {
        if (str_eq(key, STR("strategy"))) {
            *out = (struct given){.name = value};
            found = true;
        } else if (found && str_eq(key, STR("source"))) {
            out->source = value;
        } else if (found && str_eq(key, STR("inputs"))) {
            out->inputs = value;
            return true;
        }
    }
    return false;
}

static int refuse_source(struct request *rq, const struct given *g,
                         const struct script_diags *diags)
{
    int rc = control__refuse(rq, EXIT_CODE_DATA, STR_FMT " does not compile:", STR_ARG(g->name));

    for (size_t i = 0; rc == CONTROL__REFUSED && i < diags->count; i++) {
        const struct diag *d = &diags->items[i];

        if (diags->is_warning[i]) {
            continue;
        }
        if (control__say(rq, STR_FMT ":%u:%u: %s", STR_ARG(g->name), d->line, d->column, d->text) !=
            0) {
            return ERR_NO_MEMORY;
        }
    }
    return rc;
}

// "fast=9 slow=21" into values; the names are ended by a NUL inside text.
static int split_inputs(char *text, struct script_value *values, size_t *count)
{
    struct str rest = str_from(text), part;

    *count = 0;
    while (str_split(&rest, ' ', &part)) {
        size_t eq = str_find(part, '=', 0);

        if (part.len == 0) {
            continue;
        }
        if (eq == part.len || eq == 0 || *count == INPUTS_MAX) {
            return ERR_SYNTAX;
        }
        text[(size_t)(part.data - text) + eq] = '\0';
        values[(*count)++] = (struct script_value){part.data, str_sub(part, eq + 1, part.len)};
    }
    return 0;
}

// Makes an instance as the analyst will, to see that its inputs can be bound.
static int try_instance(struct request *rq, const struct target *t, const struct given *g,
                        const struct script_program *program, int64_t *warmup)
{
    char ticker[2 * ASSET_MAX];
    char inputs[INPUTS_TEXT_MAX];
    struct script_value values[INPUTS_MAX];
    struct script_context ctx = {
        .ticker = ticker,
        .base = t->pair.base,
        .quote = t->pair.quote,
        .exchange = t->exchange,
        .timeframe = t->tf,
        .tick_size = decimal_to_double(t->market.filters.tick_size),
        .lot_step = decimal_to_double(t->market.filters.lot_step),
    };
    struct script_instance *instance = NULL;
    struct diag d = {0};
    size_t count = 0;
    int rc = str_printf(ticker, sizeof ticker, "%s%s", t->pair.base, t->pair.quote);

    if (rc != 0 || str_copy(inputs, sizeof inputs, g->inputs) != 0 ||
        split_inputs(inputs, values, &count) != 0) {
        return control__refuse(rq, EXIT_CODE_DATA,
                               STR_FMT ": its inputs cannot be read; write each as name=value "
                                       "without blanks",
                               STR_ARG(g->name));
    }
    rc = script_instance_create(program, &ctx, values, count, 0, &instance, &d);
    if (rc == ERR_NO_MEMORY) {
        return rc;
    }
    if (rc != 0) {
        return control__refuse(rq, EXIT_CODE_DATA,
                               STR_FMT ": %s ('oracle strategy check' lists its inputs)",
                               STR_ARG(g->name), d.text[0] ? d.text : err_text(rc));
    }
    *warmup = script_instance_warmup(instance);
    script_instance_destroy(instance);
    return 0;
}

static int check_strategy(struct request *rq, const struct target *t, const struct given *g,
                          int64_t *warmup)
{
    struct script_program *program = NULL;
    struct script_diags *diags = NULL;
    struct diag d = {0};
    int rc;

    if (name_check(g->name, "strategy", &d) != 0) {
        return control__refuse(rq, EXIT_CODE_DATA, "%s; rename the file", d.text);
    }
    diags = calloc(1, sizeof *diags); // too large for the stack
    if (!diags) {
        return ERR_NO_MEMORY;
    }
    rc = script_compile(g->source, &program, diags);
    if (rc == 0) {
        rc = try_instance(rq, t, g, program, warmup);
    } else if (rc != ERR_NO_MEMORY) {
        rc = refuse_source(rq, g, diags);
    }
    script_program_destroy(program);
    free(diags);
    return rc;
}

struct bound { // what is bound to the stream already
    int64_t entry_id, strategy_id;
    const char *name;
    struct str inputs;
    bool same, replaces;
    size_t others; // on this stream, not counting what is replaced
};

static int look_at_bound(void *arg, const struct store_entry_strategy *e)
{
    struct bound *b = arg;
    bool mine = e->entry_id == b->entry_id && strcmp(e->strategy_name, b->name) == 0;

    if (mine) {
        b->replaces = true;
        b->same = e->strategy_id == b->strategy_id && str_eq(str_from(e->inputs), b->inputs);
    } else {
        b->others++;
    }
    return 0;
}

static int bind(struct request *rq, const struct given *g, int64_t entry_id, int64_t stream_id,
                int64_t warmup, size_t *changed)
{
    struct store *s = rq->env->store;
    char hash[DIGEST_TEXT_MAX], name[NAME_MAX_BYTES], inputs[INPUTS_TEXT_MAX];
    struct bound bound = {.entry_id = entry_id, .name = name, .inputs = g->inputs};
    const char *what;
    int rc = str_copy(name, sizeof name, g->name);

    rc = rc != 0 ? rc : str_copy(inputs, sizeof inputs, g->inputs);
    if (rc != 0) {
        return rc;
    }
    digest_sha256_hex(g->source, hash);
    rc = store_strategy_put(s, name, hash, g->source, rq->now, &bound.strategy_id);
    rc = rc != 0 ? rc : store_entry_strategy_each(s, stream_id, look_at_bound, &bound);
    if (rc != 0 || bound.same) {
        return rc != 0 ? rc : control__say(rq, "  strategy %s is bound already", name);
    }
    if (bound.others >= ON_ONE_STREAM) {
        return control__refuse(rq, EXIT_CODE_REFUSED,
                               "%d strategies run on this stream already, the most there may be; "
                               "remove one first",
                               ON_ONE_STREAM);
    }
    rc = store_entry_strategy_put(s, entry_id, bound.strategy_id, inputs, warmup);
    (*changed)++;
    what = bound.replaces ? "now in this version" : "bound";
    return rc != 0 ? rc
                   : control__say(rq, "  strategy %s %s%s%s, warm-up %lld candles", name, what,
                                  inputs[0] ? ", " : "", inputs, (long long)warmup);
}

int control__strategies_put(struct request *rq, const struct target *t, int64_t entry_id,
                            int64_t stream_id, size_t *changed)
{
    struct str rest = rq->args;
    struct given g;

    while (next_given(&rest, &g)) {
        int64_t warmup = 0;
        int rc = check_strategy(rq, t, &g, &warmup);

        rc = rc != 0 ? rc : bind(rq, &g, entry_id, stream_id, warmup, changed);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// script_compile: parse, check by lowering with the default inputs, and describe the program.
#include "script/program.h"

#include "script/lower.h"
#include "script/parse_internal.h"

#define PROGRAM_MAX ((size_t)192 << 20)
#define CHECK_MAX   ((size_t)96 << 20)

static int list_functions(struct script_program *p, struct script_diags *diags)
{
    for (struct ast *n = p->body->list; n; n = n->next) {
        if (n->kind != AST_FUNC)
            continue;
        if (map_get(&p->functions, n->text))
            script__diag(diags, false, n->line, n->column,
                         "function \"" STR_FMT "\" is declared twice: give one another name",
                         STR_ARG(n->text));
        else if (map_put(&p->functions, n->text, n))
            return ERR_NO_MEMORY;
    }
    return 0;
}

static int parse(struct script_program *p, struct str source, struct script_diags *diags)
{
    struct token_list tokens;
    char *copy = arena_strdup(&p->arena, source);
    if (!copy)
        return ERR_NO_MEMORY;
    p->source = (struct str){copy, source.len};
    int rc = script__lex(&p->arena, p->source, &tokens, diags);
    if (rc)
        return rc;
    p->version = tokens.version ? tokens.version : 5;
    if (!tokens.version)
        script__diag(diags, true, 1, 1, "no //@version= line: read as version 5");
    rc = script__parse(&p->arena, &tokens, &p->reassigned, &p->broken, &p->body, diags);
    // What could be read is checked too, so that all errors come at once.
    return rc && rc != ERR_SYNTAX ? rc : list_functions(p, diags);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

// Of the graph's first `count` nodes.
static int list_indicators(struct script_program *p, const struct graph *g, size_t count)
{
    const char **names = ARENA_ARRAY(&p->arena, count + 1, const char *);
    size_t n = 0, kept = 0;
    if (!names)
        return ERR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        if (g->nodes[i].kind == NODE_KERNEL)
            names[n++] = g->nodes[i].kernel->name;
    }
    if (n)
        qsort(names, n, sizeof *names, by_name);
    for (size_t i = 0; i < n; i++) {
        if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
            names[kept++] = names[i];
    }
    p->info.indicators = names;
    p->info.indicator_count = kept;
    return 0;
}

static int check(struct script_program *p, struct script_diags *diags)
{
    static const struct script_context context = {"BTCUSDT", "BTC", "USDT", "binance",
                                                  TF_M1,     0.01,  0.00001};
    struct arena arena;
    struct graph graph;
    struct info_builder info = {.arena = &p->arena, .info = &p->info};
    struct lower *l = calloc(1, sizeof *l);
    arena_init(&arena, CHECK_MAX);
    int rc = l ? script__graph_init(&graph, &arena, 1) : ERR_NO_MEMORY;
    if (rc)
        goto out;
    graph.max_nodes = LOWER_NODES_MAX;
    p->info.strategy.risk = (struct script_risk){.max_drawdown = NAN,
                                                 .max_intraday_loss = NAN,
                                                 .max_intraday_filled_orders = NAN,
                                                 .max_position_size = NAN,
                                                 .max_cons_loss_days = NAN};
    *l = (struct lower){.program = p,
                        .graph = &graph,
                        .arena = &arena,
                        .diags = diags,
                        .context = &context,
                        .version = p->version,
                        .info = &info,
                        .settings = &p->info.strategy};
    map_init(&l->called, 4096);
    rc = script__lower_program(l);
    if (!rc)
        rc = list_indicators(p, &graph, info.node_count);
    p->info.inputs = info.inputs;
    p->info.input_count = info.input_count;
    p->info.plots = info.plots;
    p->info.plot_count = info.plot_count;
    p->info.alerts = info.alerts;
    p->info.alert_count = info.alert_count;
    p->info.needs_account = info.needs_account;
    map_finish(&l->called);
out:
    arena_finish(&arena);
    free(l);
    return rc;
}

int script_compile(struct str source, struct script_program **out, struct script_diags *diags)
{
    *out = NULL;
    diags->count = 0;
    diags->more = false;
    struct script_program *p = calloc(1, sizeof *p);
    if (!p)
        return ERR_NO_MEMORY;
    arena_init(&p->arena, PROGRAM_MAX);
    map_init(&p->functions, 4096);
    map_init(&p->reassigned, 65536);
    map_init(&p->broken, SCRIPT_SOURCE_MAX_BYTES);
    int rc = parse(p, source, diags);
    if (!rc)
        rc = script__builtin_index_init(&p->builtins, &p->arena);
    p->info.version = p->version;
    p->info.title = p->info.short_title = "";
    if (!rc)
        rc = check(p, diags);
    if (rc == ERR_NO_MEMORY && !script__has_error(diags))
        script__diag(diags, false, 1, 1, "the script is too large to compile");
    if (rc) {
        script_program_destroy(p);
        return script__has_error(diags) ? ERR_SYNTAX : rc;
    }
    *out = p;
    return 0;
}

void script_program_destroy(struct script_program *p)
{
    if (!p)
        return;
    map_finish(&p->functions);
    map_finish(&p->reassigned);
    map_finish(&p->broken);
    arena_finish(&p->arena);
    free(p);
}

const struct script_info *script_program_info(const struct script_program *p)
{
    return &p->info;
}

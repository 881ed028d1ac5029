// SPDX-License-Identifier: Apache-2.0
// Which combination is best, over all of the history or a part; walk-forward; Monte Carlo.
#include "backtest/sweep.h"

#include <math.h>
#include <stdlib.h>

static const char *const metric_names[SWEEP_METRIC_COUNT] = {
    [SWEEP_NET_PROFIT] = "net_profit",
    [SWEEP_SHARPE] = "sharpe",
    [SWEEP_PROFIT_FACTOR] = "profit_factor",
    [SWEEP_CALMAR] = "calmar",
};

const char *sweep_metric_name(enum sweep_metric m)
{
    return metric_names[m];
}

int sweep_metric_parse(struct str text, enum sweep_metric *out)
{
    for (int i = 0; i < SWEEP_METRIC_COUNT; i++) {
        if (str_eq(text, str_from(metric_names[i]))) {
            *out = (enum sweep_metric)i;
            return 0;
        }
    }
    return ERR_NOT_FOUND;
}

double sweep_score(const struct sweep_result *r, enum sweep_metric m)
{
    if (r->failed)
        return NAN;
    switch (m) {
    case SWEEP_SHARPE:
        return r->sharpe;
    case SWEEP_PROFIT_FACTOR:
        return r->profit_factor;
    case SWEEP_CALMAR:
        return r->max_drawdown_percent > 0 ? r->cagr / r->max_drawdown_percent : NAN;
    default:
        return r->net_profit;
    }
}

static double equity_before(const struct sweep_result *r, size_t segment)
{
    return segment > 0 ? r->segments[segment - 1].equity : r->initial_capital;
}

// Percent over segments [from, to).
static double return_of(const struct sweep_result *r, size_t from, size_t to)
{
    double start = equity_before(r, from), end = equity_before(r, to);
    return start > 0 ? (end / start - 1) * 100 : NAN;
}

double sweep_score_part(const struct sweep_result *r, enum sweep_metric m, size_t from, size_t to)
{
    double profit = 0, loss = 0, sum = 0, squares = 0, days = 0, drawdown = 0;
    if (r->failed)
        return NAN;
    for (size_t i = from; i < to; i++) {
        const struct sweep_segment *s = &r->segments[i];
        profit += s->gross_profit;
        loss += s->gross_loss;
        sum += s->returns;
        squares += s->squares;
        days += (double)s->days;
        drawdown = fmax(drawdown, s->drawdown);
    }
    double growth = return_of(r, from, to), mean = sum / days;
    double variance = (squares - sum * mean) / (days - 1);
    switch (m) {
    case SWEEP_SHARPE: // of a year of days, as all markets here never close
        return days > 1 && variance > 0 ? mean / sqrt(variance) * sqrt(365.25) : NAN;
    case SWEEP_PROFIT_FACTOR:
        return loss > 0 ? profit / loss : NAN;
    case SWEEP_CALMAR:
        return drawdown > 0 ? growth / drawdown : NAN;
    default:
        return growth;
    }
}

// --- order --------------------------------------------------------------------------------------

struct ranked {
    double score;
    uint64_t combination;
    struct sweep_result *result;
};

static int compare(const void *pa, const void *pb)
{
    const struct ranked *a = pa, *b = pb;
    bool na = isnan(a->score), nb = isnan(b->score);
    if (na != nb)
        return na ? 1 : -1;
    if (!na && a->score != b->score)
        return a->score > b->score ? -1 : 1;
    if (a->result->failed != b->result->failed)
        return a->result->failed ? 1 : -1;
    return a->combination < b->combination ? -1 : a->combination > b->combination;
}

void sweep_sort(struct sweep_result *r, size_t n, enum sweep_metric m)
{
    struct ranked *order = calloc(n + 1, sizeof *order);
    struct sweep_result *sorted = calloc(n + 1, sizeof *sorted);
    if (order && sorted) { // without memory the order stays that of the combinations
        for (size_t i = 0; i < n; i++)
            order[i] = (struct ranked){sweep_score(&r[i], m), r[i].combination, &r[i]};
        qsort(order, n, sizeof *order, compare);
        for (size_t i = 0; i < n; i++)
            sorted[i] = *order[i].result;
        for (size_t i = 0; i < n; i++)
            r[i] = sorted[i];
    }
    free(order);
    free(sorted);
}

// --- walk-forward -------------------------------------------------------------------------------

static size_t best_over(const struct sweep_result *r, size_t n, enum sweep_metric m, size_t from,
                        size_t to, double *score)
{
    size_t best = n;
    *score = NAN;
    for (size_t i = 0; i < n; i++) {
        double s = sweep_score_part(&r[i], m, from, to);
        if (!isnan(s) && (best == n || s > *score)) {
            best = i;
            *score = s;
        }
    }
    return best;
}

void sweep_walk(const struct sweep_result *r, size_t n, size_t segment_count, size_t train,
                enum sweep_metric m, struct sweep_forward *out)
{
    double chained = 1;
    *out = (struct sweep_forward){.train = train, .efficiency = NAN};
    for (size_t at = train; at < segment_count; at++) {
        struct sweep_step step = {0};
        step.chosen = best_over(r, n, m, at - train, at, &step.in_score);
        if (step.chosen == n)
            continue; // nothing traded in all of the segments before
        const struct sweep_result *chosen = &r[step.chosen];
        step.in_return = return_of(chosen, at - train, at) / (double)train;
        step.out_return = return_of(chosen, at, at + 1);
        step.out_trades = chosen->segments[at].trades;
        chained *= 1 + step.out_return / 100;
        out->in_mean += step.in_return;
        out->out_mean += step.out_return;
        out->winning += step.out_return > 0;
        out->steps[out->step_count++] = step;
    }
    if (out->step_count == 0)
        return;
    out->out_return = (chained - 1) * 100;
    out->in_mean /= (double)out->step_count;
    out->out_mean /= (double)out->step_count;
    if (out->in_mean > 0)
        out->efficiency = out->out_mean / out->in_mean;
}

// --- Monte Carlo --------------------------------------------------------------------------------

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double percentile(const double *sorted, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t below = (size_t)at;
    double share = at - (double)below;
    return below + 1 < n ? sorted[below] * (1 - share) + sorted[below + 1] * share : sorted[below];
}

int montecarlo_trades(const double *profits, size_t n, double initial_capital, size_t runs,
                      uint64_t seed, struct montecarlo *out)
{
    *out = (struct montecarlo){.runs = runs,
                               .trades = n,
                               .profit_5 = NAN,
                               .profit_50 = NAN,
                               .profit_95 = NAN,
                               .drawdown_50 = NAN,
                               .drawdown_95 = NAN,
                               .loss_share = NAN,
                               .ruin_share = NAN};
    if (runs == 0 || n == 0)
        return 0;
    double *ends = malloc(runs * sizeof *ends), *falls = malloc(runs * sizeof *falls);
    size_t losses = 0, ruins = 0;
    struct random random;
    random_init(&random, seed);
    for (size_t k = 0; k < runs && ends && falls; k++) {
        double sum = 0, peak = 0, fall = 0, low = 0;
        for (size_t i = 0; i < n; i++) {
            sum += profits[random_below(&random, n)];
            peak = sum > peak ? sum : peak;
            low = sum < low ? sum : low;
            fall = peak - sum > fall ? peak - sum : fall;
        }
        ends[k] = sum;
        falls[k] = fall;
        losses += sum < 0;
        ruins += low <= -initial_capital;
    }
    int rc = ends && falls ? 0 : ERR_NO_MEMORY;
    if (!rc) {
        qsort(ends, runs, sizeof *ends, by_value);
        qsort(falls, runs, sizeof *falls, by_value);
        out->profit_5 = percentile(ends, runs, 0.05);
        out->profit_50 = percentile(ends, runs, 0.5);
        out->profit_95 = percentile(ends, runs, 0.95);
        out->drawdown_50 = percentile(falls, runs, 0.5);
        out->drawdown_95 = percentile(falls, runs, 0.95);
        out->loss_share = (double)losses / (double)runs;
        out->ruin_share = (double)ruins / (double)runs;
    }
    free(ends);
    free(falls);
    return rc;
}

// SPDX-License-Identifier: Apache-2.0
// Trend after Wilder: dmi and sar.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"

// --- ta.dmi: +DI, -DI, ADX -----------------------------------------------------------------------

struct dmi {
    double high, low, close; // of the last bar
    struct recursive range, plus, minus, adx;
};

static int dmi_check(const double *params, struct diag *d)
{
    int rc = kernel__check_whole(params[0], "diLength", 1, KERNEL_RECURSIVE_MAX, d);
    return rc != 0 ? rc
                   : kernel__check_whole(params[1], "adxSmoothing", 1, KERNEL_RECURSIVE_MAX, d);
}

static size_t dmi_bytes(const double *params)
{
    (void)params;
    return sizeof(struct dmi);
}

static void dmi_init(void *state, const double *params)
{
    struct dmi *s = state;
    s->high = s->low = s->close = KERNEL__NA;
    kernel__recursive_init(&s->range, params[0]);
    kernel__recursive_init(&s->plus, params[0]);
    kernel__recursive_init(&s->minus, params[0]);
    kernel__recursive_init(&s->adx, params[1]);
}

static void dmi_step(struct dmi *s, double high, double low, double close, double v[3])
{
    double up = high - s->high, down = s->low - low;
    bool na = kernel__is_na(up) || kernel__is_na(down);
    double plus = na ? KERNEL__NA : up > down && up > 0 ? up : 0;
    double minus = na ? KERNEL__NA : down > up && down > 0 ? down : 0;
    double range = kernel__rma_step(&s->range, kernel__true_range(high, low, s->close));
    plus = 100 * kernel__rma_step(&s->plus, plus) / range;
    minus = 100 * kernel__rma_step(&s->minus, minus) / range;
    s->high = high;
    s->low = low;
    s->close = close;
    double sum = plus + minus;
    v[0] = kernel__is_na(plus) ? KERNEL__NA : plus;
    v[1] = kernel__is_na(minus) ? KERNEL__NA : minus;
    v[2] = 100 * kernel__rma_step(&s->adx, fabs(plus - minus) / (sum == 0 ? 1 : sum));
}

static void dmi_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    double v[3];
    for (size_t i = 0; i < n; i++) {
        dmi_step(state, in[0][i], in[1][i], in[2][i], v);
        for (int k = 0; k < 3; k++)
            out[k][i] = v[k];
    }
}

static int64_t dmi_warmup(const double *params)
{
    return (int64_t)params[0] + (int64_t)params[1] - 1;
}

const struct kernel kernel__ta_dmi = {.name = "ta.dmi",
                                      .input_names = "high low close",
                                      .output_names = "plus minus adx",
                                      .param_names = "diLength adxSmoothing",
                                      .inputs = 3,
                                      .outputs = 3,
                                      .params = 2,
                                      .check = dmi_check,
                                      .state_bytes = dmi_bytes,
                                      .init = dmi_init,
                                      .run = dmi_run,
                                      .warmup = dmi_warmup};

// --- ta.sar, after the Pine text in the reference of ta.sar --------------------------------------

struct sar {
    int64_t bars;
    double high[2], low[2], close; // of the last bar and the one before
    double value, extreme, acceleration;
    double below; // 1: the stop is below the price
};

static int sar_check(const double *params, struct diag *d)
{
    static const char *const names[] = {"start", "inc", "max"};
    for (int i = 0; i < 3; i++) {
        int rc = kernel__check_real(params[i], names[i], 0, 10, d);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static size_t sar_bytes(const double *params)
{
    (void)params;
    return sizeof(struct sar);
}

static void sar_init(void *state, const double *params)
{
    (void)params;
    *(struct sar *)state = (struct sar){.value = KERNEL__NA};
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

// Second bar: the direction of the first move.
static void sar_begin(struct sar *s, double high, double low, double close, double start)
{
    s->below = kernel__bool(close > s->close);
    s->extreme = s->below != 0 ? high : low;
    s->value = s->below != 0 ? s->low[0] : s->high[0];
    s->acceleration = start;
}

// True when the price crossed the stop and the direction turned.
static bool sar_turn(struct sar *s, double high, double low, double start)
{
    if (s->below != 0 ? !(s->value > low) : !(s->value < high))
        return false;
    s->value = s->below != 0 ? larger(high, s->extreme) : smaller(low, s->extreme);
    s->extreme = s->below != 0 ? low : high;
    s->below = kernel__bool(s->below == 0);
    s->acceleration = start;
    return true;
}

static void sar_follow(struct sar *s, double high, double low, const double *params)
{
    if (s->below != 0 ? high > s->extreme : low < s->extreme) {
        s->extreme = s->below != 0 ? high : low;
        s->acceleration = smaller(s->acceleration + params[1], params[2]);
    }
}

static double sar_step(struct sar *s, double high, double low, double close, const double *params)
{
    if (kernel__is_na(high) || kernel__is_na(low) || kernel__is_na(close))
        return KERNEL__NA;
    if (s->bars == 1)
        sar_begin(s, high, low, close, params[0]);
    if (s->bars >= 1) {
        bool first = s->bars == 1;
        s->value += s->acceleration * (s->extreme - s->value);
        bool turned = sar_turn(s, high, low, params[0]);
        if (!turned && !first)
            sar_follow(s, high, low, params);
        int reach = first ? 1 : 2;
        for (int k = 0; k < reach; k++)
            s->value = s->below != 0 ? smaller(s->value, s->low[k]) : larger(s->value, s->high[k]);
    }
    s->bars++;
    s->high[1] = s->high[0];
    s->low[1] = s->low[0];
    s->high[0] = high;
    s->low[0] = low;
    s->close = close;
    return s->value;
}

static void sar_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[0][i] = sar_step(state, in[0][i], in[1][i], in[2][i], params);
}

const struct kernel kernel__ta_sar = {.name = "ta.sar",
                                      .input_names = "high low close",
                                      .output_names = "sar",
                                      .param_names = "start inc max",
                                      .inputs = 3,
                                      .outputs = 1,
                                      .params = 3,
                                      .check = sar_check,
                                      .state_bytes = sar_bytes,
                                      .init = sar_init,
                                      .run = sar_run,
                                      .warmup = kernel__warmup_one};

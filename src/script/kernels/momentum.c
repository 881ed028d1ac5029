// SPDX-License-Identifier: Apache-2.0
// Momentum: change mom roc rsi macd tsi cmo.
#include "script/kernels/list.h"
#include "script/kernels/parts.h"
#include "script/kernels/window.h"

// --- ta.change, ta.mom, ta.roc, op.lag: what stood here `length` bars ago ------------------------

static size_t lag_bytes(const double *params)
{
    return window__bytes(params[0]);
}

static void lag_init(void *state, const double *params)
{
    struct window *w = state;
    window__init(w, params[0]);
    for (int64_t k = 0; k < w->length; k++)
        w->ring[k] = KERNEL__NA;
}

static void span_change(void *sums, const struct window *w, const double *restrict x,
                        const double *restrict gone, double *restrict out, size_t n)
{
    (void)sums, (void)w;
    for (size_t k = 0; k < n; k++)
        out[k] = x[k] - gone[k];
}

static void span_roc(void *sums, const struct window *w, const double *restrict x,
                     const double *restrict gone, double *restrict out, size_t n)
{
    (void)sums, (void)w;
    for (size_t k = 0; k < n; k++) {
        double v = 100 * (x[k] - gone[k]) / gone[k];
        out[k] = kernel__is_na(v) ? KERNEL__NA : v;
    }
}

static void span_lag(void *sums, const struct window *w, const double *restrict x,
                     const double *restrict gone, double *restrict out, size_t n)
{
    (void)sums, (void)w, (void)x;
    for (size_t k = 0; k < n; k++)
        out[k] = gone[k];
}

static void change_run(void *state, const double *params, const double *const *in,
                       double *const *out, size_t n)
{
    (void)params;
    window__spans(state, NULL, span_change, in[0], out[0], n);
}

static void roc_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    window__spans(state, NULL, span_roc, in[0], out[0], n);
}

static void lag_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    window__spans(state, NULL, span_lag, in[0], out[0], n);
}

const struct kernel kernel__ta_change = {.name = "ta.change",
                                         .input_names = "source",
                                         .output_names = "change",
                                         .param_names = "length",
                                         .inputs = 1,
                                         .outputs = 1,
                                         .params = 1,
                                         .check = kernel__check_length,
                                         .state_bytes = lag_bytes,
                                         .init = lag_init,
                                         .run = change_run,
                                         .warmup = kernel__warmup_lag};

const struct kernel kernel__ta_mom = {.name = "ta.mom",
                                      .input_names = "source",
                                      .output_names = "mom",
                                      .param_names = "length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = lag_bytes,
                                      .init = lag_init,
                                      .run = change_run,
                                      .warmup = kernel__warmup_lag};

const struct kernel kernel__ta_roc = {.name = "ta.roc",
                                      .input_names = "source",
                                      .output_names = "roc",
                                      .param_names = "length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = lag_bytes,
                                      .init = lag_init,
                                      .run = roc_run,
                                      .warmup = kernel__warmup_lag};

const struct kernel kernel__op_lag = {.name = "op.lag",
                                      .input_names = "source",
                                      .output_names = "past",
                                      .param_names = "length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = lag_bytes,
                                      .init = lag_init,
                                      .run = lag_run,
                                      .warmup = kernel__warmup_lag};

// --- ta.rsi: 100 - 100 / (1 + rma(gains) / rma(losses)) ------------------------------------------

struct rsi {
    double last;
    struct recursive gain, loss;
};

static size_t rsi_bytes(const double *params)
{
    (void)params;
    return sizeof(struct rsi);
}

static void rsi_init(void *state, const double *params)
{
    struct rsi *r = state;
    r->last = KERNEL__NA;
    kernel__recursive_init(&r->gain, params[0]);
    kernel__recursive_init(&r->loss, params[0]);
}

// The larger of d and 0, exactly, and without a branch that half of all bars would mispredict.
KERNEL__INLINE double rise(double d)
{
    return 0.5 * (d + fabs(d));
}

// Without losses it is 100, also where nothing moved at all.
KERNEL__INLINE double rsi_of(double gain, double loss)
{
    return loss == 0 ? 100.0 : 100.0 - 100.0 / (1.0 + gain / loss);
}

static double rsi_step(struct rsi *r, double x)
{
    if (kernel__is_na(x))
        return KERNEL__NA;
    double d = x - r->last;
    r->last = x;
    if (kernel__is_na(d))
        return KERNEL__NA;
    double gain = kernel__rma_step(&r->gain, rise(d));
    double loss = kernel__rma_step(&r->loss, rise(-d));
    return kernel__is_na(gain) ? KERNEL__NA : rsi_of(gain, loss);
}

static double rsi_careful(double *gain, double *loss, double *last, double x, double length)
{
    if (kernel__is_na(x))
        return KERNEL__NA;
    double up = x - *last;
    *last = x;
    *gain = (*gain * (length - 1) + rise(up)) / length;
    *loss = (*loss * (length - 1) + rise(-up)) / length;
    return rsi_of(*gain, *loss);
}

static void rsi_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    struct rsi *r = state;
    const double *restrict x = in[0];
    double *restrict y = out[0], length = params[0], kept = length - 1;
    size_t i = 0;
    for (; i < n && r->gain.taken < r->gain.length; i++)
        y[i] = rsi_step(r, x[i]);
    double gain = r->gain.value, loss = r->loss.value, last = r->last;
    while (i < n) {
        size_t end = kernel__min(n, i + KERNEL__CHUNK);
        double sound = 0; // na once any value is
        for (size_t k = i; k < end; k++) {
            double up = x[k] - last;
            last = x[k];
            sound += up - up;
            gain = (gain * kept + rise(up)) / length;
            loss = (loss * kept + rise(-up)) / length;
            y[k] = rsi_of(gain, loss);
        }
        if (__builtin_expect(kernel__is_na(sound), 0)) {
            gain = r->gain.value, loss = r->loss.value, last = r->last;
            for (size_t k = i; k < end; k++)
                y[k] = rsi_careful(&gain, &loss, &last, x[k], length);
        }
        r->gain.value = gain;
        r->loss.value = loss;
        r->last = last;
        i = end;
    }
}

const struct kernel kernel__ta_rsi = {.name = "ta.rsi",
                                      .input_names = "source",
                                      .output_names = "rsi",
                                      .param_names = "length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_recursive,
                                      .state_bytes = rsi_bytes,
                                      .init = rsi_init,
                                      .run = rsi_run,
                                      .serial = true,
                                      .warmup = kernel__warmup_lag};

// --- ta.macd: ema(fast) - ema(slow), its ema, their difference -----------------------------------

struct macd {
    struct recursive fast, slow, signal;
};

static int macd_check(const double *params, struct diag *d)
{
    static const char *const names[] = {"fastlen", "slowlen", "siglen"};
    for (int i = 0; i < 3; i++) {
        int rc = kernel__check_whole(params[i], names[i], 1, KERNEL_RECURSIVE_MAX, d);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static size_t macd_bytes(const double *params)
{
    (void)params;
    return sizeof(struct macd);
}

static void macd_init(void *state, const double *params)
{
    struct macd *m = state;
    kernel__recursive_init(&m->fast, params[0]);
    kernel__recursive_init(&m->slow, params[1]);
    kernel__recursive_init(&m->signal, params[2]);
}

static bool macd_settled(const struct macd *m)
{
    return m->fast.taken >= m->fast.length && m->slow.taken >= m->slow.length &&
           m->signal.taken >= m->signal.length && m->fast.length > 1 && m->slow.length > 1 &&
           m->signal.length > 1;
}

static void macd_run(void *state, const double *params, const double *const *in, double *const *out,
                     size_t n)
{
    (void)params;
    struct macd *m = state;
    size_t i = 0;
    for (; i < n && !macd_settled(m); i++) {
        double fast = kernel__ema_step(&m->fast, in[0][i]);
        double slow = kernel__ema_step(&m->slow, in[0][i]);
        out[0][i] = fast - slow;
        out[1][i] = kernel__ema_step(&m->signal, fast - slow);
        out[2][i] = out[0][i] - out[1][i];
    }
    const double *restrict x = in[0];
    double *restrict line = out[0], *restrict sig = out[1], *restrict histogram = out[2];
    double fast = m->fast.value, slow = m->slow.value, signal = m->signal.value;
    double af = m->fast.alpha, as = m->slow.alpha, ag = m->signal.alpha;
    for (; i < n; i++) {
        if (__builtin_expect(kernel__is_na(x[i]), 0)) {
            line[i] = sig[i] = histogram[i] = KERNEL__NA;
            continue;
        }
        fast = fast + af * (x[i] - fast);
        slow = slow + as * (x[i] - slow);
        double v = fast - slow;
        signal = signal + ag * (v - signal);
        line[i] = v;
        sig[i] = signal;
        histogram[i] = v - signal;
    }
    m->fast.value = fast;
    m->slow.value = slow;
    m->signal.value = signal;
}

static int64_t macd_warmup(const double *params)
{
    return (int64_t)(params[0] > params[1] ? params[0] : params[1]) + (int64_t)params[2] - 2;
}

const struct kernel kernel__ta_macd = {.name = "ta.macd",
                                       .input_names = "source",
                                       .output_names = "macd signal histogram",
                                       .param_names = "fastlen slowlen siglen",
                                       .inputs = 1,
                                       .outputs = 3,
                                       .params = 3,
                                       .check = macd_check,
                                       .state_bytes = macd_bytes,
                                       .init = macd_init,
                                       .run = macd_run,
                                       .serial = true,
                                       .warmup = macd_warmup};

// --- ta.tsi: ema(ema(change, long), short) / ema(ema(|change|, long), short) ---------------------

struct tsi {
    double last;
    struct recursive slow, fast, slow_abs, fast_abs;
};

static int tsi_check(const double *params, struct diag *d)
{
    int rc = kernel__check_whole(params[0], "short_length", 1, KERNEL_RECURSIVE_MAX, d);
    return rc != 0 ? rc : kernel__check_whole(params[1], "long_length", 1, KERNEL_RECURSIVE_MAX, d);
}

static size_t tsi_bytes(const double *params)
{
    (void)params;
    return sizeof(struct tsi);
}

static void tsi_init(void *state, const double *params)
{
    struct tsi *t = state;
    t->last = KERNEL__NA;
    kernel__recursive_init(&t->fast, params[0]);
    kernel__recursive_init(&t->fast_abs, params[0]);
    kernel__recursive_init(&t->slow, params[1]);
    kernel__recursive_init(&t->slow_abs, params[1]);
}

static void tsi_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    (void)params;
    struct tsi *t = state;
    for (size_t i = 0; i < n; i++) {
        double x = in[0][i], d = x - t->last;
        if (!kernel__is_na(x))
            t->last = x;
        double up = kernel__ema_step(&t->fast, kernel__ema_step(&t->slow, d));
        double all = kernel__ema_step(&t->fast_abs, kernel__ema_step(&t->slow_abs, fabs(d)));
        double v = up / all;
        out[0][i] = kernel__is_na(v) ? KERNEL__NA : v;
    }
}

static int64_t tsi_warmup(const double *params)
{
    return (int64_t)params[0] + (int64_t)params[1] - 1;
}

const struct kernel kernel__ta_tsi = {.name = "ta.tsi",
                                      .input_names = "source",
                                      .output_names = "tsi",
                                      .param_names = "short_length long_length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 2,
                                      .check = tsi_check,
                                      .state_bytes = tsi_bytes,
                                      .init = tsi_init,
                                      .run = tsi_run,
                                      .warmup = tsi_warmup};

// --- ta.cmo: 100 * (gains - losses) / (gains + losses) over a window -----------------------------

static size_t cmo_bytes(const double *params)
{
    return sizeof(double) + 2 * kernel__sum_bytes(params[0]);
}

static void cmo_init(void *state, const double *params)
{
    char *gains = (char *)state + sizeof(double);
    *(double *)state = KERNEL__NA;
    kernel__sum_init(gains, params[0]);
    kernel__sum_init(gains + kernel__sum_bytes(params[0]), params[0]);
}

static void cmo_run(void *state, const double *params, const double *const *in, double *const *out,
                    size_t n)
{
    double *last = state, a[KERNEL__CHUNK], b[KERNEL__CHUNK], c[KERNEL__CHUNK];
    char *gains = (char *)state + sizeof(double);
    char *losses = gains + kernel__sum_bytes(params[0]);
    for (size_t i = 0; i < n; i += KERNEL__CHUNK) {
        size_t m = kernel__min(n - i, KERNEL__CHUNK);
        for (size_t k = 0; k < m; k++) {
            double x = in[0][i + k], d = x - *last;
            *last = kernel__is_na(x) ? *last : x;
            a[k] = kernel__is_na(d) ? KERNEL__NA : d >= 0 ? d : 0;
            b[k] = kernel__is_na(d) ? KERNEL__NA : d >= 0 ? 0 : -d;
        }
        kernel__sum_run(gains, a, c, m);
        kernel__sum_run(losses, b, a, m);
        for (size_t k = 0; k < m; k++) {
            double v = 100 * (c[k] - a[k]) / (c[k] + a[k]);
            out[0][i + k] = kernel__is_na(v) ? KERNEL__NA : v;
        }
    }
}

const struct kernel kernel__ta_cmo = {.name = "ta.cmo",
                                      .input_names = "source",
                                      .output_names = "cmo",
                                      .param_names = "length",
                                      .inputs = 1,
                                      .outputs = 1,
                                      .params = 1,
                                      .check = kernel__check_length,
                                      .state_bytes = cmo_bytes,
                                      .init = cmo_init,
                                      .run = cmo_run,
                                      .warmup = kernel__warmup_lag};

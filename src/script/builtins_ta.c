// SPDX-License-Identifier: Apache-2.0
// The ta.* rows of the builtin table: each is a kernel; its inputs and parameters are found by
// name.
#include "script/lower.h"

#define K script__low_kernel

// ta.vwap has three kernels: the session's, one with an anchor of the user's, one with bands.
static struct val low_vwap(struct lower *l, const struct builtin *b, struct call *c)
{
    static const struct builtin anchored = {
        "ta.vwap", "source:F,anchor:B,stdev_mult:pF?", "F", NULL, "ta.vwap@anchor", NULL, 0, ""};
    static const struct builtin bands = {
        "ta.vwap", "source:F,anchor:B,stdev_mult:pF?", "FFF", NULL, "ta.vwap@bands", NULL, 0, ""};
    static const struct builtin whole = {
        "ta.vwap", "source:F,anchor:B?,stdev_mult:pF?", "F", NULL, "ta.vwap", NULL, 0, ""};
    if (!b->params) {
        struct ast hlc3 = {.kind = AST_NAME, .text = STR("hlc3")};
        struct call call = *c;
        call.count = 1;
        call.args[0] = script__variable(l, &hlc3);
        return script__low_kernel(l, &whole, &call);
    }
    if (c->count > 2 && c->given[2]) {
        if (!c->given[1])
            c->args[1] = script__const(TY_BOOL, 0);
        return script__low_kernel(l, &bands, c);
    }
    return script__low_kernel(l, c->count > 1 && c->given[1] ? &anchored : b, c);
}

// ta.change of a bool tells whether it changed.
static struct val low_change(struct lower *l, const struct builtin *b, struct call *c)
{
    bool is_bool = c->args[0].type.base == TY_BOOL;
    bool is_int = c->args[0].type.base == TY_INT;
    struct val v = script__low_kernel(l, b, c);
    if (script__is_bad(&v))
        return v;
    if (is_bool)
        return script__op(l, OP_BOOL, TY_BOOL, &v, NULL, NULL);
    if (is_int)
        v.type.base = TY_INT;
    return v;
}

static struct val low_typed(struct lower *l, const struct builtin *b, struct call *c)
{
    struct type type = c->args[1].type;
    struct val v = script__low_kernel(l, b, c);
    if (!script__is_bad(&v) && type.base != TY_NA)
        v.type = type;
    return v;
}

static struct val low_tr(struct lower *l, const struct builtin *b, struct call *c)
{
    static const struct builtin row = {"ta.tr", "handle_na:pB=false", "F", NULL, NULL, NULL, 0, ""};
    struct call call = *c;
    call.count = 1;
    if (!b->params)
        call.args[0] = script__const(TY_BOOL, 0);
    return script__low_kernel(l, &row, &call);
}

// A window whose length changes from bar to bar has a kernel of its own.
static struct val low_window(struct lower *l, const struct builtin *b, struct call *c)
{
    char name[48];
    if (c->args[1].where == VAL_CONST)
        return script__low_kernel(l, b, c);
    const struct kernel *k = NULL;
    if (!str_printf(name, sizeof name, "%s@series", b->name))
        k = kernel_find(name);
    if (!k) {
        script__error(
            l, c->at,
            "the length of %s has to be known before the first bar: a constant or an input",
            b->name);
        return script__bad();
    }
    struct builtin row = *b;
    row.kernel = k->name;
    return script__low_kernel(l, &row, c);
}

#define SRC_LEN  "source:F,length:I"
#define SRC_PLEN "source:F,length:pI"

static const struct builtin rows[] = {
    {"ta.sma", SRC_LEN, "F", low_window, NULL, NULL, 0, "simple moving average"},
    {"ta.ema", SRC_PLEN, "F", K, NULL, NULL, 0, "exponential moving average, seeded by the mean"},
    {"ta.rma", SRC_PLEN, "F", K, NULL, NULL, 0, "Wilder's moving average, seeded by the mean"},
    {"ta.wma", SRC_LEN, "F", low_window, NULL, NULL, 0, "linearly weighted moving average"},
    {"ta.hma", SRC_PLEN, "F", K, NULL, NULL, 0, "Hull moving average"},
    {"ta.vwma", SRC_PLEN, "F", K, NULL, NULL, 0, "volume-weighted moving average"},
    {"ta.swma", "source:F", "F", K, NULL, NULL, 0, "symmetrically weighted average of four bars"},
    {"ta.alma", "source:F,length:pI,offset:pF=0.85,sigma:pF=6,floor:pB=false", "F", K, NULL, NULL,
     0, "Arnaud Legoux moving average"},
    {"ta.linreg", "source:F,length:pI,offset:pI=0", "F", K, NULL, NULL, 0,
     "value of the linear regression line"},
    {"ta.rsi", SRC_PLEN, "F", K, NULL, NULL, 0, "relative strength index"},
    {"ta.macd", "source:F,fastlen:pI,slowlen:pI,siglen:pI", "FFF", K, NULL, NULL, 0,
     "moving average convergence divergence: line, signal, histogram"},
    {"ta.stoch", "source:F,high:F,low:F,length:pI", "F", K, NULL, NULL, 0,
     "stochastic: where source stands between low and high"},
    {"ta.atr", "length:pI", "F", K, NULL, NULL, 0, "average true range"},
    {"ta.tr", "handle_na:pB=false", "F", low_tr, NULL, NULL, 0, "true range"},
    {"ta.tr", NULL, "F", low_tr, NULL, NULL, 0, "true range, na on the first bar"},
    {"ta.bb", "source:F,length:pI,mult:pF", "FFF", K, NULL, NULL, 0,
     "Bollinger bands: middle, upper, lower"},
    {"ta.bbw", "source:F,length:pI,mult:pF", "F", K, NULL, NULL, 0, "width of the Bollinger bands"},
    {"ta.kc", "source:F,length:pI,mult:pF,useTrueRange:pB=true", "FFF", K, NULL, NULL, 0,
     "Keltner channels: middle, upper, lower"},
    {"ta.kcw", "source:F,length:pI,mult:pF,useTrueRange:pB=true", "F", K, NULL, NULL, 0,
     "width of the Keltner channels"},
    {"ta.stdev", "source:F,length:pI,biased:pB=true", "F", K, NULL, NULL, 0, "standard deviation"},
    {"ta.variance", "source:F,length:pI,biased:pB=true", "F", K, NULL, NULL, 0, "variance"},
    {"ta.dev", SRC_PLEN, "F", K, NULL, NULL, 0, "mean absolute deviation from the mean"},
    {"ta.highest", "source:F=high,length:I", "F", low_window, NULL, NULL, 0,
     "highest value of the last bars"},
    {"ta.lowest", "source:F=low,length:I", "F", low_window, NULL, NULL, 0,
     "lowest value of the last bars"},
    {"ta.highestbars", "source:F=high,length:I", "I", low_window, NULL, NULL, 0,
     "offset of the highest bar, 0 or less"},
    {"ta.lowestbars", "source:F=low,length:I", "I", low_window, NULL, NULL, 0,
     "offset of the lowest bar, 0 or less"},
    {"ta.range", SRC_PLEN, "F", K, NULL, NULL, 0, "highest minus lowest value"},
    {"ta.max", "source:F", "F", K, NULL, NULL, 0, "highest value so far"},
    {"ta.min", "source:F", "F", K, NULL, NULL, 0, "lowest value so far"},
    {"ta.change", "source:*,length:pI=1", "F", low_change, NULL, NULL, 0,
     "difference to the value length bars ago"},
    {"ta.mom", SRC_PLEN, "F", K, NULL, NULL, 0, "momentum"},
    {"ta.roc", SRC_PLEN, "F", K, NULL, NULL, 0, "rate of change in percent"},
    {"ta.cmo", "source:F,length:pI", "F", K, NULL, NULL, 0, "Chande momentum oscillator"},
    {"ta.tsi", "source:F,short_length:pI,long_length:pI", "F", K, NULL, NULL, 0,
     "true strength index, -1 to 1"},
    {"ta.cci", SRC_PLEN, "F", K, NULL, NULL, 0, "commodity channel index"},
    {"ta.cog", SRC_PLEN, "F", K, NULL, NULL, 0, "center of gravity"},
    {"ta.mfi", "source:F,length:pI", "F", K, NULL, NULL, 0, "money flow index"},
    {"ta.wpr", "length:pI", "F", K, NULL, NULL, 0, "Williams %R"},
    {"ta.dmi", "diLength:pI,adxSmoothing:pI", "FFF", K, NULL, NULL, 0,
     "directional movement: +DI, -DI, ADX"},
    {"ta.sar", "start:pF,inc:pF,max:pF", "F", K, NULL, NULL, 0, "parabolic stop and reverse"},
    {"ta.supertrend", "factor:pF,atrPeriod:pI", "FF", K, NULL, NULL, 0,
     "supertrend line and direction (-1 up, 1 down)"},
    {"ta.crossover", "source1:F,source2:F", "B", K, NULL, NULL, 0, "source1 rose above source2"},
    {"ta.crossunder", "source1:F,source2:F", "B", K, NULL, NULL, 0, "source1 fell below source2"},
    {"ta.cross", "source1:F,source2:F", "B", K, NULL, NULL, 0, "the two sources crossed"},
    {"ta.valuewhen", "condition:B,source:*,occurrence:pI=0", "F", low_typed, NULL, NULL, 0,
     "source where condition was true the n-th last time"},
    {"ta.barssince", "condition:B", "I", K, NULL, NULL, 0, "bars since condition was true"},
    {"ta.rising", SRC_PLEN, "B", K, NULL, NULL, 0, "rose on each of the last bars"},
    {"ta.falling", SRC_PLEN, "B", K, NULL, NULL, 0, "fell on each of the last bars"},
    {"ta.pivothigh", "source:F=high,leftbars:pI,rightbars:pI", "F", K, NULL, NULL, 0,
     "pivot high, known rightbars later"},
    {"ta.pivotlow", "source:F=low,leftbars:pI,rightbars:pI", "F", K, NULL, NULL, 0,
     "pivot low, known rightbars later"},
    {"ta.cum", "source:F", "F", K, NULL, NULL, 0, "sum of all values so far"},
    {"ta.correlation", "source1:F,source2:F,length:pI", "F", K, NULL, NULL, 0,
     "correlation coefficient"},
    {"ta.median", SRC_PLEN, "F", K, NULL, NULL, 0, "median"},
    {"ta.mode", SRC_PLEN, "F", K, NULL, NULL, 0, "most frequent value"},
    {"ta.percentrank", SRC_PLEN, "F", K, NULL, NULL, 0,
     "percent of past values not above this one"},
    {"ta.percentile_nearest_rank", "source:F,length:pI,percentage:pF", "F", K, NULL, NULL, 0,
     "percentile by nearest rank"},
    {"ta.percentile_linear_interpolation", "source:F,length:pI,percentage:pF", "F", K, NULL, NULL,
     0, "percentile by linear interpolation"},
    {"ta.vwap", "source:F=hlc3,anchor:B?,stdev_mult:pF?", "F", low_vwap, NULL, NULL, 0,
     "volume-weighted average price since the session's or anchor's start"},
    {"ta.vwap", NULL, "F", low_vwap, NULL, NULL, 0, "volume-weighted average price of hlc3"},
    {"ta.obv", NULL, "F", K, NULL, NULL, 0, "on-balance volume"},
    {"ta.accdist", NULL, "F", K, NULL, NULL, 0, "accumulation/distribution"},
    {"ta.pvt", NULL, "F", K, NULL, NULL, 0, "price-volume trend"},
    {"ta.wad", NULL, "F", K, NULL, NULL, 0, "Williams accumulation/distribution"},
    {"ta.wvad", NULL, "F", K, NULL, NULL, 0, "Williams variable accumulation/distribution"},
    {"ta.iii", NULL, "F", K, NULL, NULL, 0, "intraday intensity index"},
    {"ta.nvi", NULL, "F", K, NULL, NULL, 0, "negative volume index"},
    {"ta.pvi", NULL, "F", K, NULL, NULL, 0, "positive volume index"},
    {"math.sum", SRC_LEN, "F", low_window, NULL, NULL, 0, "sum of the last values"},
    {"fixnan", "source:F", "F", K, "op.fixnan", NULL, 0, "last value that was not na"},
};
const struct builtin_table script__builtins_ta = {rows, sizeof rows / sizeof rows[0]};

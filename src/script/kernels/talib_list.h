// SPDX-License-Identifier: Apache-2.0
// TA-Lib's functions as kernels, sorted by name, one row each;
// tests/unit/script/test_kernel_talib.c holds the rows against TA-Lib's own table.
#ifndef SCRIPT_KERNELS_TALIB_LIST_H
#define SCRIPT_KERNELS_TALIB_LIST_H

#include "script/kernel.h"

// X(name, kind, input names, output names, param names, how many of each). Kinds: ELEMENT looks at
// one bar; WINDOW and PATTERN at the last lookback + 1 bars and give numbers or whole numbers; OWN
// depends on all bars and is our own recurrence.
// clang-format off
#define KERNEL__TALIB_LIST(X) \
    X(ACCBANDS, WINDOW, "high low close", "realUpperBand realMiddleBand realLowerBand", "timePeriod", 3, 3, 1) \
    X(ACOS, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(AD, OWN, "high low close volume", "real", "", 4, 1, 0) \
    X(ADD, ELEMENT, "real0 real1", "real", "", 2, 1, 0) \
    X(ADOSC, OWN, "high low close volume", "real", "fastPeriod slowPeriod", 4, 1, 2) \
    X(ADX, OWN, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(ADXR, OWN, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(APO, OWN, "real", "real", "fastPeriod slowPeriod maType", 1, 1, 3) \
    X(AROON, WINDOW, "high low", "aroonDown aroonUp", "timePeriod", 2, 2, 1) \
    X(AROONOSC, WINDOW, "high low", "real", "timePeriod", 2, 1, 1) \
    X(ASIN, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(ATAN, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(ATR, OWN, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(AVGDEV, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(AVGPRICE, ELEMENT, "open high low close", "real", "", 4, 1, 0) \
    X(BBANDS, OWN, "real", "realUpperBand realMiddleBand realLowerBand", "timePeriod nbDevUp nbDevDn maType", 1, 3, 4) \
    X(BETA, WINDOW, "real0 real1", "real", "timePeriod", 2, 1, 1) \
    X(BOP, ELEMENT, "open high low close", "real", "", 4, 1, 0) \
    X(CCI, WINDOW, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(CDL2CROWS, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDL3BLACKCROWS, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDL3INSIDE, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDL3LINESTRIKE, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDL3OUTSIDE, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDL3STARSINSOUTH, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDL3WHITESOLDIERS, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLABANDONEDBABY, PATTERN, "open high low close", "integer", "penetration", 4, 1, 1) \
    X(CDLADVANCEBLOCK, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLBELTHOLD, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLBREAKAWAY, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLCLOSINGMARUBOZU, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLCONCEALBABYSWALL, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLCOUNTERATTACK, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLDARKCLOUDCOVER, PATTERN, "open high low close", "integer", "penetration", 4, 1, 1) \
    X(CDLDOJI, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLDOJISTAR, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLDRAGONFLYDOJI, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLENGULFING, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLEVENINGDOJISTAR, PATTERN, "open high low close", "integer", "penetration", 4, 1, 1) \
    X(CDLEVENINGSTAR, PATTERN, "open high low close", "integer", "penetration", 4, 1, 1) \
    X(CDLGAPSIDESIDEWHITE, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLGRAVESTONEDOJI, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLHAMMER, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLHANGINGMAN, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLHARAMI, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLHARAMICROSS, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLHIGHWAVE, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLHIKKAKE, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLHIKKAKEMOD, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLHOMINGPIGEON, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLIDENTICAL3CROWS, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLINNECK, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLINVERTEDHAMMER, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLKICKING, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLKICKINGBYLENGTH, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLLADDERBOTTOM, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLLONGLEGGEDDOJI, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLLONGLINE, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLMARUBOZU, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLMATCHINGLOW, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLMATHOLD, PATTERN, "open high low close", "integer", "penetration", 4, 1, 1) \
    X(CDLMORNINGDOJISTAR, PATTERN, "open high low close", "integer", "penetration", 4, 1, 1) \
    X(CDLMORNINGSTAR, PATTERN, "open high low close", "integer", "penetration", 4, 1, 1) \
    X(CDLONNECK, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLPIERCING, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLRICKSHAWMAN, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLRISEFALL3METHODS, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLSEPARATINGLINES, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLSHOOTINGSTAR, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLSHORTLINE, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLSPINNINGTOP, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLSTALLEDPATTERN, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLSTICKSANDWICH, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLTAKURI, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLTASUKIGAP, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLTHRUSTING, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLTRISTAR, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLUNIQUE3RIVER, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLUPSIDEGAP2CROWS, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CDLXSIDEGAP3METHODS, PATTERN, "open high low close", "integer", "", 4, 1, 0) \
    X(CEIL, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(CMO, OWN, "real", "real", "timePeriod", 1, 1, 1) \
    X(CORREL, WINDOW, "real0 real1", "real", "timePeriod", 2, 1, 1) \
    X(COS, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(COSH, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(DEMA, OWN, "real", "real", "timePeriod", 1, 1, 1) \
    X(DIV, ELEMENT, "real0 real1", "real", "", 2, 1, 0) \
    X(DX, OWN, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(EMA, OWN, "real", "real", "timePeriod", 1, 1, 1) \
    X(EXP, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(FLOOR, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(HT_DCPERIOD, OWN, "real", "real", "", 1, 1, 0) \
    X(HT_DCPHASE, OWN, "real", "real", "", 1, 1, 0) \
    X(HT_PHASOR, OWN, "real", "inPhase quadrature", "", 1, 2, 0) \
    X(HT_SINE, OWN, "real", "sine leadSine", "", 1, 2, 0) \
    X(HT_TRENDLINE, OWN, "real", "real", "", 1, 1, 0) \
    X(HT_TRENDMODE, OWN, "real", "integer", "", 1, 1, 0) \
    X(IMI, WINDOW, "open close", "real", "timePeriod", 2, 1, 1) \
    X(KAMA, OWN, "real", "real", "timePeriod", 1, 1, 1) \
    X(LINEARREG, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(LINEARREG_ANGLE, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(LINEARREG_INTERCEPT, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(LINEARREG_SLOPE, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(LN, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(LOG10, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(MA, OWN, "real", "real", "timePeriod maType", 1, 1, 2) \
    X(MACD, OWN, "real", "mACD mACDSignal mACDHist", "fastPeriod slowPeriod signalPeriod", 1, 3, 3) \
    X(MACDEXT, OWN, "real", "mACD mACDSignal mACDHist", "fastPeriod fastMaType slowPeriod slowMaType signalPeriod signalMaType", 1, 3, 6) \
    X(MACDFIX, OWN, "real", "mACD mACDSignal mACDHist", "signalPeriod", 1, 3, 1) \
    X(MAMA, OWN, "real", "mAMA fAMA", "fastLimit slowLimit", 1, 2, 2) \
    X(MAVP, WINDOW, "real periods", "real", "minPeriod maxPeriod maType", 2, 1, 3) \
    X(MAX, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(MAXINDEX, OWN, "real", "integer", "timePeriod", 1, 1, 1) \
    X(MEDPRICE, ELEMENT, "high low", "real", "", 2, 1, 0) \
    X(MFI, WINDOW, "high low close volume", "real", "timePeriod", 4, 1, 1) \
    X(MIDPOINT, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(MIDPRICE, WINDOW, "high low", "real", "timePeriod", 2, 1, 1) \
    X(MIN, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(MININDEX, OWN, "real", "integer", "timePeriod", 1, 1, 1) \
    X(MINMAX, WINDOW, "real", "min max", "timePeriod", 1, 2, 1) \
    X(MINMAXINDEX, OWN, "real", "minIdx maxIdx", "timePeriod", 1, 2, 1) \
    X(MINUS_DI, OWN, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(MINUS_DM, OWN, "high low", "real", "timePeriod", 2, 1, 1) \
    X(MOM, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(MULT, ELEMENT, "real0 real1", "real", "", 2, 1, 0) \
    X(NATR, OWN, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(OBV, OWN, "real volume", "real", "", 2, 1, 0) \
    X(PLUS_DI, OWN, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(PLUS_DM, OWN, "high low", "real", "timePeriod", 2, 1, 1) \
    X(PPO, OWN, "real", "real", "fastPeriod slowPeriod maType", 1, 1, 3) \
    X(ROC, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(ROCP, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(ROCR, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(ROCR100, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(RSI, OWN, "real", "real", "timePeriod", 1, 1, 1) \
    X(SAR, OWN, "high low", "real", "acceleration maximum", 2, 1, 2) \
    X(SAREXT, OWN, "high low", "real", "startValue offsetOnReverse accelerationInitLong accelerationLong accelerationMaxLong accelerationInitShort accelerationShort accelerationMaxShort", 2, 1, 8) \
    X(SIN, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(SINH, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(SMA, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(SQRT, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(STDDEV, WINDOW, "real", "real", "timePeriod nbDev", 1, 1, 2) \
    X(STOCH, OWN, "high low close", "slowK slowD", "fastK_Period slowK_Period slowK_MaType slowD_Period slowD_MaType", 3, 2, 5) \
    X(STOCHF, OWN, "high low close", "fastK fastD", "fastK_Period fastD_Period fastD_MaType", 3, 2, 3) \
    X(STOCHRSI, OWN, "real", "fastK fastD", "timePeriod fastK_Period fastD_Period fastD_MaType", 1, 2, 4) \
    X(SUB, ELEMENT, "real0 real1", "real", "", 2, 1, 0) \
    X(SUM, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(T3, OWN, "real", "real", "timePeriod vFactor", 1, 1, 2) \
    X(TAN, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(TANH, ELEMENT, "real", "real", "", 1, 1, 0) \
    X(TEMA, OWN, "real", "real", "timePeriod", 1, 1, 1) \
    X(TRANGE, WINDOW, "high low close", "real", "", 3, 1, 0) \
    X(TRIMA, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(TRIX, OWN, "real", "real", "timePeriod", 1, 1, 1) \
    X(TSF, WINDOW, "real", "real", "timePeriod", 1, 1, 1) \
    X(TYPPRICE, ELEMENT, "high low close", "real", "", 3, 1, 0) \
    X(ULTOSC, WINDOW, "high low close", "real", "timePeriod1 timePeriod2 timePeriod3", 3, 1, 3) \
    X(VAR, WINDOW, "real", "real", "timePeriod nbDev", 1, 1, 2) \
    X(WCLPRICE, ELEMENT, "high low close", "real", "", 3, 1, 0) \
    X(WILLR, WINDOW, "high low close", "real", "timePeriod", 3, 1, 1) \
    X(WMA, WINDOW, "real", "real", "timePeriod", 1, 1, 1)
// clang-format on

#define X(name, kind, in_names, out_names, param_names, in, out, params)                           \
    extern const struct kernel kernel__talib_##name;
KERNEL__TALIB_LIST(X)
#undef X

#endif

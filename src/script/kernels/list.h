// SPDX-License-Identifier: Apache-2.0
// Declares every kernel of the families; registry.c puts them into one sorted table. TA-Lib's stand
// in talib_list.h.
#ifndef SCRIPT_KERNELS_LIST_H
#define SCRIPT_KERNELS_LIST_H

#include "script/kernel.h"

// X(id): the kernel's name with every character that is no letter or digit turned into _.
// Sorted by name.
#define KERNEL__LIST(X)                                                                            \
    X(math_abs)                                                                                    \
    X(math_acos)                                                                                   \
    X(math_asin)                                                                                   \
    X(math_atan)                                                                                   \
    X(math_ceil)                                                                                   \
    X(math_cos)                                                                                    \
    X(math_exp)                                                                                    \
    X(math_floor)                                                                                  \
    X(math_log)                                                                                    \
    X(math_log10)                                                                                  \
    X(math_max)                                                                                    \
    X(math_min)                                                                                    \
    X(math_pow)                                                                                    \
    X(math_random)                                                                                 \
    X(math_round)                                                                                  \
    X(math_round_precision)                                                                        \
    X(math_round_to_mintick)                                                                       \
    X(math_sign)                                                                                   \
    X(math_sin)                                                                                    \
    X(math_sqrt)                                                                                   \
    X(math_sum)                                                                                    \
    X(math_sum_series)                                                                             \
    X(math_tan)                                                                                    \
    X(math_todegrees)                                                                              \
    X(math_toradians)                                                                              \
    X(math_trunc)                                                                                  \
    X(op_add)                                                                                      \
    X(op_and)                                                                                      \
    X(op_const)                                                                                    \
    X(op_div)                                                                                      \
    X(op_eq)                                                                                       \
    X(op_fixnan)                                                                                   \
    X(op_ge)                                                                                       \
    X(op_gt)                                                                                       \
    X(op_idiv)                                                                                     \
    X(op_lag)                                                                                      \
    X(op_le)                                                                                       \
    X(op_lt)                                                                                       \
    X(op_mod)                                                                                      \
    X(op_mul)                                                                                      \
    X(op_na)                                                                                       \
    X(op_ne)                                                                                       \
    X(op_neg)                                                                                      \
    X(op_not)                                                                                      \
    X(op_nz)                                                                                       \
    X(op_or)                                                                                       \
    X(op_select)                                                                                   \
    X(op_sub)                                                                                      \
    X(op_to_bool)                                                                                  \
    X(ta_accdist)                                                                                  \
    X(ta_alma)                                                                                     \
    X(ta_atr)                                                                                      \
    X(ta_barssince)                                                                                \
    X(ta_bb)                                                                                       \
    X(ta_bbw)                                                                                      \
    X(ta_cci)                                                                                      \
    X(ta_change)                                                                                   \
    X(ta_cmo)                                                                                      \
    X(ta_cog)                                                                                      \
    X(ta_correlation)                                                                              \
    X(ta_cross)                                                                                    \
    X(ta_crossover)                                                                                \
    X(ta_crossunder)                                                                               \
    X(ta_cum)                                                                                      \
    X(ta_dev)                                                                                      \
    X(ta_dmi)                                                                                      \
    X(ta_ema)                                                                                      \
    X(ta_falling)                                                                                  \
    X(ta_highest)                                                                                  \
    X(ta_highest_series)                                                                           \
    X(ta_highestbars)                                                                              \
    X(ta_highestbars_series)                                                                       \
    X(ta_hma)                                                                                      \
    X(ta_iii)                                                                                      \
    X(ta_kc)                                                                                       \
    X(ta_kcw)                                                                                      \
    X(ta_linreg)                                                                                   \
    X(ta_lowest)                                                                                   \
    X(ta_lowest_series)                                                                            \
    X(ta_lowestbars)                                                                               \
    X(ta_lowestbars_series)                                                                        \
    X(ta_macd)                                                                                     \
    X(ta_max)                                                                                      \
    X(ta_median)                                                                                   \
    X(ta_mfi)                                                                                      \
    X(ta_min)                                                                                      \
    X(ta_mode)                                                                                     \
    X(ta_mom)                                                                                      \
    X(ta_nvi)                                                                                      \
    X(ta_obv)                                                                                      \
    X(ta_percentile_linear_interpolation)                                                          \
    X(ta_percentile_nearest_rank)                                                                  \
    X(ta_percentrank)                                                                              \
    X(ta_pivothigh)                                                                                \
    X(ta_pivotlow)                                                                                 \
    X(ta_pvi)                                                                                      \
    X(ta_pvt)                                                                                      \
    X(ta_range)                                                                                    \
    X(ta_rising)                                                                                   \
    X(ta_rma)                                                                                      \
    X(ta_roc)                                                                                      \
    X(ta_rsi)                                                                                      \
    X(ta_sar)                                                                                      \
    X(ta_sma)                                                                                      \
    X(ta_sma_series)                                                                               \
    X(ta_stdev)                                                                                    \
    X(ta_stoch)                                                                                    \
    X(ta_supertrend)                                                                               \
    X(ta_swma)                                                                                     \
    X(ta_tr)                                                                                       \
    X(ta_tsi)                                                                                      \
    X(ta_valuewhen)                                                                                \
    X(ta_variance)                                                                                 \
    X(ta_vwap)                                                                                     \
    X(ta_vwap_anchor)                                                                              \
    X(ta_vwap_bands)                                                                               \
    X(ta_vwma)                                                                                     \
    X(ta_wad)                                                                                      \
    X(ta_wma)                                                                                      \
    X(ta_wma_series)                                                                               \
    X(ta_wpr)                                                                                      \
    X(ta_wvad)

#define X(id) extern const struct kernel kernel__##id;
KERNEL__LIST(X)
#undef X

#endif

// SPDX-License-Identifier: Apache-2.0
// Shared by the parts of the HTML report.
#ifndef BACKTEST_HTML_INTERNAL_H
#define BACKTEST_HTML_INTERNAL_H

#include "backtest/html.h"

void html__text(FILE *out, const char *text); // escaped
// Equity beside the price, and the drawdown below, from the run's curve.
int html__charts(FILE *out, const struct run *r) MUST_CHECK;

#endif

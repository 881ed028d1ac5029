// SPDX-License-Identifier: Apache-2.0
// A finished backtest as one HTML page that needs nothing else: charts are SVG inside it.
#ifndef BACKTEST_HTML_H
#define BACKTEST_HTML_H

#include "backtest/report.h"

#include <stdio.h>

struct html_run {
    struct report_subject subject;
    const struct run *run; // made with run_options.curve
};

// Writes the page. ERR_SYSTEM when the file refuses, ERR_NO_MEMORY.
int html_report(FILE *out, const struct html_run *runs, size_t count) MUST_CHECK;

#endif

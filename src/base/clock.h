// SPDX-License-Identifier: Apache-2.0
// The only place that asks the machine for the time. Everything else is handed a time.
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

typedef int64_t time_ms;  // milliseconds since 1970-01-01T00:00:00Z
typedef int64_t clock_ns; // nanoseconds of a clock that never jumps and counts through suspend

clock_ns clock_now_ns(void); // CLOCK_BOOTTIME
time_ms clock_wall_ms(void); // CLOCK_REALTIME: may jump; for log lines and as a last resort
// CLOCK_MONOTONIC in microseconds: what the service manager wants to hear with RELOADING=1.
int64_t clock_monotonic_us(void);

#define TIME_TEXT_MAX 32
#define MS_SECOND     INT64_C(1000)
#define MS_MINUTE     INT64_C(60000)
#define MS_HOUR       INT64_C(3600000)
#define MS_DAY        INT64_C(86400000)

// ISO 8601 in UTC: "2021-05-01T00:00:00Z", with .mmm when the milliseconds are not zero.
void time_format(time_ms t, char out[static TIME_TEXT_MAX]);
// Takes "2021-05-01", "2021-05-01T00:00[:00[.000]][Z]" (also a blank for T) or a whole number of
// milliseconds. Years 0000 to 9999. ERR_SYNTAX, ERR_RANGE.
int time_parse(struct str text, time_ms *out) MUST_CHECK;
// "90s", "5m", "4h", "2d", "250ms" or a bare number of seconds, as milliseconds.
// Units may follow one another, largest first ("1h30m"). ERR_SYNTAX, ERR_RANGE; never negative.
int duration_parse(struct str text, int64_t *out_ms) MUST_CHECK;
void duration_format(int64_t ms, char out[static TIME_TEXT_MAX]); // "5m", "1h30m", "250ms"

// Calendar in UTC (proleptic Gregorian).
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);
void civil_from_days(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif

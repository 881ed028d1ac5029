// SPDX-License-Identifier: Apache-2.0
// The practice exchange: the Binance spot REST market data API over recorded or generated candles,
// with its own clock that may run faster, and with faults on demand. docs/practice.md is its
// manual.
#ifndef PRACTICE_PRACTICE_H
#define PRACTICE_PRACTICE_H

#include "base/clock.h"
#include "base/log.h"
#include "os/loop.h"

struct practice_options {
    const char *listen;   // IP address; NULL = 127.0.0.1
    uint16_t port;        // 0 = any free port
    const char *data_dir; // recorded candles; NULL = generated market
    size_t pairs;         // generated market: how many; 0 = 60
    uint64_t seed;        // of the generated market, books, paths and faults
    double speed;         // exchange seconds a real second, 0.001 ... 100000; 0 = 1
    time_ms start;        // exchange time at the start; PRACTICE_START_DEFAULT = the feed's choice
    time_ms stop_at;      // exchange time at which the clock stops for good; 0 = never
    int64_t weight_limit; // request weight a minute; 0 = 6000
    const char *fault_file; // fault script; NULL = none
    int ready_fd;           // gets the one line with the URL; -1 = none
};
#define PRACTICE_START_DEFAULT INT64_MIN

struct practice;

// Makes the exchange and listens. Every error fills d with what to do next: ERR_INVALID and
// ERR_RANGE (options), ERR_NOT_FOUND (data folder), ERR_SYNTAX (data or fault script; d has the
// line), ERR_BUSY (port), ERR_SYSTEM, ERR_NO_MEMORY.
int practice_create(struct loop *loop, const struct practice_options *o, struct log *log,
                    struct practice **out, struct diag *d) MUST_CHECK;
void practice_destroy(struct practice *p);
uint16_t practice_port(const struct practice *p);
time_ms practice_now(const struct practice *p); // exchange time, whatever /time may be told to say

// The whole program part: creates, prints "practice exchange listening on http://ADDRESS:PORT" to
// ready_fd, runs until SIGINT or SIGTERM. Returns 0 or the error, after filling d.
int practice_main(const struct practice_options *o, struct log *log, struct diag *d) MUST_CHECK;

#endif

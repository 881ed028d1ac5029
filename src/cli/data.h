// SPDX-License-Identifier: Apache-2.0
// Inside the command line: the records of one stream read from the store and judged, for
// oracle data verify and repair.
#ifndef CLI_DATA_H
#define CLI_DATA_H

#include "cli/cli.h"
#include "market/verify.h"

#define DATA_HOLES_MAX 1000 // listed of one stream; the counts know all of them

struct data_hub { // the running hub, as far as it matters here
    bool running;
    time_ms now;     // exchange time; 0 when none runs or it does not know it
    time_ms settled; // before this time everything should be recorded; 0 as now
};

struct data_scan {
    struct store_stream stream;
    time_ms from, to; // of the grid that was looked at; from == to: nothing can be expected yet
    struct verify_result result;
    struct verify_hole holes[DATA_HOLES_MAX];
    size_t hole_count, holes_left_out;
};

// Asks the hub for its clock. 0, or the exit code after saying why it cannot be asked; that none
// runs is no error.
int data_hub_look(struct cli *cli, struct data_hub *out) MUST_CHECK;
// Judges what is recorded of out->stream between from and to (to 0: as far as is known).
int data_scan(struct cli *cli, struct store *s, const struct data_hub *hub, time_ms from,
              time_ms to, struct data_scan *out) MUST_CHECK;
// Calls each for the stream named by the arguments, or for every watched one. 0, the error of the
// store, or what each returned; the exit code after saying what is wrong in *exit_code.
int data_each_stream(struct cli *cli, struct store *s,
                     int (*each)(void *arg, const struct store_stream *st), void *arg,
                     int *exit_code) MUST_CHECK;

#endif

// SPDX-License-Identifier: Apache-2.0
// Inside the command line: the one table of commands, what was typed, and the helpers its commands
// share (settings, output, the way to the hub and to the store).
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include "base/buf.h"
#include "base/jsonw.h"
#include "config/config.h"
#include "os/paths.h"
#include "store/store.h"

#include <stdbool.h>

// Exit codes by sysexits.h.
enum {
    CLI_OK = 0,
    CLI_NEGATIVE = 1,     // a true answer that is "no": not found, not valid
    CLI_USAGE = 64,       // what was typed is no command
    CLI_DATA = 65,        // what was given cannot be used
    CLI_UNREACHABLE = 69, // no hub, or no exchange, answers
    CLI_BUG = 70,
    CLI_LATER = 75, // try again in a moment
    CLI_REFUSED = 77,
    CLI_CONFIG = 78,
    CLI_INTERRUPTED = 130
};

enum cli_type {
    CLI_FLAG, // takes no value
    CLI_TEXT,
    CLI_PATH,
    CLI_COUNT,  // whole number above 0
    CLI_NUMBER, // finite
    CLI_MOMENT  // as time_parse()
};

struct cli_option {
    const char *name; // without the dashes
    char letter;      // '\0': none
    enum cli_type type;
    const char *value; // what stands for its value in help, "N"; NULL of a flag
    bool repeatable;
    const char *text;
};

struct cli;

struct cli_command {
    const char *noun, *verb; // verb "" when the noun alone is the command
    const char *arguments;   // as help shows them, "PAIR TIMEFRAME"
    unsigned arguments_min, arguments_max;
    const struct cli_option *options; // ended by one without name; NULL: none of its own
    const char *summary;              // one line
    const char *text;                 // more, "" when there is nothing to say
    const char *examples;             // lines, each without the word "oracle "
    int (*run)(struct cli *cli);      // gives the exit code
};

extern const struct cli_command cli_commands[];      // ended by one without noun
extern const struct cli_option cli_global_options[]; // of every command

#define CLI_ARGUMENTS_MAX 64
#define CLI_GIVEN_MAX     512

struct cli_given { // an option as typed
    const struct cli_option *option;
    const char *value; // NULL of a flag
};

// Standard output, gathered into large writes. A closed pipe is no error: what is written after it
// goes nowhere, and cli_out_closed() tells the producer to stop.
struct cli_out {
    struct buf pending;
    bool closed;
    int error;
};

struct cli {
    const struct cli_command *command; // NULL: none was named
    const char *noun;                  // as typed; NULL: none
    const char *arguments[CLI_ARGUMENTS_MAX];
    size_t argument_count;
    struct cli_given given[CLI_GIVEN_MAX];
    size_t given_count;
    bool help, version, quiet, json, csv, follow, colour; // colour: of standard output
    struct config *config;
    struct cli_out out;
};

// ---- parse.c: argv against the table. 0, or CLI_USAGE after saying what is wrong.
int cli_parse(struct cli *cli, int argc, char *const argv[]) MUST_CHECK;
// Value of an option given (the last one, when it may be given once); NULL when it was not.
const char *cli_get(const struct cli *cli, const char *name);
bool cli_has(const struct cli *cli, const char *name);
// A whole number or a time that the parser has checked already; def when not given.
int64_t cli_count(const struct cli *cli, const char *name, int64_t def);
time_ms cli_moment(const struct cli *cli, const char *name, time_ms def);

// ---- help.c
void cli_help(struct cli *cli, const struct cli_command *command); // NULL: all commands
void cli_help_noun(struct cli *cli, const char *noun);
int cli_help_markdown(struct cli *cli) MUST_CHECK;
// man.c: a manual page as troff source. Gives the exit code.
int cli_man(struct cli *cli, const char *page) MUST_CHECK;
int cli_command_name(const struct cli_command *c, char out[static 64]) MUST_CHECK; // "watch add"

// ---- settings.c: defaults, files, environment, command line; data_dir and socket made absolute.
// 0, or CLI_CONFIG with d filled.
int cli_settings_load(const struct cli *cli, struct config **out, struct diag *d) MUST_CHECK;
// The same from within a run, for commander_options.reload.
int cli_settings_reload(void *cli, struct config **out, struct diag *d);
const char *cli_data_dir(const struct cli *cli);

// ---- output.c
void cli_out_add(struct cli_out *out, struct str text);
void cli_out_printf(struct cli_out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
void cli_out_flush(struct cli_out *out);
bool cli_out_closed(const struct cli_out *out);
// "oracle: " and the sentence, on standard error, with what is pending on standard output first.
void cli_error(struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
// A remark for people on standard error; nothing with --quiet.
void cli_note(struct cli *cli, const char *fmt, ...) PRINTF_LIKE(2, 3);
// Says an error of the store and gives the exit code for it.
int cli_store_failed(struct cli *cli, const struct store *s, int rc, const char *what);

// ---- listing.c: rows as a table, as JSON (an array, or one object a line when following) or CSV,
// written as they come, so that a listing of any length takes no memory.
struct cli_column {
    const char *title;
    int width; // of the table; negative: aligned to the left
};

struct cli_listing {
    struct cli *cli;
    const struct cli_column *columns;
    size_t column_count, column; // column: the one the next cell goes to
    bool started;
    size_t rows;
    int64_t last_id; // newest row given out, of listings that can be followed
    struct buf row;  // the JSON object under way
    struct jsonw json;
};

// columns: of the table; unused with --json.
void cli_listing_begin(struct cli_listing *l, struct cli *cli, const struct cli_column *columns,
                       size_t count);
// One row as JSON: fill l->json with the members between these two. 0, or an error to end with;
// 1 when nobody reads any more.
void cli_listing_object(struct cli_listing *l);
int cli_listing_object_end(struct cli_listing *l) MUST_CHECK;
// One row as a table: cell after cell, then the end.
void cli_listing_cell(struct cli_listing *l, const char *fmt, ...) PRINTF_LIKE(2, 3);
int cli_listing_row_end(struct cli_listing *l) MUST_CHECK;
// Ends it; when there was no row (and nothing follows), why is said on standard error.
void cli_listing_end(struct cli_listing *l, const char *why_empty);
void cli_time_text(time_ms t, char out[static TIME_TEXT_MAX]); // "-" for 0
void cli_json_pair(struct jsonw *w, const struct pair *p);
void cli_json_text(struct jsonw *w, const char *key, const char *value);
void cli_json_time(struct jsonw *w, const char *key, time_ms t); // 0: null
void cli_json_i64(struct jsonw *w, const char *key, int64_t value);
void cli_json_bool(struct jsonw *w, const char *key, bool value);
// Money as a string, so that no reader rounds it.
void cli_json_decimal(struct jsonw *w, const char *key, struct decimal value);

// ---- streams.c: what listings are asked about
// Opens the store for reading. 0; ERR_NOT_FOUND when there is none yet, said with a note;
// else the error is said. *exit_code is then what to leave with.
int cli_store_read(struct cli *cli, struct store **out, int *exit_code) MUST_CHECK;
// The stream that the first two arguments name. 0, or the exit code after saying why not.
int cli_stream_find(struct cli *cli, struct store *s, struct store_stream *out) MUST_CHECK;
// A listing from the store: range from [PAIR TIMEFRAME] --last --from --to (stream: zeroed when
// none is named), rows by list(), again and again with --follow. Gives the exit code.
typedef int (*cli_list_fn)(struct cli_listing *l, struct store *s, const struct store_range *r,
                           const struct store_stream *stream);
int cli_list(struct cli *cli, const struct cli_column *columns, size_t count, cli_list_fn list,
             const char *why_empty) MUST_CHECK;

// ---- follow.c: waits a moment between two looks. False once the user has interrupted, or the
// reader of our output is gone; *exit_code says which.
void cli_follow_begin(void);
bool cli_follow_wait(struct cli *cli, int *exit_code);

// ---- hub.c: the running hub, by its control socket
struct cli_reply { // finish it
    int exit_code;
    struct buf text, json;
};
void cli_reply_init(struct cli_reply *r);
void cli_reply_finish(struct cli_reply *r);
// 0; ERR_UNREACHABLE when no hub runs; other errors with d.
int cli_hub_ask(struct cli *cli, const char *op, struct str args, struct cli_reply *out,
                struct diag *d) MUST_CHECK;

// ---- change.c: a request (control.h) to the running hub, or executed here when none runs.
// Shows the answer and gives the exit code.
int cli_change(struct cli *cli, const char *op, struct str args) MUST_CHECK;

// ---- markets.c: the exchange's market list, fetched once into a store that has none. 0 or the
// exit code after saying why.
int cli_markets_fetch(struct cli *cli, struct store *s) MUST_CHECK;

// ---- cmd_*.c
int cli_cmd_run(struct cli *cli);
int cli_cmd_practice(struct cli *cli);
int cli_cmd_status(struct cli *cli);
int cli_cmd_stop(struct cli *cli);
int cli_cmd_reload(struct cli *cli);
int cli_cmd_watch_add(struct cli *cli);
int cli_cmd_watch_list(struct cli *cli);
int cli_cmd_watch_remove(struct cli *cli);
int cli_cmd_watch_pause(struct cli *cli);
int cli_cmd_watch_resume(struct cli *cli);
int cli_cmd_portfolio_create(struct cli *cli);
int cli_cmd_portfolio_list(struct cli *cli);
int cli_cmd_portfolio_show(struct cli *cli);
int cli_cmd_portfolio_set(struct cli *cli);
int cli_cmd_portfolio_remove(struct cli *cli);
int cli_cmd_candles(struct cli *cli);
int cli_cmd_follow(struct cli *cli);
int cli_cmd_record(struct cli *cli);
int cli_cmd_ledger(struct cli *cli);
int cli_cmd_gaps(struct cli *cli);
int cli_cmd_signals(struct cli *cli);
int cli_cmd_queue(struct cli *cli);
int cli_cmd_queue_show(struct cli *cli);
int cli_cmd_strategy_check(struct cli *cli);
int cli_cmd_strategy_graph(struct cli *cli);
int cli_cmd_strategy_plot(struct cli *cli);
int cli_cmd_backtest(struct cli *cli);
int cli_cmd_sweep(struct cli *cli);
int cli_cmd_sweep_merge(struct cli *cli);
int cli_cmd_strategy_verify(struct cli *cli);
int cli_cmd_replay_day(struct cli *cli);
int cli_cmd_db_check(struct cli *cli);
int cli_cmd_db_backup(struct cli *cli);
int cli_cmd_db_restore(struct cli *cli);
int cli_cmd_db_migrate(struct cli *cli);
int cli_cmd_db_vacuum(struct cli *cli);
int cli_cmd_data_verify(struct cli *cli);
int cli_cmd_data_repair(struct cli *cli);
int cli_cmd_doctor(struct cli *cli);
int cli_cmd_completion(struct cli *cli);
int cli_cmd_config(struct cli *cli);
int cli_cmd_config_check(struct cli *cli);
int cli_cmd_messages(struct cli *cli);
int cli_cmd_version(struct cli *cli);
int cli_cmd_help(struct cli *cli);

#endif

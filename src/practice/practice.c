// SPDX-License-Identifier: Apache-2.0
// The practice exchange put together: its feed, its clock, its HTTP server, and its main function.
#include "practice/practice.h"
#include "os/paths.h"
#include "practice/generated.h"
#include "practice/practice_internal.h"
#include "practice/recorded.h"

#include <signal.h>

#define PAIRS_DEFAULT      50
#define SPEED_MIN          0.001
#define SPEED_MAX          100000.0
#define CONNECTIONS_MAX    8192
#define IDLE_TIMEOUT_S     75
#define NANOSECONDS_PER_MS 1e6

time_ms practice_now(const struct practice *p)
{
    double elapsed_ms = (double)(loop_now(p->loop) - p->start_ns) / NANOSECONDS_PER_MS;
    time_ms now = p->start + (time_ms)(elapsed_ms * p->speed);
    return p->stop_at != 0 && now > p->stop_at ? p->stop_at : now;
}

static int make_feed(struct practice *p, const struct practice_options *o, struct diag *d)
{
    if (o->data_dir)
        return recorded_create(o->data_dir, o->seed, &p->feed, d);
    return generated_create(o->seed, o->pairs ? o->pairs : PAIRS_DEFAULT, &p->feed, d);
}

static int index_markets(struct practice *p)
{
    map_init(&p->by_symbol, p->feed->market_count + 1);
    for (size_t i = 0; i < p->feed->market_count; i++) {
        struct practice_market *m = &p->feed->markets[i];
        int err = map_put(&p->by_symbol, str_from(m->symbol), m);
        if (err != 0)
            return err;
    }
    return 0;
}

static int start_clock(struct practice *p, const struct practice_options *o, struct diag *d)
{
    p->speed = o->speed == 0 ? 1 : o->speed;
    if (!(p->speed >= SPEED_MIN && p->speed <= SPEED_MAX))
        return diag_set(d, ERR_RANGE, "speed %g: choose between %g and %g", p->speed, SPEED_MIN,
                        SPEED_MAX);
    p->start = o->start == PRACTICE_START_DEFAULT ? p->feed->default_start : o->start;
    if (p->start < 0)
        return diag_set(d, ERR_RANGE, "the start lies before 1970");
    p->stop_at = o->stop_at;
    if (p->stop_at != 0 && p->stop_at < p->start)
        return diag_set(d, ERR_RANGE, "the clock is to stop before it starts");
    p->start_ns = loop_now(p->loop);
    return 0;
}

static int load_faults(struct practice *p, const struct practice_options *o, struct diag *d)
{
    fault_set_init(&p->faults, o->seed);
    if (!o->fault_file)
        return 0;
    struct buf script;
    buf_init(&script, FAULT_SCRIPT_MAX_BYTES);
    int err = paths_read_file(o->fault_file, &script, d);
    if (err == 0)
        err = fault_set_parse(&p->faults, buf_str(&script), p->start, d);
    buf_finish(&script);
    return err;
}

static int open_server(struct practice *p, const struct practice_options *o, struct diag *d)
{
    const struct http_server_options server = {
        .listen = o->listen ? o->listen : "127.0.0.1",
        .port = o->port,
        .connections_max = CONNECTIONS_MAX,
        .idle_timeout_s = IDLE_TIMEOUT_S,
    };
    return http_server_create(p->loop, &server, practice_on_request, p, &p->server, d);
}

int practice_create(struct loop *loop, const struct practice_options *o, struct log *log,
                    struct practice **out, struct diag *d)
{
    struct practice *p = calloc(1, sizeof(*p));
    if (!p) {
        (void)diag_set(d, ERR_NO_MEMORY, "out of memory");
        return ERR_NO_MEMORY;
    }
    p->loop = loop;
    p->log = log;
    p->seed = o->seed;
    buf_init(&p->out, PRACTICE_OUT_MAX);
    practice_weight_init(&p->weight, o->weight_limit);
    int err = make_feed(p, o, d);
    if (err != 0)
        goto out;
    err = index_markets(p);
    if (err != 0) {
        (void)diag_set(d, err, "out of memory");
        goto out;
    }
    err = start_clock(p, o, d);
    if (err == 0)
        err = load_faults(p, o, d);
    if (err == 0)
        err = open_server(p, o, d);
out:
    if (err != 0) {
        practice_destroy(p);
        return err;
    }
    *out = p;
    return 0;
}

void practice_destroy(struct practice *p)
{
    if (!p)
        return;
    practice_hold_finish(p);
    http_server_destroy(p->server);
    fault_set_finish(&p->faults);
    practice_rows_finish(&p->rows);
    map_finish(&p->by_symbol);
    if (p->feed)
        p->feed->ops->destroy(p->feed);
    buf_finish(&p->out);
    free(p);
}

uint16_t practice_port(const struct practice *p)
{
    return http_server_port(p->server);
}

// ---- the program part ---------------------------------------------------------------------------

static void on_signal(void *arg, int signum)
{
    (void)signum;
    loop_stop(arg);
}

static int announce(const struct practice *p, const struct practice_options *o, struct diag *d)
{
    const char *address = o->listen ? o->listen : "127.0.0.1";
    bool v6 = strchr(address, ':') != NULL;
    char start[TIME_TEXT_MAX];
    time_format(p->start, start);
    log_info(p->log, "practice exchange is open", "markets=%zu start=%s speed=%g",
             p->feed->market_count, start, p->speed);
    if (o->ready_fd < 0)
        return 0;
    if (dprintf(o->ready_fd, "practice exchange listening on http://%s%s%s:%u\n", v6 ? "[" : "",
                address, v6 ? "]" : "", (unsigned)practice_port(p)) < 0)
        return diag_set(d, ERR_SYSTEM, "cannot print the address of the practice exchange");
    return 0;
}

int practice_main(const struct practice_options *o, struct log *log, struct diag *d)
{
    struct loop *loop = NULL;
    struct loop_signal *interrupt = NULL, *terminate = NULL;
    struct practice *p = NULL;
    int err = loop_create(&loop);
    if (err != 0)
        return diag_set(d, err, "no event loop: %s", err_text(err));
    err = loop_signal_create(loop, SIGINT, on_signal, loop, &interrupt);
    if (err == 0)
        err = loop_signal_create(loop, SIGTERM, on_signal, loop, &terminate);
    if (err != 0) {
        (void)diag_set(d, err, "no signal handlers: %s", err_text(err));
        goto out;
    }
    err = practice_create(loop, o, log, &p, d);
    if (err == 0)
        err = announce(p, o, d);
    if (err == 0)
        err = loop_run(loop);
out:
    practice_destroy(p);
    loop_destroy(loop);
    return err;
}

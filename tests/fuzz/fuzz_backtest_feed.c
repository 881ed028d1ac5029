// SPDX-License-Identifier: Apache-2.0
// Candles of a file: whatever the bytes are, gzip or not, the rows do not depend on the blocks they
// are read in, and every row that comes is a good candle. The first byte says how long the blocks
// are.
#include "backtest/feed.h"

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CAP 512

struct outcome {
    int rc;
    uint32_t line;
    size_t rows;
    double sum;
};

static void check(const struct feed_columns *c, size_t n, time_ms *last)
{
    for (size_t i = 0; i < n; i++) {
        double low = fmin(c->open[i], c->close[i]), high = fmax(c->open[i], c->close[i]);
        if (!(c->low[i] > 0) || c->low[i] > low || c->high[i] < high || !(c->volume[i] >= 0) ||
            !isfinite(c->high[i]) || !isfinite(c->volume[i]) || c->open_time[i] <= *last)
            abort();
        *last = c->open_time[i];
    }
}

static struct outcome read_all(const char *path, size_t block)
{
    static time_ms times[CAP];
    static double values[5][CAP];
    struct feed_columns room = {times, values[0], values[1], values[2], values[3], values[4]};
    struct feed_csv_options options = {.timeframe = TF_H1, .from = INT64_MIN};
    struct feed_csv_info info;
    struct feed *f = NULL;
    struct diag d = {0};
    struct outcome o = {0};
    time_ms last = -1;
    size_t n = 1;
    o.rc = feed_csv_open(path, &options, &f, &info, &d);
    while (o.rc == 0 && n > 0) {
        o.rc = feed_read(f, block, &room, &n, &d);
        check(&room, n, &last);
        o.rows += n;
        for (size_t i = 0; i < n; i++)
            o.sum += room.close[i];
    }
    o.line = d.line;
    feed_destroy(f);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = size > 0 ? memfd_create("candles", 0) : -1;
    if (fd < 0 || write(fd, data + 1, size - 1) != (ssize_t)(size - 1) ||
        str_printf(path, sizeof path, "/proc/self/fd/%d", fd)) {
        (void)close(fd);
        return 0;
    }
    struct outcome one = read_all(path, 1), many = read_all(path, 1u + data[0]);
    (void)close(fd);
    // A block that ends in an error keeps its rows to itself.
    if (one.rc != many.rc || one.line != many.line ||
        (one.rc == 0 && (one.rows != many.rows || one.sum != many.sum)))
        abort();
    return 0;
}

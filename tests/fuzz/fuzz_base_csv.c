// SPDX-License-Identifier: Apache-2.0
// The CSV reader: the rows must not depend on where the stream is cut. The first byte says where.
#include "base/csv.h"
#include "base/map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    uint64_t hash;
    size_t rows;
    int rc;
    uint32_t line;
};

static struct outcome read_all(struct str text, size_t chunk)
{
    struct csv c;
    struct str fields[16];
    size_t count = 0;
    struct diag d = {0};
    struct outcome o = {.rc = ERR_AGAIN};
    csv_init(&c, ',', 100);
    for (size_t at = 0; o.rc == ERR_AGAIN; at += chunk) {
        if (at >= text.len)
            csv_end(&c);
        else if (csv_feed(&c, str_sub(text, at, at + chunk)))
            abort();
        while ((o.rc = csv_next(&c, fields, 16, &count, &d)) == 0) {
            for (size_t i = 0; i < count; i++)
                o.hash = hash_bytes(fields[i].data, fields[i].len, o.hash + i + 1);
            o.rows++;
        }
    }
    o.line = d.line;
    csv_finish(&c);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str text = {(const char *)data + 1, size - 1};
    struct outcome whole = read_all(text, size);
    struct outcome cut = read_all(text, 1u + data[0]);
    if (whole.rc != cut.rc || whole.rows != cut.rows || whole.hash != cut.hash ||
        whole.line != cut.line)
        abort();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// One encoder and one decoder for all messages, driven by the kinds of the message table. The place
// of a field inside its struct follows from the kinds before it: C lays members out in order, each
// at the next multiple of its alignment (codec_internal checks hold this to sizeof in the tests).
#include "ipc/codec.h"

#include <stdalign.h>
#include <stddef.h>
#include <string.h>

#define EVERY_KIND(K) K(u8) K(u32) K(u64) K(i64) K(f64) K(str) K(dec) K(pair) K(candles) K(checks)

enum kind {
#define K(kind) KIND_##kind,
    EVERY_KIND(K)
#undef K
};

struct kind_shape {
    const char *name;
    size_t size, align;
};

static const struct kind_shape shapes[] = {
#define K(kind) {#kind, sizeof(IPC_C_##kind), alignof(IPC_C_##kind)},
    EVERY_KIND(K)
#undef K
};

struct field {
    enum kind kind;
    const char *name;
};

#define FIELD(kind, member) {KIND_##kind, #member},
#define M(NAME, msg, from, to, max, text)                                                          \
    static const struct field fields_##msg[] = {IPC_FIELDS_##msg(FIELD)};
IPC_MESSAGES(M)
#undef M

struct message {
    const char *name;
    const struct field *fields;
    size_t field_count, struct_size;
    unsigned from, to; // bits of enum ipc_role
    size_t max_bytes;
    const char *text;
};

static const struct message messages[] = {
#define M(NAME, msg, from, to, max, text)                                                          \
    {#NAME,                                                                                        \
     fields_##msg,                                                                                 \
     sizeof fields_##msg / sizeof fields_##msg[0],                                                 \
     sizeof(struct ipc_##msg),                                                                     \
     (from),                                                                                       \
     (to),                                                                                         \
     (max),                                                                                        \
     (text)},
    IPC_MESSAGES(M)
#undef M
};

static const char *const role_names[] = {"commander",  "architect", "harvester", "analyst",
                                         "gatekeeper", "sentinel",  "ui",        "control"};

const char *ipc_role_name(enum ipc_role role)
{
    return (unsigned)role < ROLE_COUNT ? role_names[role] : "unknown";
}

const char *ipc_type_name(enum ipc_type type)
{
    return (unsigned)type < IPC_TYPE_COUNT ? messages[type].name : "UNKNOWN";
}

bool ipc_may_send(enum ipc_type type, enum ipc_role from, enum ipc_role to)
{
    return (unsigned)type < IPC_TYPE_COUNT && (unsigned)from < ROLE_COUNT &&
           (unsigned)to < ROLE_COUNT && (messages[type].from & (1u << from)) != 0 &&
           (messages[type].to & (1u << to)) != 0;
}

// ---- writing
// -------------------------------------------------------------------------------------

static int put_u32(struct buf *b, uint32_t v)
{
    unsigned char bytes[4];

    for (int i = 0; i < 4; i++) {
        bytes[i] = (unsigned char)(v >> (8 * i));
    }
    return buf_add(b, bytes, sizeof bytes);
}

static int put_u64(struct buf *b, uint64_t v)
{
    unsigned char bytes[8];

    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(v >> (8 * i));
    }
    return buf_add(b, bytes, sizeof bytes);
}

static int put_f64(struct buf *b, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    return put_u64(b, bits);
}

static int put_str(struct buf *b, struct str s)
{
    int rc = s.len > UINT32_MAX ? ERR_INVALID : put_u32(b, (uint32_t)s.len);

    return rc != 0 ? rc : buf_add(b, s.data, s.len);
}

static int put_field(struct buf *b, enum kind kind, const void *at)
{
    int rc;

    switch (kind) {
    case KIND_u8:
        return buf_add(b, at, 1);
    case KIND_u32:
        return put_u32(b, *(const uint32_t *)at);
    case KIND_u64:
        return put_u64(b, *(const uint64_t *)at);
    case KIND_i64:
        return put_u64(b, (uint64_t) * (const int64_t *)at);
    case KIND_f64:
        return put_f64(b, *(const double *)at);
    case KIND_str:
        return put_str(b, *(const struct str *)at);
    case KIND_dec: {
        const struct decimal *d = at;
        unsigned char scale = (unsigned char)d->scale;

        rc = put_u64(b, (uint64_t)d->units);
        return rc != 0 ? rc : buf_add(b, &scale, 1);
    }
    case KIND_pair: {
        const struct pair *p = at;

        rc = put_str(b, str_from(p->base));
        return rc != 0 ? rc : put_str(b, str_from(p->quote));
    }
    case KIND_candles:
    case KIND_checks:
        return put_str(b, ((const struct ipc_rows *)at)->bytes);
    }
    return ERR_INTERNAL;
}

static size_t field_place(size_t offset, enum kind kind)
{
    size_t align = shapes[kind].align;

    return (offset + align - 1) / align * align;
}

int ipc_encode(struct buf *out, enum ipc_type type, const void *msg)
{
    const struct message *m = &messages[type];
    size_t start = out->len;
    size_t offset = 0;
    int rc = put_u32(out, 0);

    if (rc == 0) {
        rc = put_u32(out, (uint32_t)type | ((uint32_t)IPC_VERSION << 16));
    }
    for (size_t i = 0; rc == 0 && i < m->field_count; i++) {
        offset = field_place(offset, m->fields[i].kind);
        rc = put_field(out, m->fields[i].kind, (const char *)msg + offset);
        offset += shapes[m->fields[i].kind].size;
    }
    if (rc == 0 && out->len - start > m->max_bytes + IPC_HEADER_BYTES) {
        rc = ERR_FULL;
    }
    if (rc != 0) {
        out->len = start;
        return rc;
    }
    for (int i = 0; i < 4; i++) {
        out->data[start + (size_t)i] = (char)(unsigned char)((out->len - start - 4) >> (8 * i));
    }
    return 0;
}

// ---- reading
// -------------------------------------------------------------------------------------

static uint32_t load_u32(const char *p)
{
    uint32_t v = 0;

    for (int i = 0; i < 4; i++) {
        v |= (uint32_t)(unsigned char)p[i] << (8 * i);
    }
    return v;
}

static uint64_t load_u64(const char *p)
{
    return (uint64_t)load_u32(p) | ((uint64_t)load_u32(p + 4) << 32);
}

static double load_f64(const char *p)
{
    uint64_t bits = load_u64(p);
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

// Takes n bytes off *rest; NULL when it has fewer.
static const char *take(struct str *rest, size_t n)
{
    const char *at = rest->data;

    if (rest->len < n) {
        return NULL;
    }
    rest->data += n;
    rest->len -= n;
    return at;
}

static int get_str(struct str *rest, struct str *out)
{
    const char *p = take(rest, 4);

    if (!p) {
        return ERR_PROTOCOL;
    }
    out->len = load_u32(p);
    out->data = take(rest, out->len);
    return out->data ? 0 : ERR_PROTOCOL;
}

static int get_text(struct str *rest, char *out, size_t cap)
{
    struct str s;

    if (get_str(rest, &s) != 0 || memchr(s.data, 0, s.len) || str_copy(out, cap, s) != 0) {
        return ERR_PROTOCOL;
    }
    return 0;
}

static int get_rows(struct str *rest, enum kind kind, struct ipc_rows *out)
{
    struct ipc_check check;
    struct ipc_rows scan;

    if (get_str(rest, &out->bytes) != 0) {
        return ERR_PROTOCOL;
    }
    if (kind == KIND_candles) {
        return out->bytes.len % IPC_CANDLE_BYTES == 0 ? 0 : ERR_PROTOCOL;
    }
    scan = *out;
    while (ipc_checks_next(&scan, &check)) {
        // only counting on every row being whole
    }
    return scan.bytes.len == 0 ? 0 : ERR_PROTOCOL;
}

static int get_field(struct str *rest, enum kind kind, void *at)
{
    const char *p;

    switch (kind) {
    case KIND_u8:
        p = take(rest, 1);
        if (p) {
            *(uint8_t *)at = (uint8_t)*p;
        }
        return p ? 0 : ERR_PROTOCOL;
    case KIND_u32:
        p = take(rest, 4);
        if (p) {
            *(uint32_t *)at = load_u32(p);
        }
        return p ? 0 : ERR_PROTOCOL;
    case KIND_u64:
    case KIND_i64:
        p = take(rest, 8);
        if (p) {
            *(uint64_t *)at = load_u64(p);
        }
        return p ? 0 : ERR_PROTOCOL;
    case KIND_f64:
        p = take(rest, 8);
        if (p) {
            *(double *)at = load_f64(p);
        }
        return p ? 0 : ERR_PROTOCOL;
    case KIND_str:
        return get_str(rest, at);
    case KIND_dec: {
        struct decimal *d = at;

        p = take(rest, 9);
        if (!p || (unsigned char)p[8] > DECIMAL_SCALE_MAX) {
            return ERR_PROTOCOL;
        }
        d->units = (int64_t)load_u64(p);
        d->scale = (unsigned char)p[8];
        return 0;
    }
    case KIND_pair: {
        struct pair *pair = at;

        return get_text(rest, pair->base, sizeof pair->base) != 0 ||
                       get_text(rest, pair->quote, sizeof pair->quote) != 0
                   ? ERR_PROTOCOL
                   : 0;
    }
    case KIND_candles:
    case KIND_checks:
        return get_rows(rest, kind, at);
    }
    return ERR_INTERNAL;
}

int ipc_frame_peek(struct str data, enum ipc_type *type, size_t *frame_len)
{
    uint32_t len, word;

    if (data.len < IPC_HEADER_BYTES) {
        return ERR_AGAIN;
    }
    len = load_u32(data.data);
    word = load_u32(data.data + 4);
    if ((word & 0xffff) >= IPC_TYPE_COUNT || word >> 16 != IPC_VERSION || len < 4 ||
        len - 4 > messages[word & 0xffff].max_bytes) {
        return ERR_PROTOCOL;
    }
    *type = (enum ipc_type)(word & 0xffff);
    *frame_len = (size_t)len + 4;
    return data.len >= *frame_len ? 0 : ERR_AGAIN;
}

int ipc_decode(struct str frame, union ipc_any *msg)
{
    enum ipc_type type;
    size_t frame_len, offset = 0;
    const struct message *m;
    struct str rest;

    if (ipc_frame_peek(frame, &type, &frame_len) != 0 || frame_len != frame.len) {
        return ERR_PROTOCOL;
    }
    m = &messages[type];
    memset(msg, 0, m->struct_size);
    rest = str_sub(frame, IPC_HEADER_BYTES, frame.len);
    for (size_t i = 0; i < m->field_count; i++) {
        enum kind kind = m->fields[i].kind;

        offset = field_place(offset, kind);
        if (get_field(&rest, kind, (char *)msg + offset) != 0) {
            return ERR_PROTOCOL;
        }
        offset += shapes[kind].size;
    }
    return rest.len == 0 ? 0 : ERR_PROTOCOL;
}

// ---- packed rows
// ---------------------------------------------------------------------------------

int ipc_candles_add(struct buf *rows, const struct candle *c)
{
    const double values[6] = {c->open, c->high, c->low, c->close, c->volume, c->quote_volume};
    int rc = put_u64(rows, (uint64_t)c->open_time);

    for (size_t i = 0; rc == 0 && i < 6; i++) {
        rc = put_f64(rows, values[i]);
    }
    return rc != 0 ? rc : put_u64(rows, (uint64_t)c->trades);
}

size_t ipc_candles_count(struct ipc_rows rows)
{
    return rows.bytes.len / IPC_CANDLE_BYTES;
}

void ipc_candles_get(struct ipc_rows rows, size_t i, struct candle *out)
{
    const char *p = rows.bytes.data + i * IPC_CANDLE_BYTES;

    *out = (struct candle){
        .open_time = (int64_t)load_u64(p),
        .open = load_f64(p + 8),
        .high = load_f64(p + 16),
        .low = load_f64(p + 24),
        .close = load_f64(p + 32),
        .volume = load_f64(p + 40),
        .quote_volume = load_f64(p + 48),
        .trades = (int64_t)load_u64(p + 56),
    };
}

int ipc_checks_add(struct buf *rows, const struct ipc_check *check)
{
    unsigned char pass = check->pass;
    int rc = put_str(rows, check->name);

    if (rc == 0) {
        rc = put_str(rows, check->measured);
    }
    if (rc == 0) {
        rc = put_str(rows, check->limit);
    }
    return rc != 0 ? rc : buf_add(rows, &pass, 1);
}

bool ipc_checks_next(struct ipc_rows *rest, struct ipc_check *out)
{
    struct str at = rest->bytes;
    const char *pass;

    if (at.len == 0 || get_str(&at, &out->name) != 0 || get_str(&at, &out->measured) != 0 ||
        get_str(&at, &out->limit) != 0) {
        return false;
    }
    pass = take(&at, 1);
    if (!pass) {
        return false;
    }
    out->pass = *pass != 0;
    rest->bytes = at;
    return true;
}

// ---- docs
// ----------------------------------------------------------------------------------------

static int write_roles(struct buf *out, unsigned roles)
{
    int rc = 0;

    for (int r = 0, n = 0; rc == 0 && r < ROLE_COUNT; r++) {
        if (roles & (1u << r)) {
            rc = buf_printf(out, "%s%s", n++ ? ", " : "", role_names[r]);
        }
    }
    return rc;
}

int ipc_write_docs(struct buf *out)
{
    int rc =
        buf_printf(out,
                   "# Messages between agents\n\n"
                   "Made by `oracle messages` from src/ipc/messages.h; protocol version %d.\n\n"
                   "| message | from | to | largest | fields | says |\n"
                   "|---|---|---|---|---|---|\n",
                   IPC_VERSION);

    for (size_t i = 0; rc == 0 && i < IPC_TYPE_COUNT; i++) {
        const struct message *m = &messages[i];

        rc = buf_printf(out, "| %s | ", m->name);
        if (rc == 0) {
            rc = write_roles(out, m->from);
        }
        if (rc == 0) {
            rc = buf_printf(out, " | ");
        }
        if (rc == 0) {
            rc = write_roles(out, m->to);
        }
        if (rc == 0) {
            rc = buf_printf(out, " | %zu |", m->max_bytes);
        }
        for (size_t f = 0; rc == 0 && f < m->field_count; f++) {
            rc = buf_printf(out, " %s:%s", m->fields[f].name, shapes[m->fields[f].kind].name);
        }
        if (rc == 0) {
            rc = buf_printf(out, " | %s |\n", m->text);
        }
    }
    return rc;
}

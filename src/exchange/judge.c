// SPDX-License-Identifier: Apache-2.0
// What a reply means for the one who asked: HTTP status, headers and error body against the tables
// of the venue's record. The payload itself is the decoders' business.
#include "base/number.h"
#include "exchange/venue_internal.h"

#include <stdio.h>
#include <string.h>

#define WAIT_MIN_MS    INT64_C(1000)
#define WAIT_MAX_MS    (4 * MS_DAY) // the longest documented ban is three days
#define ERROR_BODY_MAX 4096         // an error body is short; a longer object is a payload

static const char *const reaction_names[REACT_COUNT] = {
    [REACT_OK] = "ok",
    [REACT_RETRY] = "retry",
    [REACT_BACK_OFF] = "back-off",
    [REACT_BAD_SYMBOL] = "bad-symbol",
    [REACT_BAD_REQUEST] = "bad-request",
    [REACT_RESYNC_CLOCK] = "resync-clock",
    [REACT_FATAL] = "fatal",
};

const char *venue_reaction_name(enum venue_reaction r)
{
    return (unsigned)r < REACT_COUNT ? reaction_names[r] : "unknown";
}

// ---- headers --------------------------------------------------------------------------------

static bool starts_nocase(struct str s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.len >= len && str_eq_nocase(str_sub(s, 0, len), (struct str){prefix, len});
}

bool venue_wants_header(const struct venue *v, struct str name)
{
    const struct venue_judge_spec *j = &v->judge;
    return (j->weight_header && starts_nocase(name, j->weight_header)) ||
           (j->retry_header && str_eq_nocase(name, str_from(j->retry_header)));
}

// The window in "-1M", "-10S"; 0 for the header without one; -1 when it is neither.
static int64_t window_of(struct str suffix)
{
    static const struct {
        char letter;
        int64_t ms;
    } units[] = {{'s', MS_SECOND}, {'m', MS_MINUTE}, {'h', MS_HOUR}, {'d', MS_DAY}};
    int64_t count;
    if (suffix.len == 0)
        return 0;
    if (suffix.len < 3 || suffix.data[0] != '-' ||
        number_parse_i64(str_sub(suffix, 1, suffix.len - 1), &count) != 0 || count < 1 ||
        count > 10000)
        return -1;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if ((suffix.data[suffix.len - 1] | 0x20) == units[i].letter)
            return count * units[i].ms;
    return -1;
}

// Of several the one for our window, else the one without a window, else the longest.
static int64_t used_weight(const struct venue *v, const struct venue_reply *reply)
{
    const char *wanted = v->judge.weight_header;
    int64_t best = -1, best_rank = -1;
    for (size_t i = 0; wanted && i < reply->header_count; i++) {
        const struct venue_header *h = &reply->headers[i];
        int64_t value;
        if (!starts_nocase(h->name, wanted) || number_parse_i64(str_trim(h->value), &value) != 0 ||
            value < 0)
            continue;
        int64_t rank = window_of(str_sub(h->name, strlen(wanted), h->name.len));
        if (rank == v->budget_window_ms)
            rank = INT64_MAX;
        else if (rank == 0)
            rank = INT64_MAX - 1;
        if (rank > best_rank) {
            best_rank = rank;
            best = value;
        }
    }
    return best;
}

// Seconds of Retry-After; -1 when it is absent or no number.
static int64_t retry_after_s(const struct venue *v, const struct venue_reply *reply)
{
    for (size_t i = 0; v->judge.retry_header && i < reply->header_count; i++) {
        int64_t seconds;
        if (str_eq_nocase(reply->headers[i].name, str_from(v->judge.retry_header)) &&
            number_parse_i64(str_trim(reply->headers[i].value), &seconds) == 0 && seconds >= 0)
            return seconds;
    }
    return -1;
}

// ---- error bodies ---------------------------------------------------------------------------

enum body_kind {
    BODY_EMPTY,
    BODY_HTML,
    BODY_JSON,
    BODY_BROKEN,
    BODY_OTHER
};

struct failure { // what the body says
    enum body_kind kind;
    bool is_error;
    int code;
    struct str text; // raw slice of the body; no control characters, see the JSON grammar
};

static void read_code(const struct venue *v, struct json_value root, struct failure *f)
{
    struct json_value value;
    int64_t code;
    if (v->judge.code_path && venue__json_find(root, v->judge.code_path, &value) == 0 &&
        (value.kind == JSON_KIND_NUMBER || value.kind == JSON_KIND_STRING) &&
        number_parse_i64(value.text, &code) == 0 && code >= INT32_MIN && code <= INT32_MAX)
        f->code = (int)code;
    if (v->judge.text_path && venue__json_find(root, v->judge.text_path, &value) == 0 &&
        value.kind == JSON_KIND_STRING)
        f->text = value.text;
}

// Venues whose every reply tells whether it succeeded.
static bool envelope_failed(const struct venue_judge_spec *j, struct json_value root)
{
    struct json_value value, first;
    if (venue__json_find(root, j->ok_path, &value) != 0)
        return true;
    if (!j->ok_text)
        return value.kind != JSON_KIND_ARRAY || venue__json_find(value, "0", &first) == 0;
    return !str_eq(value.text, str_from(j->ok_text));
}

static struct failure read_body(const struct venue *v, struct str body)
{
    struct failure f = {.kind = BODY_OTHER};
    struct str text = str_trim(body);
    if (text.len == 0)
        f.kind = BODY_EMPTY;
    else if (text.data[0] == '<')
        f.kind = BODY_HTML;
    else if (text.data[0] == '{' || text.data[0] == '[')
        f.kind = BODY_JSON;
    if (f.kind != BODY_JSON)
        return f;
    struct json_value root = {text.data[0] == '{' ? JSON_KIND_OBJECT : JSON_KIND_ARRAY, text};
    if (v->judge.ok_path) {
        f.is_error = envelope_failed(&v->judge, root);
        if (f.is_error)
            read_code(v, root, &f);
    } else if (root.kind == JSON_KIND_OBJECT && text.len <= ERROR_BODY_MAX) {
        // A cut body may end inside the code: -1121 read as -11 would be another error.
        if (venue__json_document(text, &root, NULL) != 0) {
            f.kind = BODY_BROKEN;
            return f;
        }
        read_code(v, root, &f);
        f.is_error = f.code != 0;
    }
    return f;
}

// "... IP banned until 1653452342342. Please ..."; 0 when the text names no time.
static time_ms ban_until(const struct venue *v, struct str text)
{
    struct str prefix = str_from(v->judge.ban_prefix);
    for (size_t i = 0; prefix.len > 0 && i < text.len; i++) {
        if (!str_starts(str_sub(text, i, text.len), prefix))
            continue;
        size_t start = i + prefix.len, end = start;
        while (end < text.len && text.data[end] >= '0' && text.data[end] <= '9')
            end++;
        time_ms until;
        if (venue__time_parse(str_sub(text, start, end), UNIT_MS, &until) == 0)
            return until;
    }
    return 0;
}

// ---- the verdict ----------------------------------------------------------------------------

struct decision {
    enum venue_reaction reaction;
    int64_t wait_ms;
};

static bool decide_by_status(const struct venue *v, int status, struct decision *out)
{
    for (const struct venue_status_rule *r = v->judge.statuses; r->from; r++) {
        if (status >= r->from && status <= r->to) {
            *out = (struct decision){r->reaction, r->wait_ms};
            return true;
        }
    }
    return false;
}

static bool decide_by_error(const struct venue *v, const struct failure *f, struct decision *out)
{
    for (const struct venue_code_rule *r = v->judge.codes; r && r->from; r++) {
        if (f->code != 0 && f->code >= r->from && f->code <= r->to) {
            *out = (struct decision){r->reaction, r->wait_ms};
            return true;
        }
    }
    for (const struct venue_text_rule *r = v->judge.texts; r && r->prefix; r++) {
        if (str_starts(f->text, str_from(r->prefix))) {
            *out = (struct decision){r->reaction, r->wait_ms};
            return true;
        }
    }
    return false;
}

static struct decision decide(const struct venue *v, int status, const struct failure *f)
{
    struct decision d = {REACT_RETRY, 0}, by_error;
    bool ok_status = status >= 200 && status <= 299;
    bool known_status = decide_by_status(v, status, &d);
    // A block or a ban is stated by the status; the body only adds until when.
    if (known_status && (d.reaction == REACT_BACK_OFF || d.reaction == REACT_FATAL))
        return d;
    if (f->is_error && decide_by_error(v, f, &by_error))
        return by_error;
    if (f->is_error && (ok_status || d.reaction == REACT_BAD_REQUEST))
        return (struct decision){v->judge.unknown_code, 0};
    if (ok_status)
        return (struct decision){f->kind == BODY_JSON ? REACT_OK : REACT_RETRY, 0};
    // A refusal without the venue's own error body comes from something in between, which passes;
    // only a path that does not exist is our own mistake.
    if (d.reaction == REACT_BAD_REQUEST && (f->kind == BODY_HTML || status != 404))
        return (struct decision){REACT_RETRY, 0};
    return d;
}

static time_ms wait_until(const struct venue *v, const struct venue_reply *reply,
                          const struct failure *f, int64_t fallback_ms)
{
    time_ms now = reply->received, until = 0, ban = ban_until(v, f->text);
    int64_t seconds = retry_after_s(v, reply);
    if (seconds >= 0)
        until = now + (seconds < WAIT_MAX_MS / 1000 ? seconds * 1000 : WAIT_MAX_MS);
    if (ban > until)
        until = ban;
    if (until == 0 && fallback_ms > 0)
        until = now + fallback_ms;
    if (until == 0) // to the end of the budget's window, which is aligned to exchange time
        until = (now / v->budget_window_ms + 1) * v->budget_window_ms;
    if (until < now + WAIT_MIN_MS)
        return now + WAIT_MIN_MS;
    return until > now + WAIT_MAX_MS ? now + WAIT_MAX_MS : until;
}

// Cut to len bytes without splitting a UTF-8 sequence.
static struct str clip(struct str s, size_t len)
{
    if (s.len <= len)
        return s;
    while (len > 0 && ((unsigned char)s.data[len] & 0xC0) == 0x80)
        len--;
    return str_sub(s, 0, len);
}

static void describe(const struct venue_reply *reply, const struct failure *f,
                     struct venue_verdict *out)
{
    static const char *const kinds[] = {[BODY_EMPTY] = "an empty body",
                                        [BODY_HTML] = "a web page instead of JSON",
                                        [BODY_JSON] = "",
                                        [BODY_BROKEN] = "broken JSON",
                                        [BODY_OTHER] = "a body that is not JSON"};
    int n = snprintf(out->text, sizeof out->text, "HTTP %d", reply->status);
    if (n > 0 && f->code != 0)
        n += snprintf(out->text + n, sizeof out->text - (size_t)n, " code %d", f->code);
    struct str text = f->text.len > 0 ? clip(f->text, 110) : str_from(kinds[f->kind]);
    if (n > 0 && text.len > 0)
        snprintf(out->text + n, sizeof out->text - (size_t)n, ": " STR_FMT, STR_ARG(text));
}

void venue_judge(const struct venue *v, enum venue_call call, const struct venue_reply *reply,
                 struct venue_verdict *out)
{
    (void)call; // so far every call of every record is judged by the same tables
    *out = (struct venue_verdict){.reaction = REACT_RETRY, .used_weight = used_weight(v, reply)};
    if (reply->status == 0) {
        snprintf(out->text, sizeof out->text, "no reply: %.140s",
                 reply->transport_error ? reply->transport_error : "unknown reason");
        return;
    }
    struct failure f = read_body(v, reply->body);
    struct decision d = decide(v, reply->status, &f);
    out->reaction = d.reaction;
    out->code = f.code;
    if (d.reaction == REACT_BACK_OFF)
        out->wait_until_ms = wait_until(v, reply, &f, d.wait_ms);
    describe(reply, &f, out);
}

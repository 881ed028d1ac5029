// SPDX-License-Identifier: Apache-2.0
// Sets of fault rules: what befalls which request, candle or market. Every choice is a hash of the
// seed, the rule and what it is about, never a running generator, so order does not matter.
#include "practice/fault.h"
#include "practice/fault_internal.h"
#include "practice/path.h"

#include <stdlib.h>
#include <string.h>

#define ATTEMPT_KEYS_MAX (1u << 20)

static const struct {
    const char *word;
    enum fault_level level;
    enum fault_argument argument;
} kinds[FAULT_KIND_COUNT] = {
#define X(name, word, level, argument, text)                                                       \
    [FAULT_KIND_##name] = {word, FAULT_##level, FAULT_ARGUMENT_##argument},
    FAULT_TABLE(X)
#undef X
};

enum fault_level fault_level_of(enum fault_kind kind)
{
    return kinds[kind].level;
}

const char *fault_word(enum fault_kind kind)
{
    return kinds[kind].word;
}

enum fault_argument fault__argument_of(enum fault_kind kind)
{
    return kinds[kind].argument;
}

void fault_set_init(struct fault_set *s, uint64_t seed)
{
    memset(s, 0, sizeof(*s));
    s->seed = path_hash(seed, UINT64_C(0xfa017));
    s->next_id = 1;
    map_init(&s->attempts, ATTEMPT_KEYS_MAX);
}

void fault_set_finish(struct fault_set *s)
{
    free(s->rules);
    map_finish(&s->attempts);
    memset(s, 0, sizeof(*s));
}

void fault__note_levels(struct fault_set *s)
{
    memset(s->has_level, 0, sizeof(s->has_level));
    for (size_t i = 0; i < s->count; i++)
        s->has_level[fault_level_of(s->rules[i].kind)] = true;
}

bool fault_set_remove(struct fault_set *s, uint32_t id)
{
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (id != 0 && s->rules[i].id != id)
            s->rules[kept++] = s->rules[i];
    }
    bool found = id == 0 || kept != s->count;
    s->count = kept;
    fault__note_levels(s);
    return found;
}

// ---- choosing -----------------------------------------------------------------------------------

static bool covers(const struct fault_rule *r, const struct fault_subject *subject)
{
    if (r->endpoint[0] && !str_eq(str_from(r->endpoint), subject->endpoint))
        return false;
    if (r->symbol[0] && !str_eq(str_from(r->symbol), subject->symbol))
        return false;
    return r->any_timeframe || (subject->has_timeframe && subject->timeframe == r->timeframe);
}

static uint64_t subject_hash(const struct fault_subject *subject)
{
    uint64_t h = hash_bytes(subject->endpoint.data, subject->endpoint.len, 1);
    h = hash_bytes(subject->symbol.data, subject->symbol.len, h);
    return path_hash(h, subject->has_timeframe ? (uint64_t)subject->timeframe + 1 : 0);
}

static bool strikes(const struct fault_set *s, const struct fault_rule *r,
                    const struct fault_subject *subject, uint64_t which)
{
    if (r->rate >= 1)
        return true;
    uint64_t h = path_hash(path_hash(s->seed, r->id), subject_hash(subject));
    return path_unit(path_hash(h, which)) < r->rate;
}

uint64_t fault_attempt(struct fault_set *s, const struct fault_subject *subject)
{
    uint64_t key = subject_hash(subject);
    uintptr_t seen = (uintptr_t)map_get_u64(&s->attempts, key);
    if (map_put_u64(&s->attempts, key, (void *)(seen + 1)) != 0)
        return 0; // more subjects than it can tell apart: they share one sequence
    return seen;
}

struct fault_rule *fault_choose(struct fault_set *s, enum fault_level level,
                                const struct fault_subject *subject, uint64_t attempt, time_ms now)
{
    for (size_t i = 0; i < s->count; i++) {
        struct fault_rule *r = &s->rules[i];
        if (fault_level_of(r->kind) != level || now < r->from || now >= r->to ||
            (r->limit > 0 && r->used >= r->limit))
            continue;
        if (!covers(r, subject) || !strikes(s, r, subject, attempt))
            continue;
        r->used++;
        return r;
    }
    return NULL;
}

struct fault_rule *fault_of_candle(struct fault_set *s, enum fault_kind kind,
                                   const struct fault_subject *subject, time_ms open)
{
    for (size_t i = 0; i < s->count; i++) {
        struct fault_rule *r = &s->rules[i];
        if (r->kind == kind && open >= r->from && open < r->to && covers(r, subject) &&
            strikes(s, r, subject, (uint64_t)open))
            return r;
    }
    return NULL;
}

const struct fault_rule *fault_next(const struct fault_set *s, enum fault_level level,
                                    struct str symbol, time_ms now, size_t *at)
{
    while (*at < s->count) {
        const struct fault_rule *r = &s->rules[(*at)++];
        // Pauses and late listings leave their mark on history after they are over.
        bool lasting = r->kind == FAULT_KIND_HALT || r->kind == FAULT_KIND_DELIST ||
                       r->kind == FAULT_KIND_UNLISTED;
        const struct fault_subject subject = {.endpoint = STR("market"), .symbol = symbol};
        if (fault_level_of(r->kind) != level || now < r->from || (now >= r->to && !lasting))
            continue;
        if (level == FAULT_CLOCK || (covers(r, &subject) && strikes(s, r, &subject, 0)))
            return r;
    }
    return NULL;
}

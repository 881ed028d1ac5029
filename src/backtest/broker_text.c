// SPDX-License-Identifier: Apache-2.0
// One copy of each id and comment, so that orders and trades hold a pointer whatever becomes of the
// script's own text. Scripts may make a new id a bar: texts nobody refers to any more are dropped.
#include "backtest/broker_internal.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 32

static uint32_t hash_of(const char *text) // FNV-1a
{
    uint32_t h = 2166136261u;
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 16777619u;
    return h;
}

static struct broker__text *slot_of(struct broker__text *slots, size_t cap, const char *text,
                                    uint32_t hash)
{
    size_t i = hash & (cap - 1);
    while (slots[i].text && (slots[i].hash != hash || strcmp(slots[i].text, text) != 0))
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

static void mark(struct broker *b, const char *text)
{
    if (text[0] == '\0')
        return;
    slot_of(b->texts.slots, b->texts.cap, text, hash_of(text))->used = true;
}

static void mark_trade(struct broker *b, const struct broker_trade *t)
{
    mark(b, t->entry_id);
    mark(b, t->entry_comment);
    mark(b, t->exit_id);
    mark(b, t->exit_comment);
}

static void mark_all(struct broker *b)
{
    for (uint32_t i = 0; i < b->order_count; i++) {
        mark(b, b->orders[i].id);
        mark(b, b->orders[i].oca_name);
        mark(b, b->orders[i].comment);
    }
    for (uint32_t i = 0; i < b->exit_count; i++) {
        mark(b, b->exits[i].id);
        mark(b, b->exits[i].from_entry);
        mark(b, b->exits[i].oca_name);
        mark(b, b->exits[i].comment);
        mark(b, b->exits[i].comment_profit);
        mark(b, b->exits[i].comment_loss);
        mark(b, b->exits[i].comment_trailing);
    }
    for (uint32_t i = 0; i < b->lot_count; i++)
        mark_trade(b, &b->lots[i].trade);
    int64_t kept = b->closed - broker_closed_first(b);
    for (int64_t i = 0; i < kept; i++)
        mark_trade(b, &b->trades[i]);
}

// Moves the marked texts to a table of cap slots and frees the others.
static void rebuild(struct broker *b, size_t cap)
{
    struct broker__texts *t = &b->texts;
    struct broker__text *slots = calloc(cap, sizeof *slots);
    if (!slots) {
        b->error = ERR_NO_MEMORY;
        return;
    }
    size_t count = 0;
    for (size_t i = 0; i < t->cap; i++) {
        struct broker__text *old = &t->slots[i];
        if (!old->text)
            continue;
        if (!old->used) {
            free(old->text);
            continue;
        }
        old->used = false;
        *slot_of(slots, cap, old->text, old->hash) = *old;
        count++;
    }
    free(t->slots);
    t->slots = slots;
    t->cap = cap;
    t->count = count;
    memset(t->cache, 0, sizeof t->cache);
}

void broker__texts_make_room(struct broker *b)
{
    struct broker__texts *t = &b->texts;
    size_t used = 0, cap = t->cap ? t->cap : FIRST_CAP;
    if (t->cap)
        mark_all(b);
    for (size_t i = 0; i < t->cap; i++)
        used += t->slots[i].used;
    while ((used + BROKER__ORDER_TEXTS) * 4 > cap)
        cap *= 2;
    rebuild(b, cap);
}

static const char *keep(struct broker *b, const char *text)
{
    struct broker__texts *t = &b->texts;
    if (!t->cap || (t->count + 1) * 2 > t->cap)
        return ""; // no memory for the table; the error is set
    uint32_t hash = hash_of(text);
    struct broker__text *slot = slot_of(t->slots, t->cap, text, hash);
    if (!slot->text) {
        slot->text = strdup(text);
        if (!slot->text) {
            b->error = ERR_NO_MEMORY;
            return "";
        }
        slot->hash = hash;
        t->count++;
    }
    return slot->text;
}

const char *broker__keep_text(struct broker *b, const char *text)
{
    // Most ids are literals: the same address with the same letters needs no hashing.
    size_t place = ((uintptr_t)text >> 3) % TEXT__CACHE;
    if (b->texts.cache[place].given == text && strcmp(b->texts.cache[place].kept, text) == 0)
        return b->texts.cache[place].kept;
    const char *kept = keep(b, text);
    if (kept[0]) {
        b->texts.cache[place].given = text;
        b->texts.cache[place].kept = kept;
    }
    return kept;
}

void broker__texts_finish(struct broker__texts *t)
{
    for (size_t i = 0; i < t->cap; i++)
        free(t->slots[i].text);
    free(t->slots);
}

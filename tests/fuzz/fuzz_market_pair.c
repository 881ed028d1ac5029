// SPDX-License-Identifier: Apache-2.0
// Pairs, timeframes and names as typed: no text may break them, and what is read formats back.
#include "market/pair.h"
#include "market/timeframe.h"
#include "market/watch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Knows some markets by a rule of their names, so that all readings are reached.
static bool known(void *arg, const struct pair *candidate)
{
    (void)arg;
    size_t base = str_from(candidate->base).len;
    size_t quote = str_from(candidate->quote).len;
    return base % 3 == 0 && quote % 2 == 0;
}

static void check_pair(const struct pair *p)
{
    char text[PAIR_TEXT_MAX];
    struct pair back;
    pair_format(p, text);
    if (pair_parse(str_from(text), &back) || !pair_equal(p, &back))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    struct pair p;
    struct diag d;
    enum timeframe tf = TF_COUNT;
    if (pair_parse(text, &p) == 0)
        check_pair(&p);
    if (pair_resolve(text, STR("USDT"), known, NULL, &p, &d) == 0) {
        check_pair(&p);
        if (!known(NULL, &p))
            abort();
    }
    if (timeframe_parse(text, &tf, &d) == 0 && !str_eq(text, str_from(timeframe_code(tf))))
        abort();
    if (name_check(text, "portfolio", &d) == 0 && (size == 0 || size >= NAME_MAX_BYTES))
        abort();
    return 0;
}

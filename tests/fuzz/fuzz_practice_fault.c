// SPDX-License-Identifier: Apache-2.0
// Fault scripts from anywhere: never a crash, and a refused script leaves no rule behind.
#include "practice/fault.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fault_subject subject = {STR("klines"), STR("VETUSDT"), true, TF_H4};
    const time_ms now = INT64_C(1620691200000);
    struct fault_set s;
    struct diag d;
    size_t at = 0;
    fault_set_init(&s, 1);
    int err = fault_set_parse(&s, (struct str){(const char *)data, size}, now, &d);
    if (err != 0 && s.count != 0)
        abort();
    (void)fault_choose(&s, FAULT_ANSWER, &subject, fault_attempt(&s, &subject), now);
    (void)fault_choose(&s, FAULT_ROWS, &subject, 1, now);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        (void)fault_of_candle(&s, (enum fault_kind)kind, &subject, now);
    while (fault_next(&s, FAULT_MARKET, STR("VETUSDT"), now, &at))
        continue;
    (void)fault_set_remove(&s, 1);
    fault_set_finish(&s);
    return 0;
}

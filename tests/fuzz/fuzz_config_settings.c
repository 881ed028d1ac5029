// SPDX-License-Identifier: Apache-2.0
// The settings file: no text may break the reader; what it accepts survives handing over.
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_hand_over(const struct config *c)
{
    struct config *child = config_create();
    struct buf text;
    struct diag d;
    buf_init(&text, 1u << 20);
    if (!child || config_serialise(c, true, &text) || config_deserialise(child, buf_str(&text), &d))
        abort();
    for (int k = 0; k < CFG_COUNT; k++) {
        if (!config_same(c, child, (enum config_key)k))
            abort();
    }
    buf_finish(&text);
    config_destroy(child);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config *c = config_create();
    struct diag d = {0};
    if (!c)
        return 0;
    int rc = config_load_text(c, (struct str){(const char *)data, size}, "fuzz.conf", &d);
    if (rc == 0) {
        check_hand_over(c);
        (void)!config_check(c, &d);
    } else if (!d.text[0] || d.code != rc) {
        abort(); // every error must say what is wrong
    }
    config_destroy(c);
    return 0;
}

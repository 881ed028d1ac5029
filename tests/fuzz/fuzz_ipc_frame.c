// SPDX-License-Identifier: Apache-2.0
// Any bytes as a frame: refused, or decoded to a message that encodes to the same bytes.
#include "ipc/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str frame = {(const char *)data, size};
    union ipc_any msg;
    enum ipc_type type;
    size_t len;
    struct buf again;

    if (ipc_frame_peek(frame, &type, &len) != 0 || ipc_decode(str_sub(frame, 0, len), &msg) != 0) {
        return 0;
    }
    buf_init(&again, 32u << 20);
    if (ipc_encode(&again, type, &msg) != 0 || again.len != len ||
        memcmp(again.data, data, len) != 0) {
        abort();
    }
    buf_finish(&again);
    return 0;
}

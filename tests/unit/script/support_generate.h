// SPDX-License-Identifier: Apache-2.0
// Makes a script out of bytes, from the language's grammar: each byte decides what comes next, so a
// fuzzer can steer it and a seed repeats it. The scripts compile, whatever the bytes.
#ifndef TESTS_SUPPORT_GENERATE_H
#define TESTS_SUPPORT_GENERATE_H

#include "base/buf.h"

#include <stdint.h>

void generate_script(struct buf *out, const uint8_t *data, size_t size);

#endif

// SPDX-License-Identifier: Apache-2.0
// Content hashes (SHA-256 by libsodium).
#ifndef OS_DIGEST_H
#define OS_DIGEST_H

#include "base/str.h"

#define DIGEST_TEXT_MAX 65 // 64 lower-case hex digits and NUL

void digest_sha256_hex(struct str data, char out[static DIGEST_TEXT_MAX]);

#endif

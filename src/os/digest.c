// SPDX-License-Identifier: Apache-2.0
// SHA-256 as hex.
#include "os/digest.h"

#include <sodium.h>

void digest_sha256_hex(struct str data, char out[static DIGEST_TEXT_MAX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256(hash, (const unsigned char *)data.data, data.len);
    (void)sodium_bin2hex(out, DIGEST_TEXT_MAX, hash, sizeof hash);
}

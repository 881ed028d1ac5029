// SPDX-License-Identifier: Apache-2.0
// SHA-256 against the examples of FIPS 180-4 and NIST's published vectors.
#include "os/digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void known_texts(void **state)
{
    static const struct {
        const char *text, *hex;
    } cases[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char out[DIGEST_TEXT_MAX];

        digest_sha256_hex(str_from(cases[i].text), out);
        assert_string_equal(out, cases[i].hex);
    }
}

static void a_million_letters(void **state)
{
    size_t len = 1000000;
    char *text = malloc(len);
    char out[DIGEST_TEXT_MAX];

    (void)state;
    assert_non_null(text);
    memset(text, 'a', len);
    digest_sha256_hex((struct str){text, len}, out);
    assert_string_equal(out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    free(text);
}

static void bytes_not_text(void **state)
{
    static const char with_nul[] = {'a', 0, 'b'};
    char whole[DIGEST_TEXT_MAX], cut[DIGEST_TEXT_MAX];

    (void)state;
    digest_sha256_hex((struct str){with_nul, sizeof with_nul}, whole);
    digest_sha256_hex((struct str){with_nul, 1}, cut);
    assert_string_not_equal(whole, cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts),
        cmocka_unit_test(a_million_letters),
        cmocka_unit_test(bytes_not_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

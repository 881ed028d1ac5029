// SPDX-License-Identifier: Apache-2.0
// Any bytes as a source: compilation ends in a program or in an error with a place, and a program
// runs over some bars without harm.
#include <stdlib.h>
#include <string.h>
// A fuzz target is one source file; the helpers are those of the unit tests.
#include "../unit/script/support_script.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct test_run run;
    struct test_bars bars = test_bars_walk(40, 5);
    test_run_script(&run, (struct str){(const char *)data, size}, &bars, NULL, 0, 3);
    if (run.rc == ERR_SYNTAX && run.diags.count == 0 && run.error.text[0] == '\0')
        abort();
    if (run.rc == ERR_INTERNAL)
        abort();
    test_run_free(&run);
    test_bars_free(&bars);
    return 0;
}

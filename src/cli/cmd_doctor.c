// SPDX-License-Identifier: Apache-2.0
// oracle doctor: looks at everything the hub stands on and says what to do about what is wrong.
#include "cli/doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const struct cli_column columns[] = {{"", -4}, {"check", -12}, {"found", -1}};

static void (*const checks[])(struct doctor *d) = {
    doctor_settings, doctor_folder, doctor_disk,  doctor_store,
    doctor_hub,      doctor_kernel, doctor_files, doctor_exchange,
};

static const struct {
    const char *word, *colour;
} grades[] = {
    [DOCTOR_OK] = {"ok", "\033[32m"},
    [DOCTOR_NOTE] = {"note", "\033[33m"},
    [DOCTOR_BAD] = {"BAD", "\033[31m"},
    [DOCTOR_SKIP] = {"-", ""},
};

static void put_row(struct doctor *d, const char *check, enum doctor_grade grade, const char *found,
                    const char *advice)
{
    struct cli *cli = d->cli;
    const char *colour = cli->colour ? grades[grade].colour : "";

    cli_out_printf(&cli->out, "%s%-4s%s  %-12s  %s\n", colour, grades[grade].word,
                   colour[0] ? "\033[0m" : "", check, found);
    if (advice[0]) {
        cli_out_printf(&cli->out, "%20s-> %s\n", "", advice);
    }
    cli_out_flush(&cli->out); // the next check may wait for the network
}

void doctor_say(struct doctor *d, const char *check, enum doctor_grade grade, const char *advice,
                const char *fmt, ...)
{
    static const char *const words[] = {"ok", "note", "bad", "skipped"};
    char found[512];
    va_list args;
    int rc, n;

    va_start(args, fmt);
    n = vsnprintf(found, sizeof found, fmt, args);
    va_end(args);
    if (n < 0) {
        found[0] = '\0';
    }
    d->notes += grade == DOCTOR_NOTE;
    d->bad += grade == DOCTOR_BAD;
    if (!d->cli->json) {
        put_row(d, check, grade, found, advice);
        return;
    }
    cli_listing_object(&d->listing);
    cli_json_text(&d->listing.json, "check", check);
    cli_json_text(&d->listing.json, "grade", words[grade]);
    cli_json_text(&d->listing.json, "found", found);
    cli_json_text(&d->listing.json, "advice", advice);
    rc = cli_listing_object_end(&d->listing);
    (void)rc; // a reader that has gone away changes nothing
}

int cli_cmd_doctor(struct cli *cli)
{
    struct doctor d = {.cli = cli};

    cli_listing_begin(&d.listing, cli, columns, sizeof columns / sizeof columns[0]);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        checks[i](&d);
    }
    cli_listing_end(&d.listing, "");
    if (d.bad > 0) {
        cli_note(cli, "%zu thing%s wrong.", d.bad, d.bad == 1 ? " is" : "s are");
    } else {
        cli_note(cli, d.notes > 0 ? "Nothing is wrong; see the notes." : "Nothing is wrong.");
    }
    return d.bad > 0 ? CLI_NEGATIVE : CLI_OK;
}

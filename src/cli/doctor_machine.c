// SPDX-License-Identifier: Apache-2.0
// oracle doctor: settings, data folder, disk, store, kernel, file limit.
#include "cli/doctor.h"

#include "os/kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MB                  1000000
#define DISK_BAD_BYTES      (INT64_C(100) * MB)
#define DISK_NOTE_BYTES     (INT64_C(1000) * MB)
#define FREE_FILES_BAD      1000
#define FILES_NEEDED        512 // streams need none; connections, shards, channels do
#define CHECKED_WHOLE_BYTES (INT64_C(50) * MB) // a larger store takes longer than one waits here

// ---- settings

static bool is_loopback(const char *url)
{
    struct str s = str_from(url);
    size_t at = str_find(s, '/', 0);
    struct str host = str_sub(s, at + 2, s.len);

    return str_starts(host, STR("127.")) || str_starts(host, STR("localhost")) ||
           str_starts(host, STR("[::1]"));
}

void doctor_settings(struct doctor *d)
{
    const struct config *c = d->cli->config;
    const char *url = config_str(c, CFG_BINANCE_BASE_URL);
    bool local = is_loopback(url);
    size_t said = d->notes + d->bad;

    if (!local && str_starts(str_from(url), STR("http://"))) {
        doctor_say(d, "settings", DOCTOR_BAD,
                   "use an https:// address: what is not encrypted can be changed on the way",
                   "exchange.binance.base_url is %s", url);
    }
    if (str_ends(str_from(url), STR("/"))) {
        doctor_say(d, "settings", DOCTOR_BAD, "leave out the slash at its end",
                   "exchange.binance.base_url is %s", url);
    }
    if (!local && !config_bool(c, CFG_BINANCE_VERIFY_TLS)) {
        doctor_say(d, "settings", DOCTOR_BAD, "set exchange.binance.verify_tls=true",
                   "the exchange's certificate is not checked");
    }
    if (!local && config_double(c, CFG_HUB_SPEED) != 1) {
        doctor_say(d, "settings", DOCTOR_BAD,
                   "set hub.speed=1; other speeds are for a practice exchange",
                   "hub.speed is %g on an exchange that is not on this machine",
                   config_double(c, CFG_HUB_SPEED));
    }
    if (config_ms(c, CFG_HUB_HANG_TIMEOUT) < 3 * config_ms(c, CFG_HUB_HEARTBEAT_INTERVAL)) {
        doctor_say(d, "settings", DOCTOR_NOTE, "make hub.hang_timeout three heartbeats at least",
                   "an agent that misses two heartbeats is already killed");
    }
    if (d->notes + d->bad == said) {
        doctor_say(d, "settings", DOCTOR_OK, "", "valid; exchange %s at %s",
                   config_str(c, CFG_EXCHANGE_NAME), url);
    }
}

// ---- folder and disk

void doctor_folder(struct doctor *d)
{
    const char *dir = cli_data_dir(d->cli);
    struct stat st;

    if (stat(dir, &st) != 0) {
        doctor_say(d, "data folder", errno == ENOENT ? DOCTOR_NOTE : DOCTOR_BAD,
                   errno == ENOENT ? "'oracle run' makes it" : "name another one with --data",
                   "%s: %s", dir, strerror(errno));
    } else if (!S_ISDIR(st.st_mode)) {
        doctor_say(d, "data folder", DOCTOR_BAD, "name a folder with --data", "%s is not a folder",
                   dir);
    } else if (access(dir, R_OK | W_OK | X_OK) != 0) {
        doctor_say(d, "data folder", DOCTOR_BAD,
                   "run this as the user of the hub, or name another folder with --data",
                   "%s cannot be written by this user: %s", dir, strerror(errno));
    } else if ((st.st_mode & 077) != 0) {
        doctor_say(d, "data folder", DOCTOR_NOTE, "chmod 700 it: it tells what you trade",
                   "%s can be entered by other users (mode %o)", dir, (unsigned)st.st_mode & 07777);
    } else {
        doctor_say(d, "data folder", DOCTOR_OK, "", "%s, mode %o", dir,
                   (unsigned)st.st_mode & 07777);
    }
}

void doctor_disk(struct doctor *d)
{
    int64_t free_bytes = 0, all_bytes = 0, free_files = 0;
    int rc = kernel_disk_space(cli_data_dir(d->cli), &free_bytes, &all_bytes, &free_files);
    bool few_files = free_files >= 0 && free_files < FREE_FILES_BAD;

    if (rc != 0) {
        doctor_say(d, "disk", DOCTOR_SKIP, "", "there is no data folder yet");
        return;
    }
    doctor_say(d, "disk",
               free_bytes < DISK_BAD_BYTES || few_files ? DOCTOR_BAD
               : free_bytes < DISK_NOTE_BYTES           ? DOCTOR_NOTE
                                                        : DOCTOR_OK,
               free_bytes < DISK_NOTE_BYTES || few_files
                   ? "make room, move the data folder, or let old candles go ([retention], then "
                     "'oracle db vacuum')"
                   : "",
               "%.1f GB of %.1f GB are free%s", (double)free_bytes / 1e9, (double)all_bytes / 1e9,
               few_files ? ", but hardly any file can be made" : "");
}

// ---- store

struct whole {
    size_t files, damaged;
    char first[320];
};

static void on_file(void *arg, const char *file, bool is_whole, const char *text)
{
    struct whole *w = arg;

    w->files++;
    if (!is_whole && w->damaged++ == 0 &&
        str_printf(w->first, sizeof w->first, "%s: %s", file, text) != 0) {
        w->first[0] = '\0';
    }
}

static int64_t bytes_of(const char *dir)
{
    static const char *const names[] = {"hub.db", "candles_1m.db", "candles_5m.db",
                                        "candles_15m.db", "candles_1h.db"};
    int64_t sum = 0;
    char path[PATHS_MAX];
    struct stat st;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (str_printf(path, sizeof path, "%s/%s", dir, names[i]) == 0 && stat(path, &st) == 0) {
            sum += (int64_t)st.st_size;
        }
    }
    return sum;
}

static void check_pages(struct doctor *d, struct store *s, int version)
{
    struct whole w = {0};
    int rc;

    if (bytes_of(cli_data_dir(d->cli)) > CHECKED_WHOLE_BYTES) {
        doctor_say(d, "store", DOCTOR_OK, "'oracle db check' reads every page",
                   "opens, schema version %d", version);
        return;
    }
    rc = store_check(s, on_file, &w);
    if (w.damaged > 0) {
        doctor_say(d, "store", DOCTOR_BAD,
                   "a candle file is set aside and fetched again at the next start; for hub.db: "
                   "'oracle db restore DIR'",
                   "%zu of %zu files are damaged; %s", w.damaged, w.files, w.first);
    } else if (rc != 0) {
        doctor_say(d, "store", DOCTOR_BAD, "see 'oracle db check'", "cannot be read: %s",
                   store_last_error(s));
    } else {
        doctor_say(d, "store", DOCTOR_OK, "", "whole: %zu files, schema version %d", w.files,
                   version);
    }
}

void doctor_store(struct doctor *d)
{
    struct store_options o = {.backend = config_str(d->cli->config, CFG_STORE_BACKEND),
                              .location = cli_data_dir(d->cli),
                              .writable = false};
    struct store *s = NULL;
    struct diag words = {0};
    int version = 0;
    int rc = store_open(&o, &s, &words);

    if (rc == ERR_NOT_FOUND) {
        doctor_say(d, "store", DOCTOR_NOTE, "'oracle watch add VET 4h' and 'oracle run' make one",
                   "there is none yet");
    } else if (rc != 0) {
        doctor_say(d, "store", DOCTOR_BAD,
                   rc == ERR_AGAIN     ? "'oracle db migrate', or start the hub"
                   : rc == ERR_TOO_NEW ? "install the newer version again, or restore a backup of "
                                         "this one"
                                       : "see 'oracle db check' and 'oracle db restore DIR'",
                   "%s", words.text[0] ? words.text : err_text(rc));
    } else {
        rc = store_schema_version(s, &version);
        check_pages(d, s, rc == 0 ? version : 0);
    }
    store_close(s);
}

// ---- kernel and limits

void doctor_kernel(struct doctor *d)
{
    int landlock = kernel_landlock_version();
    bool seccomp = kernel_has_seccomp();

    if (!seccomp) {
        doctor_say(d, "sandbox", DOCTOR_BAD, "use a kernel with CONFIG_SECCOMP_FILTER",
                   "this kernel has no seccomp filters; agents cannot start");
    } else if (landlock == 0) {
        doctor_say(d, "sandbox", DOCTOR_NOTE,
                   "a kernel from 5.13 with Landlock switched on (lsm=landlock,...) also keeps "
                   "agents from files that are not theirs",
                   "seccomp, no Landlock");
    } else {
        doctor_say(d, "sandbox", DOCTOR_OK, "", "seccomp and Landlock (version %d)", landlock);
    }
}

void doctor_files(struct doctor *d)
{
    int64_t soft = 0, hard = 0;
    int64_t needed = FILES_NEEDED + config_i64(d->cli->config, CFG_BINANCE_CONNECTIONS);

    if (kernel_file_limit(&soft, &hard) != 0) {
        doctor_say(d, "file limit", DOCTOR_SKIP, "", "the limit cannot be read");
    } else if (hard < needed) {
        doctor_say(d, "file limit", DOCTOR_BAD, "raise it: LimitNOFILE= of the unit, or ulimit -Hn",
                   "%lld files may be open, up to %lld are needed", (long long)hard,
                   (long long)needed);
    } else if (soft < needed) {
        doctor_say(d, "file limit", DOCTOR_NOTE, "raise it: LimitNOFILE= of the unit, or ulimit -n",
                   "%lld files may be open (hard limit %lld), up to %lld are needed",
                   (long long)soft, (long long)hard, (long long)needed);
    } else {
        doctor_say(d, "file limit", DOCTOR_OK, "", "%lld files may be open", (long long)soft);
    }
}

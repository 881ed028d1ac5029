// SPDX-License-Identifier: Apache-2.0
// The settings: defaults, then files, then environment, then --set; each later source wins. Every
// value is checked when it is set and remembers where it came from.
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/decimal.h"
#include "base/err.h"
#include "base/str.h"
#include "config/settings.h"

#include <stdbool.h>
#include <stdint.h>

enum config_key {
#define X(id, section, name, type, def, low, high, flags, text) CFG_##id,
    CONFIG_SETTINGS(X)
#undef X
    CFG_COUNT
};

enum config_type {
    CONFIG_STRING,
    CONFIG_PATH,
    CONFIG_URL,      // http:// or https:// and a host
    CONFIG_ENUM,     // one of a list of words
    CONFIG_INT,      // int64
    CONFIG_SIZE,     // bytes: "4096", "64K", "16M", "1G" (powers of 1024)
    CONFIG_BOOL,     // true false yes no on off 1 0
    CONFIG_DURATION, // as duration_parse()
    CONFIG_DOUBLE,
    CONFIG_DECIMAL,
    CONFIG_TIME, // as time_parse(); may be empty
    CONFIG_TYPE_COUNT
};

enum config_origin {
    CONFIG_FROM_DEFAULT,
    CONFIG_FROM_FILE,
    CONFIG_FROM_ENV,
    CONFIG_FROM_SET
};

// What is fixed about a setting. All strings are static.
struct config_info {
    const char *section;
    const char *name;
    const char *def;
    const char *low;  // "" = no limit; for CONFIG_ENUM the choices, "a|b"
    const char *high; // "" = no limit
    const char *text; // one sentence
    enum config_type type;
    bool secret;     // never shown, logged or handed to agents that do not need it
    bool reloadable; // SIGHUP takes a new value over
    bool required;   // must not be empty
};

struct config;

// All defaults. NULL when out of memory.
struct config *config_create(void);
void config_destroy(struct config *c); // NULL is fine

// INI text (at most CONFIG_FILE_MAX bytes, lines up to 190): [section], key = value, comments from
// ';' or '#' at the start of a line and from " ;" behind a value. name is used in messages and
// origins. ERR_SYNTAX (malformed line or value, key given twice), ERR_NOT_FOUND (unknown section or
// key), ERR_RANGE, ERR_FULL, ERR_NO_MEMORY; d (may be NULL) gets line and sentence. What stood
// before the wrong line is then set: throw the config away.
#define CONFIG_FILE_MAX (256u * 1024u)
int config_load_text(struct config *c, struct str text, const char *name,
                     struct diag *d) MUST_CHECK;
// Same from a file. ERR_NOT_FOUND with d->line == 0 when there is no such file, ERR_SYSTEM when it
// cannot be read.
int config_load_file(struct config *c, const char *path, struct diag *d) MUST_CHECK;
// Every ORACLE__SECTION__KEY of a NULL-ended environment; '.' in a section is '_'
// (ORACLE__EXCHANGE_BINANCE__BASE_URL). An unknown one is an error, others are left alone.
int config_load_env(struct config *c, char *const *environment, struct diag *d) MUST_CHECK;
// "section.key=value" of the command line.
int config_set(struct config *c, const char *assignment, struct diag *d) MUST_CHECK;
// One value by key; the same checks.
int config_set_value(struct config *c, enum config_key key, struct str value,
                     enum config_origin origin, struct diag *d) MUST_CHECK;
// Rules between settings, once all sources are in. ERR_INVALID with what to change.
int config_check(const struct config *c, struct diag *d) MUST_CHECK;

// Typed getters. Each takes an enumerator of enum config_key written out; a key of another type
// does not compile. Strings live until the value is set again or the config is destroyed.
//   const char *config_str(c, key)      STRING PATH URL ENUM
//   int config_enum(c, key)             ENUM: index of the choice in the table's list
//   int64_t config_i64(c, key)          INT
//   int64_t config_bytes(c, key)        SIZE
//   bool config_bool(c, key)            BOOL
//   int64_t config_ms(c, key)           DURATION
//   double config_double(c, key)        DOUBLE, DECIMAL, INT
//   struct decimal config_decimal(c, key)  DECIMAL
//   bool config_time(c, key, time_ms *out) TIME: false when empty (out untouched)
#define config_str(c, key)       config__text((c), key##_IS_TEXT)
#define config_enum(c, key)      ((int)config__i64((c), key##_IS_ENUM))
#define config_i64(c, key)       config__i64((c), key##_IS_INT)
#define config_bytes(c, key)     config__i64((c), key##_IS_SIZE)
#define config_bool(c, key)      (config__i64((c), key##_IS_BOOL) != 0)
#define config_ms(c, key)        config__i64((c), key##_IS_DURATION)
#define config_double(c, key)    config__double((c), key##_IS_NUMBER)
#define config_decimal(c, key)   config__decimal((c), key##_IS_DECIMAL)
#define config_time(c, key, out) config__time((c), key##_IS_TIME, (out))

const struct config_info *config_info(enum config_key key);
const char *config_type_name(enum config_type type); // "duration"; static
// Finds "section.key". ERR_NOT_FOUND with "did you mean" in d.
int config_find(struct str name, enum config_key *out, struct diag *d) MUST_CHECK;
// The value as text, "(set)" or "" for a secret; the origin as "default", "file:12",
// "environment" or "--set". Strings live as those of config_str().
const char *config_shown(const struct config *c, enum config_key key);
enum config_origin config_origin(const struct config *c, enum config_key key);
int config_origin_text(const struct config *c, enum config_key key, struct buf *out) MUST_CHECK;
// Allowed values as text ("1s to 1d", "at least 0", "sqlite or postgres"); empty when any.
int config_range_text(enum config_key key, struct buf *out) MUST_CHECK;
// Do both have the same value? (For a reload: what changed, and may it?)
bool config_same(const struct config *a, const struct config *b, enum config_key key);

// The effective settings as one text of "section.key=value" lines, for handing them to a child
// process; secrets only when asked for.
int config_serialise(const struct config *c, bool with_secrets, struct buf *out) MUST_CHECK;
// Takes such a text over, the values' origin being CONFIG_FROM_SET. Errors as config_set().
int config_deserialise(struct config *c, struct str text, struct diag *d) MUST_CHECK;

// docs/settings.md: one table a section.
int config_write_docs(struct buf *out) MUST_CHECK;

// What the getters above stand on. Each setting has one enumerator for each getter that may read
// it.
#define CONFIG__A_STRING   WORDS
#define CONFIG__B_STRING   TEXT
#define CONFIG__A_PATH     PATH
#define CONFIG__B_PATH     TEXT
#define CONFIG__A_URL      URL
#define CONFIG__B_URL      TEXT
#define CONFIG__A_ENUM     ENUM
#define CONFIG__B_ENUM     TEXT
#define CONFIG__A_INT      INT
#define CONFIG__B_INT      NUMBER
#define CONFIG__A_SIZE     SIZE
#define CONFIG__B_SIZE     COUNT
#define CONFIG__A_BOOL     BOOL
#define CONFIG__B_BOOL     FLAG
#define CONFIG__A_DURATION DURATION
#define CONFIG__B_DURATION SPAN
#define CONFIG__A_DOUBLE   DOUBLE
#define CONFIG__B_DOUBLE   NUMBER
#define CONFIG__A_DECIMAL  DECIMAL
#define CONFIG__B_DECIMAL  NUMBER
#define CONFIG__A_TIME     TIME
#define CONFIG__B_TIME     MOMENT

#define CONFIG__PASTE2(id, kind) CFG_##id##_IS_##kind
#define CONFIG__PASTE(id, kind)  CONFIG__PASTE2(id, kind)

enum config_typed_key {
#define X(id, section, name, type, def, low, high, flags, text)                                    \
    CONFIG__PASTE(id, CONFIG__A_##type) = CFG_##id, CONFIG__PASTE(id, CONFIG__B_##type) = CFG_##id,
    CONFIG_SETTINGS(X)
#undef X
};

const char *config__text(const struct config *c, enum config_typed_key key);
int64_t config__i64(const struct config *c, enum config_typed_key key);
double config__double(const struct config *c, enum config_typed_key key);
struct decimal config__decimal(const struct config *c, enum config_typed_key key);
bool config__time(const struct config *c, enum config_typed_key key, time_ms *out);

#endif

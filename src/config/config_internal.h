// SPDX-License-Identifier: Apache-2.0
// Shared inside src/config: the parsed value of a setting and the checks on it.
#ifndef CONFIG_CONFIG_INTERNAL_H
#define CONFIG_CONFIG_INTERNAL_H

#include "config/config.h"

#define CONFIG__VALUE_MAX 1024 // bytes of one value

// One value; which member counts is the type's business (value.c).
struct config__value {
    int64_t i64; // INT, SIZE, BOOL, DURATION (ms), TIME (ms), ENUM (index)
    double real; // DOUBLE, and DECIMAL and INT converted
    struct decimal decimal;
    bool present; // false: an empty text
};

// Reads and checks a text by the setting's type and range. ERR_SYNTAX, ERR_RANGE; d gets the
// setting's name, what is wrong and what is allowed (never the text of a secret).
int config__value_parse(const struct config_info *info, struct str text, struct config__value *out,
                        struct diag *d) MUST_CHECK;
// Writes the allowed values of a setting.
int config__range_write(const struct config_info *info, struct buf *out) MUST_CHECK;

// A section's or key's nearest name as "; did you mean ...?", or an empty text.
#define CONFIG__HINT_MAX 120
void config__hint_section(struct str section, char out[static CONFIG__HINT_MAX]);
void config__hint_key(struct str section, struct str name, char out[static CONFIG__HINT_MAX]);
bool config__section_known(struct str section);
// Key of exactly this section and name; CFG_COUNT when there is none.
enum config_key config__lookup(struct str section, struct str name);

// Sets a value and where it stood (file may be NULL, line 0).
int config__put(struct config *c, enum config_key key, struct str text, enum config_origin origin,
                const char *file, uint32_t line, struct diag *d) MUST_CHECK;

#endif

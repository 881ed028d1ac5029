// SPDX-License-Identifier: Apache-2.0
// The schema migrations, embedded from migrations/*/NNNN_name.sql at build time. The row's index +
// 1 is the schema version it leads to.
#ifndef STORE_MIGRATIONS_H
#define STORE_MIGRATIONS_H

struct store_migration {
    const char *name; // file name without ".sql"; NULL ends the table
    const char *sql;
};

extern const struct store_migration store_migrations_sqlite_hub[];
extern const struct store_migration store_migrations_sqlite_shard[];

#endif

-- SPDX-License-Identifier: Apache-2.0
-- What the hub says about itself: its agents and the events worth keeping.
CREATE TABLE agents (
    name       TEXT PRIMARY KEY,
    pid        INTEGER NOT NULL,
    state      TEXT NOT NULL,
    restarts   INTEGER NOT NULL,
    last_work  INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    agent TEXT NOT NULL,
    level TEXT NOT NULL,
    text  TEXT NOT NULL
) STRICT;

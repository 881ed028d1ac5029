-- SPDX-License-Identifier: Apache-2.0
-- Candles of one timeframe. source: 0 bootstrap, 1 live, 2 heal. quote_volume and trades are NULL where
-- the exchange gives none.
CREATE TABLE schema_version (
    version    INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE candles (
    stream       INTEGER NOT NULL,
    open_time    INTEGER NOT NULL,
    open         REAL NOT NULL,
    high         REAL NOT NULL,
    low          REAL NOT NULL,
    close        REAL NOT NULL,
    volume       REAL NOT NULL,
    quote_volume REAL,
    trades       INTEGER,
    saved_at     INTEGER NOT NULL,
    source       INTEGER NOT NULL,
    late         INTEGER NOT NULL,
    revised      INTEGER NOT NULL,
    PRIMARY KEY (stream, open_time)
) STRICT, WITHOUT ROWID;

-- The values a candle had before the exchange revised it. burst: the one in which it was replaced.
CREATE TABLE candle_revisions (
    id           INTEGER PRIMARY KEY,
    stream       INTEGER NOT NULL,
    open_time    INTEGER NOT NULL,
    open         REAL NOT NULL,
    high         REAL NOT NULL,
    low          REAL NOT NULL,
    close        REAL NOT NULL,
    volume       REAL NOT NULL,
    quote_volume REAL,
    trades       INTEGER,
    saved_at     INTEGER NOT NULL,
    source       INTEGER NOT NULL,
    late         INTEGER NOT NULL,
    revised      INTEGER NOT NULL,
    replaced_at  INTEGER NOT NULL,
    burst        INTEGER NOT NULL
) STRICT;
CREATE INDEX candle_revisions_by_candle ON candle_revisions (stream, open_time);

CREATE TABLE stream_stats (
    stream       INTEGER PRIMARY KEY,
    first_open   INTEGER NOT NULL,
    last_open    INTEGER NOT NULL,
    candle_count INTEGER NOT NULL
) STRICT;

-- The last burst written here, and what it did, so that it can be taken back when hub.db did not follow.
CREATE TABLE burst (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO burst (id, number) VALUES (1, 0);

CREATE TABLE burst_undo (
    id   INTEGER PRIMARY KEY,
    keys BLOB NOT NULL
) STRICT;

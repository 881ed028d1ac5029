-- SPDX-License-Identifier: Apache-2.0
-- What the user watches and what became of each candle that was due. Times are milliseconds since the
-- epoch in UTC; decimals are text; 0 stands for "not yet" in times.
CREATE TABLE schema_version (
    version    INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('clean', 1);

-- One row a candle file. burst: number of the last burst that hub.db knows to be complete in it.
CREATE TABLE shards (
    timeframe TEXT PRIMARY KEY,
    burst     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE exchanges (
    name         TEXT PRIMARY KEY,
    refreshed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE markets (
    exchange            TEXT NOT NULL REFERENCES exchanges (name),
    base                TEXT NOT NULL,
    quote               TEXT NOT NULL,
    symbol              TEXT NOT NULL,
    status              TEXT NOT NULL,
    base_precision      INTEGER NOT NULL,
    quote_precision     INTEGER NOT NULL,
    spot_allowed        INTEGER NOT NULL,
    market_orders       INTEGER NOT NULL,
    tick_size           TEXT NOT NULL,
    min_price           TEXT NOT NULL,
    max_price           TEXT NOT NULL,
    lot_step            TEXT NOT NULL,
    min_qty             TEXT NOT NULL,
    max_qty             TEXT NOT NULL,
    market_lot_step     TEXT NOT NULL,
    market_min_qty      TEXT NOT NULL,
    market_max_qty      TEXT NOT NULL,
    min_notional        TEXT NOT NULL,
    max_notional        TEXT NOT NULL,
    min_notional_market INTEGER NOT NULL,
    max_notional_market INTEGER NOT NULL,
    seen_at             INTEGER NOT NULL,
    PRIMARY KEY (exchange, base, quote)
) STRICT, WITHOUT ROWID;

-- A removed portfolio keeps its row, because signals and orders of the past name it.
CREATE TABLE portfolios (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    name               TEXT NOT NULL,
    quote              TEXT NOT NULL,
    mode               TEXT NOT NULL CHECK (mode IN ('paper', 'live')),
    initial_balance    TEXT NOT NULL,
    order_size_percent REAL NOT NULL,
    max_exposure_pair  REAL NOT NULL,
    max_exposure_total REAL NOT NULL,
    fee_bps            REAL NOT NULL,
    cash               TEXT NOT NULL,
    created_at         INTEGER NOT NULL,
    removed            INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX portfolios_by_name ON portfolios (name) WHERE removed = 0;

CREATE TABLE strategies (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL,
    hash     TEXT NOT NULL,
    source   TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    UNIQUE (hash, name)
) STRICT;

CREATE TABLE streams (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    exchange    TEXT NOT NULL,
    base        TEXT NOT NULL,
    quote       TEXT NOT NULL,
    timeframe   TEXT NOT NULL,
    paused      INTEGER NOT NULL DEFAULT 0,
    added_at    INTEGER NOT NULL,
    first_due   INTEGER NOT NULL DEFAULT 0,
    origin      INTEGER NOT NULL DEFAULT 0,
    analysed_to INTEGER NOT NULL DEFAULT 0,
    state       TEXT NOT NULL DEFAULT 'new',
    state_text  TEXT NOT NULL DEFAULT '',
    UNIQUE (exchange, base, quote, timeframe)
) STRICT;

CREATE TABLE portfolio_entries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    stream_id    INTEGER NOT NULL REFERENCES streams (id),
    added_at     INTEGER NOT NULL,
    UNIQUE (portfolio_id, stream_id)
) STRICT;
CREATE INDEX portfolio_entries_by_stream ON portfolio_entries (stream_id);

CREATE TABLE entry_strategies (
    entry_id    INTEGER NOT NULL REFERENCES portfolio_entries (id) ON DELETE CASCADE,
    name        TEXT NOT NULL,
    strategy_id INTEGER NOT NULL REFERENCES strategies (id),
    inputs      TEXT NOT NULL,
    warmup      INTEGER NOT NULL,
    PRIMARY KEY (entry_id, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_strategies_by_strategy ON entry_strategies (strategy_id);

CREATE VIEW active_watchlist AS
SELECT e.id AS entry_id, p.name AS portfolio, s.exchange, s.base || '/' || s.quote AS pair,
       s.timeframe, s.id AS stream_id, s.paused, s.state, s.state_text,
       (SELECT group_concat(es.name, ', ') FROM entry_strategies AS es
         WHERE es.entry_id = e.id) AS strategies
  FROM portfolio_entries AS e
  JOIN portfolios AS p ON p.id = e.portfolio_id AND p.removed = 0
  JOIN streams AS s ON s.id = e.stream_id;

-- Clustered by time, so that the rows of one burst share their pages.
CREATE TABLE poll_ledger (
    open_time INTEGER NOT NULL,
    stream_id INTEGER NOT NULL,
    due_at    INTEGER NOT NULL,
    attempts  INTEGER NOT NULL,
    status    TEXT NOT NULL,
    saved_at  INTEGER NOT NULL,
    late      INTEGER NOT NULL,
    cause     TEXT NOT NULL,
    PRIMARY KEY (open_time, stream_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (
    stream_id    INTEGER NOT NULL,
    open_time    INTEGER NOT NULL,
    cause        TEXT NOT NULL,
    exchange_gap INTEGER NOT NULL,
    logged_at    INTEGER NOT NULL,
    filled_at    INTEGER NOT NULL,
    PRIMARY KEY (open_time, stream_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX gaps_by_stream ON gaps (stream_id, open_time);

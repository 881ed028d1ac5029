-- SPDX-License-Identifier: Apache-2.0
-- From a raw signal to money: what a strategy wanted, how the gate judged it, what was ordered and
-- filled, and what a portfolio holds.
CREATE TABLE raw_signals (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    portfolio_id   INTEGER NOT NULL REFERENCES portfolios (id),
    stream_id      INTEGER NOT NULL REFERENCES streams (id),
    strategy_id    INTEGER NOT NULL REFERENCES strategies (id),
    candle_time    INTEGER NOT NULL,
    action         TEXT NOT NULL,
    price          REAL NOT NULL,
    reason         TEXT NOT NULL,
    qty            REAL,
    qty_percent    REAL,
    equity_percent REAL,
    cash_amount    REAL,
    created_at     INTEGER NOT NULL,
    judged         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (portfolio_id, stream_id, strategy_id, candle_time, action)
) STRICT;
CREATE INDEX raw_signals_unjudged ON raw_signals (id) WHERE judged = 0;

CREATE TABLE signal_queue (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    signal_id INTEGER NOT NULL UNIQUE REFERENCES raw_signals (id),
    status    TEXT NOT NULL CHECK (status IN ('APPROVED', 'REJECTED')),
    reason    TEXT NOT NULL,
    is_buy    INTEGER NOT NULL,
    qty       TEXT NOT NULL,
    notional  TEXT NOT NULL,
    queued_at INTEGER NOT NULL,
    order_id  INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX signal_queue_open ON signal_queue (id) WHERE status = 'APPROVED' AND order_id = 0;

CREATE TABLE verdicts (
    queue_id   INTEGER NOT NULL REFERENCES signal_queue (id),
    number     INTEGER NOT NULL,
    name       TEXT NOT NULL,
    measured   TEXT NOT NULL,
    limit_text TEXT NOT NULL,
    pass       INTEGER NOT NULL,
    PRIMARY KEY (queue_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE orders (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    queue_id     INTEGER NOT NULL REFERENCES signal_queue (id),
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    client_id    TEXT NOT NULL UNIQUE,
    base         TEXT NOT NULL,
    quote        TEXT NOT NULL,
    is_buy       INTEGER NOT NULL,
    is_paper     INTEGER NOT NULL,
    qty          TEXT NOT NULL,
    limit_price  TEXT NOT NULL,
    state        TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_queue ON orders (queue_id);
CREATE INDEX orders_open ON orders (id) WHERE state IN ('INTENT', 'SENT', 'UNKNOWN', 'OPEN');

CREATE TABLE order_events (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL,
    text     TEXT NOT NULL
) STRICT;
CREATE INDEX order_events_by_order ON order_events (order_id);

CREATE TABLE fills (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    number   INTEGER NOT NULL,
    price    TEXT NOT NULL,
    qty      TEXT NOT NULL,
    fee      TEXT NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (order_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE positions (
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    base         TEXT NOT NULL,
    quote        TEXT NOT NULL,
    qty          TEXT NOT NULL,
    cost         TEXT NOT NULL,
    realised     TEXT NOT NULL,
    last_price   TEXT NOT NULL,
    price_at     INTEGER NOT NULL,
    PRIMARY KEY (portfolio_id, base, quote)
) STRICT, WITHOUT ROWID;
CREATE INDEX positions_by_pair ON positions (base, quote);

CREATE TABLE equity (
    portfolio_id INTEGER NOT NULL REFERENCES portfolios (id),
    at           INTEGER NOT NULL,
    cash         TEXT NOT NULL,
    equity       TEXT NOT NULL,
    PRIMARY KEY (portfolio_id, at)
) STRICT, WITHOUT ROWID;

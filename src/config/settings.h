// SPDX-License-Identifier: Apache-2.0
// The one table of settings. The enum of keys, the typed getters, the checks, `oracle config` and
// docs/settings.md all come from it.
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

// X(id, section, name, type, default, low, high, flags, text)
//   type   STRING PATH URL ENUM INT SIZE BOOL DURATION DOUBLE DECIMAL TIME
//   low    smallest allowed value as a user would write it ("" = none); for ENUM the choices "a|b"
//   high   largest allowed value ("" = none)
//   flags  0, SECRET (never shown), RELOAD (SIGHUP takes it over), REQUIRED (not empty)
//
// The default base_url is Binance's data-only host: it serves every endpoint the hub's public data
// path asks for (time, exchangeInfo, klines, depth, bookTicker, ticker/24hr) and no account or
// order endpoint, so a mistake cannot trade there.
// One setting a timeframe, in the order of enum timeframe; read as
// CFG_RETENTION_CANDLES_M1_IS_INT + timeframe. 1mo is 1M: environment variables know no case.
#define CONFIG_RETENTION_CANDLES(X, id, name, code)                                                \
    X(RETENTION_CANDLES_##id, "retention", name, INT, "0", "0", "100000000", RELOAD,               \
      "Newest " code " candles kept of each stream; 0 keeps all. Never fewer than bootstrap and "  \
      "strategies need.")

#define CONFIG_SETTINGS(X)                                                                         \
    X(EXCHANGE_NAME, "exchange", "name", STRING, "binance", "", "", REQUIRED,                      \
      "Exchange that streams are polled from when none is named.")                                 \
    X(BINANCE_BASE_URL, "exchange.binance", "base_url", URL, "https://data-api.binance.vision",    \
      "", "", REQUIRED,                                                                            \
      "Address of the REST interface; https://api.binance.com serves the same public data.")       \
    X(BINANCE_WEIGHT_SHARE, "exchange.binance", "weight_share", INT, "80", "1", "100", RELOAD,     \
      "Percent of the server's request weight per minute that the hub allows itself.")             \
    X(BINANCE_REQUEST_TIMEOUT, "exchange.binance", "request_timeout", DURATION, "10s", "100ms",    \
      "2m", RELOAD, "A request that has no complete answer after this time has failed.")           \
    X(BINANCE_CONNECT_TIMEOUT, "exchange.binance", "connect_timeout", DURATION, "5s", "100ms",     \
      "1m", RELOAD, "A connection that does not stand after this time has failed.")                \
    X(BINANCE_CONNECTIONS, "exchange.binance", "connections", INT, "16", "1", "256", 0,            \
      "Most connections kept open to the exchange.")                                               \
    X(BINANCE_HTTP2, "exchange.binance", "http2", BOOL, "true", "", "", 0,                         \
      "Use HTTP/2 where the server offers it.")                                                    \
    X(BINANCE_VERIFY_TLS, "exchange.binance", "verify_tls", BOOL, "true", "", "", 0,               \
      "Check the server's certificate; switch off only for a test server of your own.")            \
    X(BINANCE_MAX_REPLY, "exchange.binance", "max_reply", SIZE, "64M", "1M", "1G", 0,              \
      "A longer answer is refused unread.")                                                        \
    X(SCHEDULER_CLOSE_DELAY, "scheduler", "close_delay", DURATION, "5s", "1ms", "50s", RELOAD,     \
      "Pause between a candle's close and the first request for it, in exchange time.")            \
    X(SCHEDULER_RETRY_INTERVAL, "scheduler", "retry_interval", DURATION, "5m", "1s", "1d", RELOAD, \
      "Pause between tries for a candle that failed; windows under 15 minutes use a fifth of "     \
      "the window instead.")                                                                       \
    X(BOOTSTRAP_CANDLES, "bootstrap", "candles", INT, "500", "1", "100000", RELOAD,                \
      "Closed candles fetched when a stream is added; a strategy's warm-up may ask for more.")     \
    X(HUB_DATA_DIR, "hub", "data_dir", PATH, "", "", "", 0,                                        \
      "Folder of the database and the sockets; empty means the user's own data folder.")           \
    X(HUB_ANALYSTS, "hub", "analysts", INT, "0", "0", "256", 0,                                    \
      "Analyst processes; 0 means one for each processor core.")                                   \
    X(HUB_MAX_STREAMS, "hub", "max_streams", INT, "10000", "1", "100000", 0,                       \
      "Most streams that the watchlist may hold.")                                                 \
    X(HUB_LOG_LEVEL, "hub", "log_level", ENUM, "info", "error|warn|info|debug", "", RELOAD,        \
      "How much is logged.")                                                                       \
    X(HUB_LOG_FORMAT, "hub", "log_format", ENUM, "logfmt", "logfmt|json|journal", "", 0,           \
      "Shape of a log line; journal is logfmt with the priority prefix that systemd reads.")       \
    X(HUB_DEFAULT_QUOTE, "hub", "default_quote", STRING, "USDT", "", "", REQUIRED | RELOAD,        \
      "Quote asset of a pair that is named by its base alone (VET means VET/USDT).")               \
    X(HUB_HEARTBEAT_INTERVAL, "hub", "heartbeat_interval", DURATION, "1s", "100ms", "1m", 0,       \
      "How often each agent tells the commander that it is alive (real time).")                    \
    X(HUB_HANG_TIMEOUT, "hub", "hang_timeout", DURATION, "15s", "500ms", "10m", 0,                 \
      "An agent silent for this long (real time) is killed and started again.")                    \
    X(HUB_START_TIMEOUT, "hub", "start_timeout", DURATION, "5m", "1s", "1h", 0,                    \
      "An agent not ready after this long (real time) is killed and started again; opening a "     \
      "large store or upgrading it takes time.")                                                   \
    X(HUB_RESTART_BACKOFF_MIN, "hub", "restart_backoff_min", DURATION, "200ms", "10ms", "10m", 0,  \
      "Pause before the first restart of an agent; it doubles with each further one.")             \
    X(HUB_RESTART_BACKOFF_MAX, "hub", "restart_backoff_max", DURATION, "30s", "10ms", "1h", 0,     \
      "Longest pause before a restart.")                                                           \
    X(HUB_STOP_TIMEOUT, "hub", "stop_timeout", DURATION, "5s", "500ms", "5m", 0,                   \
      "Time the agents have to end by themselves when the hub stops.")                             \
    X(HUB_SPEED, "hub", "speed", DOUBLE, "1", "0.01", "100000", 0,                                 \
      "How many times faster than real time the exchange's clock runs; other than 1 only on a "    \
      "practice exchange.")                                                                        \
    X(HUB_CLOCK_INTERVAL, "hub", "clock_interval", DURATION, "10m", "1s", "1d", RELOAD,            \
      "How often exchange time is measured again (real time).")                                    \
    X(STORE_BACKEND, "store", "backend", ENUM, "sqlite", "sqlite|postgres", "", 0,                 \
      "Database: files in data_dir, or a PostgreSQL server.")                                      \
    X(STORE_URL, "store", "url", STRING, "", "", "", SECRET,                                       \
      "PostgreSQL address (postgresql://user:password@host:port/database).")                       \
    X(STORE_BATCH_MAX, "store", "batch_max", INT, "2000", "1", "100000", 0,                        \
      "Most rows written in one transaction.")                                                     \
    X(STORE_CACHE_SIZE, "store", "cache_size", SIZE, "4M", "256K", "4G", 0,                        \
      "Page cache of each database file that the architect, its only writer, has open; readers "   \
      "keep theirs small.")                                                                        \
    CONFIG_RETENTION_CANDLES(X, M1, "candles_1m", "1m")                                            \
    CONFIG_RETENTION_CANDLES(X, M3, "candles_3m", "3m")                                            \
    CONFIG_RETENTION_CANDLES(X, M5, "candles_5m", "5m")                                            \
    CONFIG_RETENTION_CANDLES(X, M15, "candles_15m", "15m")                                         \
    CONFIG_RETENTION_CANDLES(X, M30, "candles_30m", "30m")                                         \
    CONFIG_RETENTION_CANDLES(X, H1, "candles_1h", "1h")                                            \
    CONFIG_RETENTION_CANDLES(X, H2, "candles_2h", "2h")                                            \
    CONFIG_RETENTION_CANDLES(X, H4, "candles_4h", "4h")                                            \
    CONFIG_RETENTION_CANDLES(X, H6, "candles_6h", "6h")                                            \
    CONFIG_RETENTION_CANDLES(X, H8, "candles_8h", "8h")                                            \
    CONFIG_RETENTION_CANDLES(X, H12, "candles_12h", "12h")                                         \
    CONFIG_RETENTION_CANDLES(X, D1, "candles_1d", "1d")                                            \
    CONFIG_RETENTION_CANDLES(X, D3, "candles_3d", "3d")                                            \
    CONFIG_RETENTION_CANDLES(X, W1, "candles_1w", "1w")                                            \
    CONFIG_RETENTION_CANDLES(X, MN1, "candles_1mo", "1M")                                          \
    X(RETENTION_LEDGER, "retention", "ledger", DURATION, "0s", "0s", "", RELOAD,                   \
      "Settled rows of the ledger, and filled gaps, older than this go (exchange time); 0s keeps " \
      "all.")                                                                                      \
    X(RETENTION_EVENTS, "retention", "events", DURATION, "90d", "0s", "", RELOAD,                  \
      "Events older than this go (exchange time); 0s keeps all.")                                  \
    X(RETENTION_EQUITY, "retention", "equity", DURATION, "0s", "0s", "", RELOAD,                   \
      "Points of a portfolio's equity older than this go (exchange time); 0s keeps all.")          \
    X(GATE_MAX_SPREAD_BPS, "gate", "max_spread_bps", DECIMAL, "50", "0", "10000", RELOAD,          \
      "Largest spread between best bid and ask, in hundredths of a percent of the middle.")        \
    X(GATE_MIN_VOLUME_24H, "gate", "min_volume_24h", DECIMAL, "100000", "0", "", RELOAD,           \
      "Smallest turnover of the last 24 hours, in the quote asset.")                               \
    X(GATE_MAX_DEPTH_SHARE, "gate", "max_depth_share", DECIMAL, "20", "0.01", "100", RELOAD,       \
      "Largest percent of the order book within max_slippage_bps that one order may take.")        \
    X(GATE_MAX_SLIPPAGE_BPS, "gate", "max_slippage_bps", DECIMAL, "30", "0", "10000", RELOAD,      \
      "How far from the best price the book is counted as depth and an order may fill.")           \
    X(GATE_MAX_SIGNAL_AGE, "gate", "max_signal_age", DURATION, "60s", "1s", "1d", RELOAD,          \
      "An older signal is rejected; counted from the candle's close in exchange time.")            \
    X(GATE_MARKET_DATA_TIMEOUT, "gate", "market_data_timeout", DURATION, "5s", "100ms", "2m",      \
      RELOAD, "Without live market data inside this time (real time) a signal is rejected.")       \
    X(GATE_MAX_EXPOSURE_PAIR, "gate", "max_exposure_pair", DECIMAL, "25", "0", "100", RELOAD,      \
      "Largest percent of a portfolio's equity held in one pair.")                                 \
    X(GATE_MAX_EXPOSURE_PORTFOLIO, "gate", "max_exposure_portfolio", DECIMAL, "100", "0", "100",   \
      RELOAD, "Largest percent of a portfolio's equity held in all pairs together.")               \
    X(PAPER_INITIAL_BALANCE, "paper", "initial_balance", DECIMAL, "10000", "0", "", RELOAD,        \
      "Balance of a new paper portfolio, in the default quote asset.")                             \
    X(PAPER_FEE_BPS, "paper", "fee_bps", DECIMAL, "10", "0", "1000", RELOAD,                       \
      "Fee of a paper fill, in hundredths of a percent of its value.")                             \
    X(PORTFOLIO_ORDER_SIZE, "portfolio", "order_size", DECIMAL, "5", "0.01", "100", RELOAD,        \
      "Size of an order whose strategy names none, in percent of the portfolio's equity.")         \
    X(PRACTICE_LISTEN, "practice", "listen", STRING, "127.0.0.1", "", "", REQUIRED,                \
      "Address on which the practice exchange listens.")                                           \
    X(PRACTICE_PORT, "practice", "port", INT, "8778", "0", "65535", 0,                             \
      "Port of the practice exchange; 0 takes a free one.")                                        \
    X(PRACTICE_PAIRS, "practice", "pairs", INT, "60", "1", "10000", 0,                             \
      "Pairs of the generated market.")                                                            \
    X(PRACTICE_SEED, "practice", "seed", INT, "1", "0", "", 0,                                     \
      "Seed of the generated market; the same seed gives the same prices.")                        \
    X(PRACTICE_DATA, "practice", "data", PATH, "", "", "", 0,                                      \
      "Folder of recorded candles to replay; empty means a generated market.")                     \
    X(PRACTICE_START, "practice", "start", TIME, "", "", "", 0,                                    \
      "Exchange time at which the practice exchange begins; empty leaves it to the data.")         \
    X(PRACTICE_SPEED, "practice", "speed", DOUBLE, "1", "0.01", "100000", 0,                       \
      "How many times faster than real time the practice exchange runs.")                          \
    X(PRACTICE_WEIGHT_LIMIT, "practice", "weight_limit", INT, "6000", "1", "100000000", 0,         \
      "Request weight per minute of exchange time that the practice exchange grants.")             \
    X(CONTROL_SOCKET, "control", "socket", PATH, "", "", "", 0,                                    \
      "Socket by which the command line reaches a running hub; empty means one in data_dir.")

#endif

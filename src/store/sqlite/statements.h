// SPDX-License-Identifier: Apache-2.0
// Every SQL statement of the back end, one row each: name and text. The parameters are bound, and
// the columns read, in the order in which they stand here.
#ifndef STORE_SQLITE_STATEMENTS_H
#define STORE_SQLITE_STATEMENTS_H

#define MARKET_COLUMNS                                                                             \
    "base, quote, symbol, status, base_precision, quote_precision, spot_allowed, market_orders, "  \
    "tick_size, min_price, max_price, lot_step, min_qty, max_qty, market_lot_step, "               \
    "market_min_qty, market_max_qty, min_notional, max_notional, min_notional_market, "            \
    "max_notional_market"
#define PORTFOLIO_COLUMNS                                                                          \
    "id, name, quote, mode, initial_balance, order_size_percent, max_exposure_pair, "              \
    "max_exposure_total, fee_bps, cash, created_at"
#define STREAM_COLUMNS                                                                             \
    "id, exchange, base, quote, timeframe, paused, added_at, first_due, origin, analysed_to, "     \
    "state, state_text, EXISTS (SELECT 1 FROM portfolio_entries AS e WHERE e.stream_id = s.id)"
#define LEDGER_COLUMNS                                                                             \
    "l.stream_id, s.base, s.quote, s.timeframe, l.open_time, l.due_at, l.attempts, l.status, "     \
    "l.saved_at, l.late, l.cause"
#define GAP_COLUMNS                                                                                \
    "g.stream_id, s.base, s.quote, s.timeframe, g.open_time, g.cause, g.exchange_gap, "            \
    "g.logged_at, g.filled_at"
#define SIGNAL_COLUMNS                                                                             \
    "r.id, r.stream_id, r.portfolio_id, r.strategy_id, s.base, s.quote, s.timeframe, "             \
    "r.candle_time, r.action, r.price, r.reason, r.qty, r.qty_percent, r.equity_percent, "         \
    "r.cash_amount, st.name, p.name, r.created_at, r.judged"
#define SIGNAL_JOINS                                                                               \
    "CROSS JOIN streams AS s ON s.id = r.stream_id "                                               \
    "CROSS JOIN strategies AS st ON st.id = r.strategy_id "                                        \
    "CROSS JOIN portfolios AS p ON p.id = r.portfolio_id "
#define SIGNAL_IN_RANGE                                                                            \
    "(?2 = 0 OR r.stream_id = ?2) AND r.candle_time >= ?3 AND r.candle_time < ?4 "
#define QUEUE_COLUMNS                                                                              \
    SIGNAL_COLUMNS                                                                                 \
    ", q.id, q.status, q.reason, q.is_buy, q.qty, q.notional, q.queued_at, q.order_id"
#define ORDER_COLUMNS                                                                              \
    "id, queue_id, portfolio_id, client_id, base, quote, is_buy, is_paper, qty, limit_price, "     \
    "state, created_at"
#define CANDLE_VALUES                                                                              \
    "open, high, low, close, volume, quote_volume, trades, saved_at, source, late, revised"

// X(name, text)
#define HUB_STATEMENTS(X)                                                                          \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(PART_BEGIN, "SAVEPOINT part")                                                                \
    X(PART_RELEASE, "RELEASE part")                                                                \
    X(META_GET, "SELECT value FROM meta WHERE key = ?")                                            \
    X(META_PUT, "INSERT INTO meta (key, value) VALUES (?, ?) "                                     \
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value")                          \
    X(SHARD_GET, "SELECT burst FROM shards WHERE timeframe = ?")                                   \
    X(SHARD_PUT, "INSERT INTO shards (timeframe, burst) VALUES (?, ?) "                            \
                 "ON CONFLICT (timeframe) DO UPDATE SET burst = excluded.burst")                   \
    X(SHARD_HEAL, "UPDATE streams SET state = 'healing', state_text = ?2 "                         \
                  "WHERE timeframe = ?1 AND state = 'live'")                                       \
                                                                                                   \
    X(EXCHANGE_PUT, "INSERT INTO exchanges (name, refreshed_at) VALUES (?, ?) ON CONFLICT (name) " \
                    "DO UPDATE SET refreshed_at = max(refreshed_at, excluded.refreshed_at)")       \
    X(EXCHANGE_GET, "SELECT refreshed_at FROM exchanges WHERE name = ?")                           \
    X(MARKET_PUT, "INSERT OR REPLACE INTO markets (exchange, " MARKET_COLUMNS ", seen_at) VALUES " \
                  "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")         \
    X(MARKET_GET,                                                                                  \
      "SELECT " MARKET_COLUMNS " FROM markets WHERE exchange = ? AND base = ? AND quote = ?")      \
    X(MARKET_EACH,                                                                                 \
      "SELECT " MARKET_COLUMNS " FROM markets WHERE exchange = ? ORDER BY base, quote")            \
                                                                                                   \
    X(PORTFOLIO_INSERT,                                                                            \
      "INSERT INTO portfolios (name, quote, mode, initial_balance, order_size_percent, "           \
      "max_exposure_pair, max_exposure_total, fee_bps, cash, created_at) "                         \
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                                                     \
    X(PORTFOLIO_UPDATE,                                                                            \
      "UPDATE portfolios SET name = ?, quote = ?, mode = ?, initial_balance = ?, "                 \
      "order_size_percent = ?, max_exposure_pair = ?, max_exposure_total = ?, fee_bps = ? "        \
      "WHERE id = ? AND removed = 0")                                                              \
    X(PORTFOLIO_SET_CASH, "UPDATE portfolios SET cash = ?2 WHERE id = ?1")                         \
    X(PORTFOLIO_IN_USE,                                                                            \
      "SELECT EXISTS (SELECT 1 FROM portfolio_entries WHERE portfolio_id = ?1) OR EXISTS "         \
      "(SELECT 1 FROM positions WHERE portfolio_id = ?1 AND trim(qty, '0.') <> '')")               \
    X(PORTFOLIO_REMOVE, "UPDATE portfolios SET removed = 1 WHERE id = ? AND removed = 0")          \
    X(PORTFOLIO_FIND,                                                                              \
      "SELECT " PORTFOLIO_COLUMNS " FROM portfolios WHERE name = ? AND removed = 0")               \
    X(PORTFOLIO_GET, "SELECT " PORTFOLIO_COLUMNS " FROM portfolios WHERE id = ? AND removed = 0")  \
    X(PORTFOLIO_EACH,                                                                              \
      "SELECT " PORTFOLIO_COLUMNS " FROM portfolios WHERE removed = 0 ORDER BY id")                \
    X(PORTFOLIO_CASH, "SELECT cash FROM portfolios WHERE id = ?")                                  \
                                                                                                   \
    X(STRATEGY_INSERT,                                                                             \
      "INSERT INTO strategies (name, hash, source, added_at) VALUES (?, ?, ?, ?) "                 \
      "ON CONFLICT (hash, name) DO NOTHING")                                                       \
    X(STRATEGY_FIND, "SELECT id FROM strategies WHERE name = ? AND hash = ?")                      \
    X(STRATEGY_GET, "SELECT id, name, hash, added_at, source FROM strategies WHERE id = ?")        \
                                                                                                   \
    X(STREAM_INSERT, "INSERT INTO streams (exchange, base, quote, timeframe, added_at) "           \
                     "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")                              \
    X(STREAM_FIND, "SELECT " STREAM_COLUMNS " FROM streams AS s "                                  \
                   "WHERE exchange = ? AND base = ? AND quote = ? AND timeframe = ?")              \
    X(STREAM_GET, "SELECT " STREAM_COLUMNS " FROM streams AS s WHERE id = ?")                      \
    X(STREAM_EACH, "SELECT " STREAM_COLUMNS " FROM streams AS s WHERE ?1 = 0 OR EXISTS "           \
                   "(SELECT 1 FROM portfolio_entries AS e WHERE e.stream_id = s.id) ORDER BY id")  \
    X(STREAM_SET_PAUSED, "UPDATE streams SET paused = ? WHERE id = ?")                             \
    X(STREAM_SET_STATE, "UPDATE streams SET state = ?, state_text = ? WHERE id = ?")               \
    X(STREAM_SET_ORIGIN, "UPDATE streams SET origin = ? WHERE id = ?")                             \
    X(STREAM_SET_FIRST_DUE, "UPDATE streams SET first_due = ? WHERE id = ?")                       \
    X(STREAM_SET_ANALYSED, "UPDATE streams SET analysed_to = max(analysed_to, ?) WHERE id = ?")    \
    X(STREAM_TIMEFRAME, "SELECT timeframe FROM streams WHERE id = ?")                              \
                                                                                                   \
    X(ENTRY_INSERT, "INSERT INTO portfolio_entries (portfolio_id, stream_id, added_at) "           \
                    "VALUES (?, ?, ?) ON CONFLICT DO NOTHING")                                     \
    X(ENTRY_FIND, "SELECT id FROM portfolio_entries WHERE portfolio_id = ? AND stream_id = ?")     \
    X(ENTRY_REMOVE, "DELETE FROM portfolio_entries WHERE portfolio_id = ? AND stream_id = ?")      \
    X(ENTRY_EACH, "SELECT e.id, e.portfolio_id, e.stream_id, p.name FROM portfolio_entries AS e "  \
                  "JOIN portfolios AS p ON p.id = e.portfolio_id "                                 \
                  "WHERE ?1 = 0 OR e.stream_id = ?1 ORDER BY e.id")                                \
    X(ENTRY_STRATEGY_PUT,                                                                          \
      "INSERT INTO entry_strategies (entry_id, name, strategy_id, inputs, warmup) "                \
      "SELECT ?1, name, id, ?3, ?4 FROM strategies WHERE id = ?2 ON CONFLICT (entry_id, name) "    \
      "DO UPDATE SET strategy_id = excluded.strategy_id, inputs = excluded.inputs, "               \
      "warmup = excluded.warmup")                                                                  \
    X(ENTRY_STRATEGY_REMOVE, "DELETE FROM entry_strategies WHERE entry_id = ? AND name = ?")       \
    X(ENTRY_STRATEGY_EACH,                                                                         \
      "SELECT x.entry_id, e.portfolio_id, e.stream_id, x.strategy_id, x.name, x.inputs, x.warmup " \
      "FROM entry_strategies AS x JOIN portfolio_entries AS e ON e.id = x.entry_id "               \
      "WHERE ?1 = 0 OR e.stream_id = ?1 ORDER BY x.entry_id, x.name")                              \
                                                                                                   \
    X(LEDGER_PUT,                                                                                  \
      "INSERT INTO poll_ledger (open_time, stream_id, due_at, attempts, status, saved_at, late, "  \
      "cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (open_time, stream_id) DO UPDATE SET "   \
      "due_at = excluded.due_at, attempts = max(attempts, excluded.attempts), "                    \
      "cause = CASE WHEN excluded.cause = '' THEN cause ELSE excluded.cause END, "                 \
      "saved_at = CASE WHEN status = 'SAVED' THEN saved_at ELSE excluded.saved_at END, "           \
      "late = CASE WHEN status = 'SAVED' THEN late ELSE excluded.late END, "                       \
      "status = CASE WHEN status = 'SAVED' THEN status ELSE excluded.status END")                  \
    X(LEDGER_GET, "SELECT " LEDGER_COLUMNS " FROM poll_ledger AS l "                               \
                  "JOIN streams AS s ON s.id = l.stream_id WHERE l.open_time = ? AND "             \
                  "l.stream_id = ?")                                                               \
    X(LEDGER_BOUNDS, "SELECT coalesce((SELECT min(open_time) FROM poll_ledger), 0), "              \
                     "coalesce((SELECT max(open_time) FROM poll_ledger), -1)")                     \
    X(LEDGER_START, "SELECT open_time, stream_id FROM poll_ledger WHERE open_time >= ? AND "       \
                    "open_time < ? ORDER BY open_time DESC, stream_id DESC LIMIT 1 OFFSET ?")      \
    X(LEDGER_EACH, "SELECT " LEDGER_COLUMNS " FROM poll_ledger AS l "                              \
                   "CROSS JOIN streams AS s ON s.id = l.stream_id "                                \
                   "WHERE (l.open_time, l.stream_id) >= (?, ?) AND l.open_time < ? "               \
                   "ORDER BY l.open_time, l.stream_id")                                            \
    X(GAP_PUT, "INSERT INTO gaps (stream_id, open_time, cause, exchange_gap, logged_at, "          \
               "filled_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (open_time, stream_id) DO "       \
               "UPDATE SET exchange_gap = max(exchange_gap, excluded.exchange_gap), "              \
               "cause = CASE WHEN excluded.exchange_gap > exchange_gap OR cause = '' "             \
               "THEN excluded.cause ELSE cause END, "                                              \
               "filled_at = CASE WHEN filled_at = 0 THEN excluded.filled_at ELSE filled_at END")   \
    X(GAP_FILL, "UPDATE gaps SET filled_at = ?3 "                                                  \
                "WHERE stream_id = ?1 AND open_time = ?2 AND filled_at = 0")                       \
    X(GAP_START, "SELECT open_time, stream_id FROM gaps WHERE open_time >= ? AND "                 \
                 "open_time < ? ORDER BY open_time DESC, stream_id DESC LIMIT 1 OFFSET ?")         \
    X(GAP_START_OF_STREAM, "SELECT open_time, stream_id FROM gaps WHERE open_time >= ?1 AND "      \
                           "open_time < ?2 AND stream_id = ?4 "                                    \
                           "ORDER BY open_time DESC LIMIT 1 OFFSET ?3")                            \
    X(GAP_EACH, "SELECT " GAP_COLUMNS " FROM gaps AS g "                                           \
                "CROSS JOIN streams AS s ON s.id = g.stream_id "                                   \
                "WHERE (g.open_time, g.stream_id) >= (?, ?) AND g.open_time < ? "                  \
                "ORDER BY g.open_time, g.stream_id")                                               \
    X(GAP_EACH_OF_STREAM, "SELECT " GAP_COLUMNS " FROM gaps AS g "                                 \
                          "CROSS JOIN streams AS s ON s.id = g.stream_id "                         \
                          "WHERE g.stream_id = ?2 AND g.open_time >= ?1 AND g.open_time < ?3 "     \
                          "ORDER BY g.open_time")                                                  \
    X(GAP_OF_EXCHANGE, "SELECT open_time FROM gaps WHERE stream_id = ? AND open_time >= ? AND "    \
                       "open_time < ? AND exchange_gap = 1 ORDER BY open_time")                    \
                                                                                                   \
    X(SIGNAL_INSERT, "INSERT INTO raw_signals (portfolio_id, stream_id, strategy_id, "             \
                     "candle_time, action, price, "                                                \
                     "reason, qty, qty_percent, equity_percent, cash_amount, created_at) "         \
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")         \
    X(SIGNAL_FIND, "SELECT id FROM raw_signals WHERE portfolio_id = ? AND stream_id = ? AND "      \
                   "strategy_id = ? AND candle_time = ? AND action = ?")                           \
    X(SIGNAL_START, "SELECT id FROM raw_signals WHERE id > ?1 AND (?2 = 0 OR stream_id = ?2) AND " \
                    "candle_time >= ?3 AND candle_time < ?4 ORDER BY id DESC LIMIT 1 OFFSET ?5")   \
    X(SIGNAL_EACH, "SELECT " SIGNAL_COLUMNS " FROM raw_signals AS r " SIGNAL_JOINS                 \
                   "WHERE r.id > ?1 AND " SIGNAL_IN_RANGE "ORDER BY r.id")                         \
    X(SIGNAL_START_UNJUDGED,                                                                       \
      "SELECT id FROM raw_signals WHERE judged = 0 AND id > ?1 AND "                               \
      "(?2 = 0 OR stream_id = ?2) AND candle_time >= ?3 AND candle_time < ?4 "                     \
      "ORDER BY id DESC LIMIT 1 OFFSET ?5")                                                        \
    X(SIGNAL_EACH_UNJUDGED,                                                                        \
      "SELECT " SIGNAL_COLUMNS " FROM raw_signals AS r " SIGNAL_JOINS                              \
      "WHERE r.judged = 0 AND r.id > ?1 AND " SIGNAL_IN_RANGE "ORDER BY r.id")                     \
    X(SIGNAL_JUDGED, "UPDATE raw_signals SET judged = 1 WHERE id = ?")                             \
    X(QUEUE_INSERT, "INSERT INTO signal_queue (signal_id, status, reason, is_buy, qty, notional, " \
                    "queued_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")              \
    X(QUEUE_FIND, "SELECT id FROM signal_queue WHERE signal_id = ?")                               \
    X(QUEUE_SET_ORDER, "UPDATE signal_queue SET order_id = ? WHERE id = ?")                        \
    X(QUEUE_START, "SELECT q.id FROM signal_queue AS q "                                           \
                   "CROSS JOIN raw_signals AS r ON r.id = q.signal_id "                            \
                   "WHERE q.id > ?1 AND " SIGNAL_IN_RANGE "ORDER BY q.id DESC LIMIT 1 OFFSET ?5")  \
    X(QUEUE_EACH, "SELECT " QUEUE_COLUMNS " FROM signal_queue AS q "                               \
                  "CROSS JOIN raw_signals AS r ON r.id = q.signal_id " SIGNAL_JOINS                \
                  "WHERE q.id > ?1 AND " SIGNAL_IN_RANGE "ORDER BY q.id")                          \
    X(QUEUE_EACH_OPEN, "SELECT " QUEUE_COLUMNS " FROM signal_queue AS q "                          \
                       "CROSS JOIN raw_signals AS r ON r.id = q.signal_id " SIGNAL_JOINS           \
                       "WHERE q.status = 'APPROVED' AND q.order_id = 0 ORDER BY q.id")             \
    X(VERDICT_INSERT, "INSERT INTO verdicts (queue_id, number, name, measured, limit_text, pass) " \
                      "VALUES (?, ?, ?, ?, ?, ?)")                                                 \
    X(VERDICT_EACH, "SELECT name, measured, limit_text, pass FROM verdicts WHERE queue_id = ? "    \
                    "ORDER BY number")                                                             \
                                                                                                   \
    X(ORDER_INSERT, "INSERT INTO orders (queue_id, portfolio_id, client_id, base, quote, is_buy, " \
                    "is_paper, qty, limit_price, state, created_at) "                              \
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                                    \
    X(ORDER_GET, "SELECT " ORDER_COLUMNS " FROM orders WHERE id = ?")                              \
    X(ORDER_EACH,                                                                                  \
      "SELECT " ORDER_COLUMNS " FROM orders WHERE ?1 = 0 OR portfolio_id = ?1 ORDER BY id")        \
    X(ORDER_EACH_OPEN, "SELECT " ORDER_COLUMNS " FROM orders WHERE state IN "                      \
                       "('INTENT', 'SENT', 'UNKNOWN', 'OPEN') AND "                                \
                       "(?1 = 0 OR portfolio_id = ?1) ORDER BY id")                                \
    X(ORDER_SET_STATE, "UPDATE orders SET state = ? WHERE id = ?")                                 \
    X(ORDER_EVENT, "INSERT INTO order_events (order_id, at, state, text) VALUES (?, ?, ?, ?)")     \
    X(FILL_INSERT, "INSERT INTO fills (order_id, number, price, qty, fee, at) "                    \
                   "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")                             \
    X(FILL_EACH, "SELECT qty FROM fills WHERE order_id = ? ORDER BY number")                       \
    X(FILL_EACH_ALL,                                                                               \
      "SELECT f.order_id, o.portfolio_id, r.stream_id, f.number, t.name, o.base, o.quote, "        \
      "o.is_buy, f.price, f.qty, f.fee, f.at FROM fills AS f JOIN orders AS o "                    \
      "ON o.id = f.order_id JOIN signal_queue AS q ON q.id = o.queue_id JOIN raw_signals AS r "    \
      "ON r.id = q.signal_id JOIN strategies AS t ON t.id = r.strategy_id "                        \
      "WHERE ?1 = 0 OR o.portfolio_id = ?1 ORDER BY f.order_id, f.number")                         \
    X(POSITION_GET, "SELECT base, quote, qty, cost, realised, last_price FROM positions "          \
                    "WHERE portfolio_id = ? AND base = ? AND quote = ?")                           \
    X(POSITION_PUT, "INSERT OR REPLACE INTO positions (portfolio_id, base, quote, qty, cost, "     \
                    "realised, last_price, price_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")             \
    X(POSITION_EACH, "SELECT portfolio_id, base, quote, qty, cost, realised, last_price "          \
                     "FROM positions WHERE ?1 = 0 OR portfolio_id = ?1 "                           \
                     "ORDER BY portfolio_id, base, quote")                                         \
    X(POSITION_MARK, "UPDATE positions SET last_price = ?, price_at = ? "                          \
                     "WHERE base = ? AND quote = ?")                                               \
    X(EQUITY_PUT, "INSERT OR REPLACE INTO equity (portfolio_id, at, cash, equity) "                \
                  "VALUES (?, ?, ?, ?)")                                                           \
                                                                                                   \
    X(AGENT_PUT, "INSERT OR REPLACE INTO agents (name, state, pid, restarts, last_work, "          \
                 "updated_at) VALUES (?, ?, ?, ?, ?, ?)")                                          \
    X(AGENT_EACH, "SELECT name, state, pid, restarts, last_work, updated_at FROM agents "          \
                  "ORDER BY name")                                                                 \
    X(EVENT_INSERT, "INSERT INTO events (at, agent, level, text) VALUES (?, ?, ?, ?)")             \
    X(EVENT_START, "SELECT id FROM events WHERE id > ? AND at >= ? AND at < ? "                    \
                   "ORDER BY id DESC LIMIT 1 OFFSET ?")                                            \
    X(EVENT_EACH, "SELECT id, at, agent, level, text FROM events WHERE id > ? AND "                \
                  "at >= ? AND at < ? ORDER BY id")                                                \
                                                                                                   \
    X(LEDGER_PRUNE,                                                                                \
      "DELETE FROM poll_ledger WHERE (open_time, stream_id) IN (SELECT open_time, stream_id "      \
      "FROM poll_ledger WHERE open_time < ?1 AND status NOT IN ('DUE', 'PENDING_RETRY') "          \
      "ORDER BY open_time, stream_id LIMIT ?2)")                                                   \
    X(GAP_PRUNE, "DELETE FROM gaps WHERE (open_time, stream_id) IN (SELECT open_time, stream_id "  \
                 "FROM gaps WHERE open_time < ?1 AND filled_at > 0 "                               \
                 "ORDER BY open_time, stream_id LIMIT ?2)")                                        \
    X(EVENT_PRUNE, "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ?1 "          \
                   "ORDER BY id LIMIT ?2)")                                                        \
    X(EQUITY_PRUNE, "DELETE FROM equity WHERE (portfolio_id, at) IN (SELECT portfolio_id, at "     \
                    "FROM equity AS e WHERE at < ?1 AND at < (SELECT max(n.at) FROM equity AS n "  \
                    "WHERE n.portfolio_id = e.portfolio_id) LIMIT ?2)")

#define SHARD_STATEMENTS(X)                                                                        \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(BURST_GET, "SELECT number FROM burst")                                                       \
    X(BURST_SET, "UPDATE burst SET number = ?")                                                    \
    X(UNDO_CLEAR, "DELETE FROM burst_undo")                                                        \
    X(UNDO_INSERT, "INSERT INTO burst_undo (keys) VALUES (?)")                                     \
    X(UNDO_EACH, "SELECT keys FROM burst_undo ORDER BY id DESC")                                   \
    X(STAT_ADD, "INSERT INTO stream_stats (stream, first_open, last_open, candle_count) "          \
                "VALUES (?, ?, ?, ?) ON CONFLICT (stream) DO UPDATE SET "                          \
                "first_open = min(first_open, excluded.first_open), "                              \
                "last_open = max(last_open, excluded.last_open), "                                 \
                "candle_count = candle_count + excluded.candle_count")                             \
    X(STAT_GET, "SELECT last_open, candle_count FROM stream_stats WHERE stream = ?")               \
    X(STAT_SHRINK, "UPDATE stream_stats SET candle_count = candle_count - ?2, "                    \
                   "first_open = coalesce((SELECT min(open_time) FROM candles "                    \
                   "WHERE stream = ?1), 0), last_open = coalesce((SELECT max(open_time) "          \
                   "FROM candles WHERE stream = ?1), 0) WHERE stream = ?1")                        \
    X(STAT_PRUNE, "DELETE FROM stream_stats WHERE stream = ? AND candle_count <= 0")               \
    X(STAT_EACH, "SELECT stream FROM stream_stats WHERE candle_count > ? ORDER BY stream")         \
                                                                                                   \
    X(CANDLE_INSERT, "INSERT INTO candles (stream, open_time, " CANDLE_VALUES ") "                 \
                     "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING")      \
    X(CANDLE_GET, "SELECT open, high, low, close, volume, quote_volume, trades FROM candles "      \
                  "WHERE stream = ? AND open_time = ?")                                            \
    X(CANDLE_KEEP_OLD,                                                                             \
      "INSERT INTO candle_revisions (stream, open_time, " CANDLE_VALUES ", replaced_at, burst) "   \
      "SELECT stream, open_time, " CANDLE_VALUES ", ?3, ?4 FROM candles "                          \
      "WHERE stream = ?1 AND open_time = ?2")                                                      \
    X(CANDLE_REVISE, "UPDATE candles SET open = ?, high = ?, low = ?, close = ?, volume = ?, "     \
                     "quote_volume = ?, trades = ?, revised = 1 "                                  \
                     "WHERE stream = ? AND open_time = ?")                                         \
    X(CANDLE_RESTORE, "INSERT OR REPLACE INTO candles (stream, open_time, " CANDLE_VALUES ") "     \
                      "SELECT stream, open_time, " CANDLE_VALUES " FROM candle_revisions "         \
                      "WHERE stream = ? AND open_time = ? ORDER BY id DESC LIMIT 1")               \
    X(REVISION_DROP,                                                                               \
      "DELETE FROM candle_revisions WHERE id = (SELECT max(id) FROM candle_revisions "             \
      "WHERE stream = ? AND open_time = ?)")                                                       \
    X(CANDLE_DELETE, "DELETE FROM candles WHERE stream = ? AND open_time = ?")                     \
    X(CANDLE_EACH, "SELECT open_time, open, high, low, close, volume, quote_volume, trades, "      \
                   "source, late, revised FROM candles "                                           \
                   "WHERE stream = ? AND open_time >= ? AND open_time < ? ORDER BY open_time")     \
    X(CANDLE_START, "SELECT min(open_time) FROM (SELECT open_time FROM candles WHERE stream = ? "  \
                    "AND open_time >= ? AND open_time < ? ORDER BY open_time DESC LIMIT ?)")       \
    X(CANDLE_COLUMNS, "SELECT 1 FROM candles WHERE stream = ? AND open_time >= ? AND "             \
                      "take_candle(open_time, open, high, low, close, volume) ORDER BY open_time") \
    X(CANDLE_BEFORE, "SELECT EXISTS (SELECT 1 FROM candles WHERE stream = ? AND open_time < ?)")   \
    X(CANDLE_TIMES, "SELECT open_time FROM candles "                                               \
                    "WHERE stream = ? AND open_time >= ? AND open_time < ? ORDER BY open_time")    \
    X(CANDLE_PRUNE, "DELETE FROM candles WHERE stream = ?1 AND open_time < (SELECT open_time "     \
                    "FROM candles WHERE stream = ?1 ORDER BY open_time DESC LIMIT 1 OFFSET ?2)")

enum sqlite__hub_statement {
#define X(name, text) HUB_##name,
    HUB_STATEMENTS(X)
#undef X
    HUB_STATEMENT_COUNT
};

enum sqlite__shard_statement {
#define X(name, text) SHARD_##name,
    SHARD_STATEMENTS(X)
#undef X
    SHARD_STATEMENT_COUNT
};

extern const char *const sqlite__hub_sql[];
extern const char *const sqlite__shard_sql[];

#endif

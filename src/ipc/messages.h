// SPDX-License-Identifier: Apache-2.0
// Every message between agents: ONE table from which the enum, the structs, the codecs, the list of
// who may send what to whom, and docs/messages.md come. Times are ms UTC of exchange time unless
// the name says otherwise; str fields point into the received frame and live as long as its
// handler.
#ifndef IPC_MESSAGES_H
#define IPC_MESSAGES_H

#include "base/clock.h"
#include "base/decimal.h"
#include "base/str.h"
#include "market/candle.h"
#include "market/pair.h"
#include "market/track.h"

#define IPC_VERSION 1

enum ipc_role {
    ROLE_COMMANDER,
    ROLE_ARCHITECT,
    ROLE_HARVESTER,
    ROLE_ANALYST,
    ROLE_GATEKEEPER,
    ROLE_SENTINEL, // its place is kept: comes with live trading
    ROLE_UI,       // its place is kept: comes with the Command Center
    ROLE_CONTROL,  // a CLI command at the control socket
    ROLE_COUNT
};
const char *ipc_role_name(enum ipc_role role); // "commander", ...

#define R_COMMANDER  (1u << ROLE_COMMANDER)
#define R_ARCHITECT  (1u << ROLE_ARCHITECT)
#define R_HARVESTER  (1u << ROLE_HARVESTER)
#define R_ANALYST    (1u << ROLE_ANALYST)
#define R_GATEKEEPER (1u << ROLE_GATEKEEPER)
#define R_CONTROL    (1u << ROLE_CONTROL)
#define R_AGENTS     (R_ARCHITECT | R_HARVESTER | R_ANALYST | R_GATEKEEPER)

// Field kinds: u8 u32 u64 i64 f64 str dec pair candles checks
//   candles: packed rows, see ipc_candles_*();  checks: packed rows, see ipc_checks_*()
//
// M(NAME, name, senders, receivers, largest frame in bytes, what it says)
#define IPC_MESSAGES(M)                                                                            \
    M(SETTINGS, settings, R_COMMANDER, R_AGENTS, 65536, "effective settings and who you are")      \
    M(PEER, peer, R_COMMANDER, R_AGENTS, 64, "your end of a channel to another agent comes along") \
    M(START, start, R_COMMANDER, R_AGENTS, 64, "all peers are there: begin")                       \
    M(READY, ready, R_AGENTS, R_COMMANDER, 512, "started, sandboxed, working")                     \
    M(CLOCK, clock, R_COMMANDER, R_AGENTS, 64, "exchange time as measured")                        \
    M(PING, ping, R_COMMANDER, R_AGENTS, 64, "are you there")                                      \
    M(PONG, pong, R_AGENTS, R_COMMANDER, 512, "here; what I have done and what waits")             \
    M(STOP, stop, R_COMMANDER, R_AGENTS, 64, "finish what you have and leave")                     \
    M(FETCH_TIME, fetch_time, R_COMMANDER, R_HARVESTER, 64, "measure exchange time")               \
    M(TIME, time, R_HARVESTER, R_COMMANDER, 512, "a measured exchange time")                       \
    M(FETCH_MARKETS, fetch_markets, R_COMMANDER, R_HARVESTER, 64, "refresh the market list")       \
    M(MARKETS_DONE, markets_done, R_HARVESTER, R_COMMANDER, 512,                                   \
      "market list sent on, or why not")                                                           \
    M(MARKET, market, R_HARVESTER, R_ARCHITECT, 1024, "one market of the list")                    \
    M(MARKETS_END, markets_end, R_HARVESTER, R_ARCHITECT, 64, "the list is complete")              \
    M(POLL, poll, R_COMMANDER, R_HARVESTER, 512, "fetch candles of a stream")                      \
    M(POLL_DONE, poll_done, R_HARVESTER, R_COMMANDER, 1024, "what became of a poll")               \
    M(WEIGHT, weight, R_HARVESTER | R_COMMANDER, R_COMMANDER | R_GATEKEEPER, 128,                  \
      "the request budget as it stands, with the limit the exchange grants")                       \
    M(CANDLES, candles, R_HARVESTER, R_ARCHITECT, 262144, "validated candles of one reply")        \
    M(STORED, stored, R_ARCHITECT, R_COMMANDER, 128, "candles of a stream are committed")          \
    M(LEDGER, ledger, R_COMMANDER, R_ARCHITECT, 1024, "state of due candles that are not there")   \
    M(STREAM_MARK, stream_mark, R_COMMANDER, R_ARCHITECT, 512, "a stream's state or first due")    \
    M(EVENT, event, R_COMMANDER | R_HARVESTER | R_ANALYST | R_GATEKEEPER, R_ARCHITECT, 1024,       \
      "something worth keeping in the event log")                                                  \
    M(HELLO, hello, R_ARCHITECT, R_ANALYST | R_GATEKEEPER, 64,                                     \
      "from now on you are told what is new: read what you are owed")                              \
    M(CANDLE, candle, R_ARCHITECT, R_ANALYST, 256, "one new candle of one of your streams")        \
    M(STREAM_LOAD, stream_load, R_COMMANDER | R_ARCHITECT, R_ANALYST, 64,                          \
      "read this stream from the store")                                                           \
    M(SIGNAL, signal, R_ANALYST | R_ARCHITECT, R_ARCHITECT | R_GATEKEEPER, 1024, "a raw signal")   \
    M(ANALYSED, analysed, R_ANALYST, R_ARCHITECT, 64,                                              \
      "a stream's analysis is complete up to here")                                                \
    M(VERDICT, verdict, R_GATEKEEPER, R_ARCHITECT, 8192, "the gate's judgement with every check")  \
    M(QUEUED, queued, R_ARCHITECT, R_GATEKEEPER, 128, "the queue entry is committed")              \
    M(FILL, fill, R_GATEKEEPER, R_ARCHITECT, 512, "a paper order's fill")                          \
    M(BOOKED, booked, R_ARCHITECT, R_GATEKEEPER, 128, "the fill is committed")                     \
    M(PORTFOLIO, portfolio, R_COMMANDER, R_GATEKEEPER, 64, "a portfolio changed: read it again")   \
    M(CONTROL, control, R_CONTROL | R_COMMANDER, R_COMMANDER | R_ARCHITECT, 2097152,               \
      "a user's request: operation and arguments")                                                 \
    M(CONTROL_REPLY, control_reply, R_ARCHITECT | R_COMMANDER, R_COMMANDER | R_CONTROL, 8388608,   \
      "its answer, and which streams it changed")

// clang-format breaks these lists anew each time it is run.
// clang-format off
#define IPC_FIELDS_settings(F) F(u32, index) F(u32, count) F(str, text)
#define IPC_FIELDS_peer(F)     F(u8, role) F(u32, index)
#define IPC_FIELDS_start(F)    F(u8, reserved)
#define IPC_FIELDS_ready(F)    F(u32, pid) F(str, note)
#define IPC_FIELDS_clock(F)    F(i64, anchor_ns) F(i64, anchor_ms) F(f64, speed)
#define IPC_FIELDS_ping(F)     F(u64, seq)
#define IPC_FIELDS_pong(F)                                                                         \
    F(u64, seq)                                                                                    \
    F(u32, queue_depth) F(u64, work_done) F(u64, commits) F(i64, last_work)                        \
        F(u64, memory_bytes) F(str, note)
#define IPC_FIELDS_stop(F)       F(u8, reserved)
#define IPC_FIELDS_fetch_time(F) F(u8, reserved)
#define IPC_FIELDS_time(F)                                                                         \
    F(u8, ok) F(i64, sent_ns) F(i64, received_ns) F(i64, server_ms) F(str, cause)
#define IPC_FIELDS_fetch_markets(F) F(u8, reserved)
#define IPC_FIELDS_markets_done(F)  F(u8, ok) F(u32, count) F(u32, skipped) F(str, cause)
#define IPC_FIELDS_market(F)                                                                       \
    F(pair, pair)                                                                                  \
    F(str, symbol)                                                                                 \
    F(u8, status)                                                                                  \
    F(u8, base_precision) F(u8, quote_precision) F(u8, spot_allowed) F(u8, market_orders)          \
        F(dec, tick_size) F(dec, min_price) F(dec, max_price) F(dec, lot_step) F(dec, min_qty)     \
            F(dec, max_qty) F(dec, market_lot_step) F(dec, market_min_qty) F(dec, market_max_qty)  \
                F(dec, min_notional) F(dec, max_notional) F(u8, min_notional_market)               \
                    F(u8, max_notional_market)
#define IPC_FIELDS_markets_end(F) F(i64, at) F(u32, count)
#define IPC_FIELDS_poll(F)                                                                         \
    F(u32, stream)                                                                                 \
    F(pair, pair)                                                                                  \
    F(u8, timeframe)                                                                               \
    F(u8, purpose) F(i64, from) F(i64, to) F(i64, due_from) F(i64, deadline) F(u32, attempt)
#define IPC_FIELDS_poll_done(F)                                                                    \
    F(u32, stream)                                                                                 \
    F(u8, purpose)                                                                                 \
    F(u8, outcome)                                                                                 \
    F(i64, to) F(i64, newest) F(u32, rows) F(u32, refused) F(u32, requests) F(str, cause)
#define IPC_FIELDS_weight(F)                                                                       \
    F(i64, used) F(i64, limit) F(i64, ceiling) F(i64, window_ms) F(i64, frozen_until)
#define IPC_FIELDS_candles(F)                                                                      \
    F(u32, stream)                                                                                 \
    F(u8, timeframe) F(i64, at) F(i64, due_from) F(i64, live_open) F(u32, attempts) F(candles, rows)
#define IPC_FIELDS_stored(F)                                                                       \
    F(u32, stream) F(i64, oldest) F(i64, newest) F(u32, rows) F(u32, fresh) F(u32, revised)
#define IPC_FIELDS_ledger(F)                                                                       \
    F(u32, stream)                                                                                 \
    F(u8, timeframe)                                                                               \
    F(i64, open_time) F(u32, count) F(u32, attempts) F(u8, status) F(i64, at) F(str, cause)
#define IPC_FIELDS_stream_mark(F) F(u32, stream) F(u8, state) F(i64, first_due) F(str, text)
#define IPC_FIELDS_event(F)       F(i64, at) F(str, agent) F(str, level) F(str, text)
#define IPC_FIELDS_hello(F)       F(u8, reserved)
#define IPC_FIELDS_candle(F)      F(u32, stream) F(u8, timeframe) F(u8, source) F(candles, rows)
// anew 0: only when the stream is not loaded up to its newest candle; 1: its strategies or history
// changed
#define IPC_FIELDS_stream_load(F) F(u32, stream) F(u8, anew)
#define IPC_FIELDS_signal(F)                                                                       \
    F(i64, id)                                                                                     \
    F(u32, stream)                                                                                 \
    F(u32, portfolio)                                                                              \
    F(u32, strategy) F(pair, pair) F(u8, timeframe) F(i64, candle_time) F(u8, action)              \
        F(f64, price) F(str, reason) F(f64, qty) F(f64, qty_percent) F(f64, equity_percent)        \
            F(f64, cash_amount)
#define IPC_FIELDS_analysed(F) F(u32, stream) F(i64, open_time)
#define IPC_FIELDS_verdict(F)                                                                      \
    F(i64, signal)                                                                                 \
    F(u32, portfolio)                                                                              \
    F(pair, pair)                                                                                  \
    F(u8, approved) F(str, reason) F(u8, is_buy) F(dec, qty) F(dec, notional) F(dec, mark)         \
        F(i64, at) F(checks, checks)
#define IPC_FIELDS_queued(F) F(i64, signal) F(i64, queue) F(i64, order) F(u8, was_there)
#define IPC_FIELDS_fill(F)                                                                         \
    F(i64, order) F(u32, number) F(dec, price) F(dec, qty) F(dec, fee) F(i64, at)
#define IPC_FIELDS_booked(F)    F(i64, order) F(u8, ok) F(str, cause)
#define IPC_FIELDS_portfolio(F) F(u32, portfolio)
#define IPC_FIELDS_control(F)   F(u64, id) F(str, op) F(str, args)
#define IPC_FIELDS_control_reply(F)                                                                \
    F(u64, id) F(u32, exit_code) F(str, text) F(str, json) F(str, streams) F(str, portfolios)
// clang-format on

enum ipc_type {
#define M(NAME, name, from, to, max, text) IPC_##NAME,
    IPC_MESSAGES(M)
#undef M
    IPC_TYPE_COUNT
};

struct ipc_rows { // packed rows inside a frame; count is checked against the bytes when decoded
    struct str bytes;
};

#define IPC_C_u8      uint8_t
#define IPC_C_u32     uint32_t
#define IPC_C_u64     uint64_t
#define IPC_C_i64     int64_t
#define IPC_C_f64     double
#define IPC_C_str     struct str
#define IPC_C_dec     struct decimal
#define IPC_C_pair    struct pair
#define IPC_C_candles struct ipc_rows
#define IPC_C_checks  struct ipc_rows

#define IPC_MEMBER(kind, member) IPC_C_##kind member;
#define M(NAME, name, from, to, max, text)                                                         \
    struct ipc_##name {                                                                            \
        IPC_FIELDS_##name(IPC_MEMBER)                                                              \
    };
IPC_MESSAGES(M)
#undef M

// Largest struct of all messages, for a decode area.
union ipc_any {
#define M(NAME, name, from, to, max, text) struct ipc_##name name;
    IPC_MESSAGES(M)
#undef M
};

struct ipc_check { // one row of a verdict
    struct str name, measured, limit;
    bool pass;
};

#endif

// SPDX-License-Identifier: Apache-2.0
// What all agents share: the fixed order of starting (settings, what it must hold, sandbox, ready,
// peers, loop), channels to the commander and to peers, exchange time, heartbeats, orderly leaving.
#ifndef AGENTS_AGENT_H
#define AGENTS_AGENT_H

#include "base/log.h"
#include "config/config.h"
#include "ipc/channel.h"
#include "market/xclock.h"
#include "os/sandbox.h"

#define AGENT_PEERS_MAX 160 // the architect talks to every analyst

struct agent;

struct agent_ops {
    enum ipc_role role;
    const channel_fn *handlers; // IPC_TYPE_COUNT entries; arg is the struct agent
    // After the settings came: makes a->state, opens what the sandbox will forbid. Error = exit.
    int (*init)(struct agent *a) MUST_CHECK;
    void (*sandbox)(struct agent *a, struct sandbox_rules *rules);
    void (*start)(struct agent *a);                             // peers known so far are there
    void (*peer_joined)(struct agent *a, struct channel *peer); // may be NULL
    void (*peer_left)(struct agent *a, enum ipc_role role, uint32_t index); // may be NULL
    void (*clock_set)(struct agent *a);                                     // may be NULL
    void (*report)(struct agent *a, struct ipc_pong *pong);                 // fills work figures
    void (*stop)(struct agent *a); // begin to leave; call agent_leave() when done. NULL: at once
    void (*finish)(struct agent *a);
};

struct agent {
    const struct agent_ops *ops;
    struct loop *loop;
    struct log log;
    struct config *config;
    const char *data_dir;  // inside config
    uint32_t index, count; // which of how many of this role
    struct channel *control;
    struct channel *peers[AGENT_PEERS_MAX];
    size_t peer_count;
    struct xclock clock;
    bool have_clock;
    bool started, stopping;
    uint64_t work_done;
    time_ms last_work;
    int exit_code;
    void *state; // the agent's one struct
};

// Runs the agent on descriptor 3 until it leaves. Returns the exit code of the process.
int agent_main(const struct agent_ops *ops);
// The first peer of a role; NULL when it is not there now. With an index: that one.
struct channel *agent_peer(const struct agent *a, enum ipc_role role);
struct channel *agent_peer_at(const struct agent *a, enum ipc_role role, uint32_t index);
// Exchange time of this turn. Before the first measurement: 0.
time_ms agent_now(const struct agent *a);
int64_t agent_real_ms_until(const struct agent *a, time_ms exchange_time);
// Sends, and ends the process when the peer cannot take it: a broken invariant.
void agent_send(struct agent *a, struct channel *to, enum ipc_type type, const void *msg);
void agent_work(struct agent *a, uint64_t units); // counts work for the status
void agent_leave(struct agent *a, int exit_code); // flush, end the loop
// A broken invariant or a lost resource: logs and ends the process; the commander starts it again.
_Noreturn void agent_fatal(struct agent *a, const char *what, const char *why);
// What resolving names and checking certificates reads, for the sandbox of an agent with network:
// also where links like /etc/resolv.conf lead, and what SSL_CERT_FILE and SSL_CERT_DIR name.
const char *const *agent_network_paths(void); // NULL-ended
uint64_t agent_memory_bytes(void);            // resident set, from /proc/self/statm; 0 when unknown

#endif

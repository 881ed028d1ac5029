// SPDX-License-Identifier: Apache-2.0
// One end of a channel between two agents: frames in and out over a stream socket, with descriptors
// passed along, bounded queues, and the rule that a message which does not decode exactly or which
// this peer may not send ends the channel.
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include "ipc/codec.h"
#include "os/loop.h"

struct channel;

// One handler a message type; a type without handler is refused like a wrong one. fd is the passed
// descriptor (owned by the handler) or -1. The channel may be closed from inside a handler.
typedef void (*channel_fn)(void *arg, struct channel *from, const union ipc_any *msg, int fd);

struct channel_options {
    enum ipc_role self, peer;
    uint32_t peer_index;        // which analyst; 0 otherwise
    const channel_fn *handlers; // IPC_TYPE_COUNT entries
    void *arg;
    // The other end closed, broke the protocol (cause says what), or the queue overflowed. The
    // channel is gone after the call: do not close it again.
    void (*closed)(void *arg, struct channel *ch, const char *cause);
    size_t queue_max_bytes; // of the outgoing queue
};

int channel_create(struct loop *loop, int fd, const struct channel_options *o,
                   struct channel **out) MUST_CHECK; // owns fd on success
void channel_close(struct channel *ch); // no callback; sends nothing more. NULL is fine
enum ipc_role channel_peer(const struct channel *ch);
uint32_t channel_peer_index(const struct channel *ch);
void *channel_user(const struct channel *ch);
void channel_set_user(struct channel *ch, void *user);
// Queues one message; written at the end of the turn (or at once when much is queued). fd < 0:
// none; else a duplicate goes along and the caller keeps its own. An error closes nothing: ERR_FULL
// means the peer does not read, ERR_CLOSED that it is gone.
int channel_send(struct channel *ch, enum ipc_type type, const void *msg) MUST_CHECK;
int channel_send_fd(struct channel *ch, enum ipc_type type, const void *msg, int fd) MUST_CHECK;
// Queues a frame that ipc_encode() made (of a type this end may send), for a sender that had to
// wait with it. ERR_INVALID, ERR_FULL.
int channel_send_frame(struct channel *ch, struct str frame) MUST_CHECK;
size_t channel_queued(const struct channel *ch); // bytes not yet written
// Stops or resumes reading: how a receiver makes its senders wait.
void channel_set_reading(struct channel *ch, bool on);
// Tries to write everything now (used before leaving). 0, ERR_AGAIN when the peer is full.
int channel_flush(struct channel *ch) MUST_CHECK;

#endif

// SPDX-License-Identifier: Apache-2.0
// Frames: u32 length of what follows, u16 type, u16 version, then the fields in table order,
// little-endian, without padding. A frame that does not decode to its last byte is refused.
#ifndef IPC_CODEC_H
#define IPC_CODEC_H

#include "base/buf.h"
#include "ipc/messages.h"

#define IPC_HEADER_BYTES 8

const char *ipc_type_name(enum ipc_type type);
bool ipc_may_send(enum ipc_type type, enum ipc_role from, enum ipc_role to);

// Appends one frame. msg is the struct of that type. ERR_FULL: larger than the type's maximum or
// the buffer's; ERR_INVALID: a field cannot be encoded (too long).
int ipc_encode(struct buf *out, enum ipc_type type, const void *msg) MUST_CHECK;
// Looks at the front of data: 0 and *frame_len when a whole frame is there, ERR_AGAIN when more
// bytes are needed, ERR_PROTOCOL when no frame can start so (unknown type, version, length over its
// maximum).
int ipc_frame_peek(struct str data, enum ipc_type *type, size_t *frame_len) MUST_CHECK;
// Decodes a whole frame into *msg (slices point into frame). ERR_PROTOCOL.
int ipc_decode(struct str frame, union ipc_any *msg) MUST_CHECK;

// Packed rows. A candle takes IPC_CANDLE_BYTES.
#define IPC_CANDLE_BYTES 64
int ipc_candles_add(struct buf *rows, const struct candle *c) MUST_CHECK;
size_t ipc_candles_count(struct ipc_rows rows);
void ipc_candles_get(struct ipc_rows rows, size_t i, struct candle *out); // i < count
int ipc_checks_add(struct buf *rows, const struct ipc_check *check) MUST_CHECK;
// Takes the next row off *rest; false at the end.
bool ipc_checks_next(struct ipc_rows *rest, struct ipc_check *out);

// Markdown table of all messages (docs/messages.md).
int ipc_write_docs(struct buf *out) MUST_CHECK;

#endif

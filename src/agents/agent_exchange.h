// SPDX-License-Identifier: Apache-2.0
// What the agents that ask the exchange share: the venue's record, one HTTP client, one weight
// budget, and how a response becomes a verdict.
#ifndef AGENTS_AGENT_EXCHANGE_H
#define AGENTS_AGENT_EXCHANGE_H

#include "agents/agent.h"
#include "exchange/venue.h"
#include "market/budget.h"
#include "net/http_client.h"

struct agent_exchange {
    struct agent *a;
    const struct venue *venue;
    struct http_client *http;
    struct budget budget;
};

// By the settings. weight_share: percent of the server's weight this agent may see used. Ends the
// process when the exchange is not known.
int agent_exchange_open(struct agent_exchange *x, struct agent *a, unsigned weight_share,
                        int64_t timeout_ms, size_t body_max_bytes) MUST_CHECK;
void agent_exchange_close(struct agent_exchange *x);
// Judges a response, settles its weight, and keeps silence when the exchange wants it.
void agent_exchange_judge(struct agent_exchange *x, enum venue_call call, int64_t weight,
                          const struct http_response *r, struct venue_verdict *out);

#endif

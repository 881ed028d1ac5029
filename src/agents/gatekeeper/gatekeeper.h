// SPDX-License-Identifier: Apache-2.0
// The gatekeeper: judges raw signals by live market data and the portfolio's money, and lets the
// paper broker fill what was approved.
#ifndef AGENTS_GATEKEEPER_GATEKEEPER_H
#define AGENTS_GATEKEEPER_GATEKEEPER_H

int gatekeeper_main(void);

#endif

// SPDX-License-Identifier: Apache-2.0
// The analyst: one of several; runs the strategies of its share of the streams, each only when its
// own stream got a new candle, and tells the architect what they want.
#ifndef AGENTS_ANALYST_ANALYST_H
#define AGENTS_ANALYST_ANALYST_H

int analyst_main(void);

#endif

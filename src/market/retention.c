// SPDX-License-Identifier: Apache-2.0
// The rule of letting candles go.
#include "market/retention.h"

int64_t retention_keep(int64_t stored, int64_t keep, int64_t needed)
{
    int64_t kept = keep > needed ? keep : needed;
    int64_t step = kept / 4 > RETENTION_STEP_MIN ? kept / 4 : RETENTION_STEP_MIN;

    return keep > 0 && stored - kept >= step ? kept : 0;
}

// SPDX-License-Identifier: Apache-2.0
// Columns that several tables have: pairs, timeframes, the bounds of listings.
#include "store/sqlite/sqlite_internal.h"

int sqlite__read_pair(struct sqlite__query *q, struct pair *out)
{
    int rc = sqlite__copy(q, out->base, sizeof(out->base));
    return rc != 0 ? rc : sqlite__copy(q, out->quote, sizeof(out->quote));
}

int sqlite__stream_timeframe(struct sqlite__query *q, enum timeframe *out)
{
    struct str code = sqlite__str(q);
    struct diag d;
    if (timeframe_parse(code, out, &d) == 0)
        return 0;
    return store__fail(q->db->owner, ERR_CORRUPT, "hub.db: '" STR_FMT "' is no timeframe",
                       STR_ARG(code));
}

time_ms sqlite__range_to(const struct store_range *r)
{
    return r->to == 0 ? INT64_MAX : r->to;
}

int sqlite__range_start(struct sqlite__query *q, const struct store_range *r, int64_t *after_id)
{
    sqlite__bind_i64(q, r->last_n - 1);
    int rc = sqlite__row(q);
    if (rc > 0)
        *after_id = sqlite__i64(q) - 1;
    sqlite__finish(q);
    return rc < 0 ? rc : 0;
}

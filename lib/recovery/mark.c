/* SPDX-License-Identifier: Apache-2.0 */
#include "recovery/mark.h"

#include "metrics/layout_mark.h"
#include "recorder/format_mark.h"
#include "trace/span_slot.h"

uint64_t hae_recovery_mark(void)
{
    return hae_metrics_mark_add(hae_span_mark_add(hae_format_mark()));
}

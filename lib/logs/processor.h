/* SPDX-License-Identifier: Apache-2.0 */
/* Log processors: they see each record that is emitted, on the thread that does it, may change it
 * and leave it out.
 * Specification: "LogRecordProcessor". */
#ifndef HAETAE_LOGS_PROCESSOR_H
#define HAETAE_LOGS_PROCESSOR_H

#include "context/current.h"
#include "haetae/processor.h"

enum { HAE_LOG_PROCESSORS_MAX = 8 };

/* Those of a logger provider, in the order in which they are called. */
struct hae_log_processors {
    haetae_log_processor items[HAE_LOG_PROCESSORS_MAX];
    uint32_t count;
};

enum { HAE_LOG_SCRATCH_ATTRIBUTES = 64, HAE_LOG_SCRATCH_BYTES = 1024 };

/* Memory in which ready processors put attributes of the record that is being emitted. */
struct hae_log_scratch {
    size_t text_size;
    haetae_attribute attributes[HAE_LOG_SCRATCH_ATTRIBUTES];
    char text[HAE_LOG_SCRATCH_BYTES];
};

/* That of the call which this thread is in; for on_emit. */
struct hae_log_scratch *hae_log_scratch(void);

/* Adds one. Errors: HAETAE_ELIMIT. */
haetae_status hae_log_processors_add(struct hae_log_processors *processors,
                                     const haetae_log_processor *processor);
void hae_log_processors_done(struct hae_log_processors *processors);

/* Shows them a record of this context. False: it is left out. What a processor emits itself is not
 * shown. `scratch` is the caller's, not initialised, and lives as long as the record. */
bool hae_log_processors_emit(const struct hae_log_processors *processors,
                             const haetae_item_origin *origin, haetae_log_record *record,
                             const struct hae_current *current, struct hae_log_scratch *scratch);

/* False: each says that it would keep no record of this severity and event name in this context;
 * NULL: the thread's. */
bool hae_log_processors_enabled(const struct hae_log_processors *processors,
                                const haetae_item_origin *origin, const haetae_context *context,
                                haetae_severity severity, haetae_string event_name);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What a log site is prepared to: it lies in the site's room. */
#ifndef HAETAE_LOGS_LOG_SITE_H
#define HAETAE_LOGS_LOG_SITE_H

#include "base/prepared.h"
#include "haetae/logs.h"

enum {
    HAE_LOG_SITE_BODY_MAX = 16000 /* bytes; also of a body that a call brings the short way */
};

struct hae_log_site_room {
    hae_prepared_state state;
    uint16_t key_count;
    uint16_t body_size;      /* of the field */
    uint16_t event_size;     /* of the field */
    uint16_t severity_field; /* the field, as it stands in memory */
    uint32_t size_max;       /* of a record with the site's own body, as it is written */
    uint8_t fields[];        /* body, event name, key blocks: wire/key_blocks.h */
};

/* Prepares a site that is not yet. False: another thread is at it, or it cannot be. */
bool hae_log_site_prepare(const haetae_log_site *site);

#endif

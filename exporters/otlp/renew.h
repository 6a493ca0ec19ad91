/* SPDX-License-Identifier: Apache-2.0 */
/* When connections are too old for further requests: by their age, after a pause, as a file of
 * certificates or keys has changed, or as one that calls share has given no answer in time. Those
 * of an exporter grow old together, as one generation. No request that is under way is disturbed:
 * while there is one of an earlier generation, each that begins opens a connection of its own; then
 * the old connections end, and the new ones serve. */
#ifndef HAETAE_OTLP_RENEW_H
#define HAETAE_OTLP_RENEW_H

#include <stdbool.h>
#include <stdint.h>

#include "haetae/signal.h"
#include "otlp/target.h"

struct hae_http_renewal {
    uint64_t random;  /* what is drawn from */
    uint64_t draw;    /* of this generation */
    bool is_silent;   /* a call of this generation had no answer in time, nor any one since */
    int64_t since_ms; /* monotonic: when the generation began; negative: with the next request */
    int64_t last_ms;  /* when the last request began or ended                                  */
    struct hae_http_tls_facts facts[HAETAE_SIGNAL_COUNT];
};

/* Begins with the files as they are now. */
void hae_http_renewal_init(struct hae_http_renewal *renewal, const struct hae_http_target *targets);

/* Whether a request of the signal that begins now needs a connection of a new generation. */
bool hae_http_renewal_is_due(struct hae_http_renewal *renewal, haetae_signal signal,
                             const struct hae_http_target *target, int64_t now_ms);

/* A request of the present generation has had an answer, or none in time. */
void hae_http_renewal_note_answer(struct hae_http_renewal *renewal, bool is_answered);

/* A request has ended. */
void hae_http_renewal_note_end(struct hae_http_renewal *renewal, int64_t now_ms);

#endif

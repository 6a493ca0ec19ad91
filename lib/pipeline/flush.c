/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/flush.h"

#include "pipeline/pipeline.h"

void hae_flush_ask(struct hae_pipeline *pipeline, struct hae_flush *flush)
{
    flush->state = HAE_FLUSH_ASKED;
    pthread_mutex_lock(&pipeline->account.lock);
    flush->next = pipeline->flushes;
    pipeline->flushes = flush;
    pipeline->flush_asked = true;
    pthread_mutex_unlock(&pipeline->account.lock);
}

void hae_flush_cancel(struct hae_pipeline *pipeline, struct hae_flush *flush)
{
    pthread_mutex_lock(&pipeline->account.lock);
    for (struct hae_flush **link = &pipeline->flushes; *link != NULL; link = &(*link)->next) {
        if (*link == flush) {
            *link = flush->next;
            break;
        }
    }
    pthread_mutex_unlock(&pipeline->account.lock);
}

bool hae_flush_done(struct hae_pipeline *pipeline, const struct hae_flush *flush)
{
    bool done;

    pthread_mutex_lock(&pipeline->account.lock);
    done = flush->state == HAE_FLUSH_DONE;
    pthread_mutex_unlock(&pipeline->account.lock);
    return done;
}

/* Moves the flushes of one state to another. The caller holds the lock. */
static void move(struct hae_pipeline *pipeline, enum hae_flush_state from, enum hae_flush_state to)
{
    for (struct hae_flush *flush = pipeline->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == from) {
            flush->state = to;
            flush->sequence = pipeline->account.last_sequence;
        }
    }
}

bool hae_flushes_begin(struct hae_pipeline *pipeline)
{
    bool asked;

    pthread_mutex_lock(&pipeline->account.lock);
    asked = pipeline->flush_asked;
    pipeline->flush_asked = false;
    move(pipeline, HAE_FLUSH_ASKED, HAE_FLUSH_BEGUN);
    pthread_mutex_unlock(&pipeline->account.lock);
    return asked;
}

void hae_flushes_began(struct hae_pipeline *pipeline, bool all)
{
    pthread_mutex_lock(&pipeline->account.lock);
    move(pipeline, HAE_FLUSH_BEGUN, all ? HAE_FLUSH_SENDING : HAE_FLUSH_ASKED);
    pipeline->flush_asked |= !all;
    pthread_mutex_unlock(&pipeline->account.lock);
}

void hae_flushes_end(struct hae_pipeline *pipeline)
{
    const struct hae_request *oldest = pipeline->account.oldest;
    bool any = false;

    pthread_mutex_lock(&pipeline->account.lock);
    for (struct hae_flush *flush = pipeline->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == HAE_FLUSH_SENDING &&
            (oldest == NULL || oldest->sequence > flush->sequence)) {
            flush->state = HAE_FLUSH_DONE;
            any = true;
        }
    }
    if (any) {
        pthread_cond_broadcast(&pipeline->changed);
    }
    pthread_mutex_unlock(&pipeline->account.lock);
}

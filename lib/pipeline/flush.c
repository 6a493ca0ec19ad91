/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/flush.h"

#include "pipeline/store.h"

void hae_flush_request(struct hae_control *control, struct hae_flush *flush)
{
    flush->state = HAE_FLUSH_REQUESTED;
    hae_control_lock(control);
    flush->next = control->flushes;
    control->flushes = flush;
    control->flush_requested = true;
    hae_control_unlock(control);
}

void hae_flush_cancel(struct hae_control *control, struct hae_flush *flush)
{
    hae_control_lock(control);
    for (struct hae_flush **link = &control->flushes; *link != NULL; link = &(*link)->next) {
        if (*link == flush) {
            *link = flush->next;
            break;
        }
    }
    hae_control_unlock(control);
}

bool hae_flush_is_done(struct hae_control *control, const struct hae_flush *flush)
{
    bool done;

    hae_control_lock(control);
    done = flush->state == HAE_FLUSH_DONE;
    hae_control_unlock(control);
    return done;
}

/* Moves the flushes of one state to another. The caller holds the lock. */
static void move(struct hae_control *control, enum hae_flush_state from, enum hae_flush_state to,
                 uint64_t sequence)
{
    for (struct hae_flush *flush = control->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == from) {
            flush->state = to;
            flush->sequence = sequence;
        }
    }
}

bool hae_flushes_begin(struct hae_control *control)
{
    bool requested;

    hae_control_lock(control);
    requested = control->flush_requested;
    control->flush_requested = false;
    move(control, HAE_FLUSH_REQUESTED, HAE_FLUSH_BEGUN, 0);
    hae_control_unlock(control);
    return requested;
}

void hae_flushes_began(struct hae_control *control, bool all, uint64_t sequence)
{
    hae_control_lock(control);
    move(control, HAE_FLUSH_BEGUN, all ? HAE_FLUSH_SENDING : HAE_FLUSH_REQUESTED, sequence);
    control->flush_requested |= !all;
    hae_control_unlock(control);
}

void hae_flushes_end(struct hae_control *control, const struct hae_store *store)
{
    bool any = false;

    hae_control_lock(control);
    for (struct hae_flush *flush = control->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == HAE_FLUSH_SENDING && hae_store_settled_up_to(store, flush->sequence)) {
            flush->state = HAE_FLUSH_DONE;
            any = true;
        }
    }
    if (any) {
        pthread_cond_broadcast(&control->changed);
    }
    hae_control_unlock(control);
}

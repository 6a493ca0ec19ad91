/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/flush.h"

#include "pipeline/store.h"

void hae_flush_request(struct hae_control *control, struct hae_flush *flush)
{
    flush->state = HAE_FLUSH_REQUESTED;
    flush->lost = false;
    flush->seen = false;
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

bool hae_flushes_begin(struct hae_control *control, bool *ret_new)
{
    bool requested;

    hae_control_lock(control);
    requested = control->flush_requested;
    control->flush_requested = false;
    *ret_new = false;
    for (struct hae_flush *flush = control->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == HAE_FLUSH_REQUESTED) {
            flush->state = HAE_FLUSH_BEGUN;
            *ret_new |= !flush->seen;
            flush->seen = true;
        }
    }
    hae_control_unlock(control);
    return requested;
}

void hae_flushes_began(struct hae_control *control, const struct hae_flush_run *run)
{
    hae_control_lock(control);
    for (struct hae_flush *flush = control->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == HAE_FLUSH_BEGUN) {
            flush->state = run->all ? HAE_FLUSH_SENDING : HAE_FLUSH_REQUESTED;
            flush->sequence = run->sequence;
            flush->number = run->all ? ++control->flush_count : 0;
            flush->lost |= run->lost;
        }
    }
    control->flush_requested |= !run->all;
    hae_control_unlock(control);
}

void hae_flushes_look(struct hae_control *control, struct hae_store *store)
{
    hae_control_lock(control);
    for (struct hae_flush *flush = control->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == HAE_FLUSH_SENDING) {
            flush->lost |= store->first_lost <= flush->sequence;
            if (store->first_replaced <= flush->sequence) {
                flush->sequence = store->last_sequence;
            }
        }
    }
    hae_control_unlock(control);
    hae_store_forget_losses(store);
}

uint64_t hae_flushes_newest(struct hae_control *control, uint64_t sequence)
{
    uint64_t newest = 0;

    hae_control_lock(control);
    for (const struct hae_flush *flush = control->flushes; flush != NULL; flush = flush->next) {
        if (flush->state == HAE_FLUSH_SENDING && flush->sequence < sequence &&
            flush->number > newest) {
            newest = flush->number;
        }
    }
    hae_control_unlock(control);
    return newest;
}

void hae_flushes_lose(struct hae_control *control, uint64_t number)
{
    hae_control_lock(control);
    for (struct hae_flush *flush = control->flushes; flush != NULL; flush = flush->next) {
        flush->lost |= flush->state == HAE_FLUSH_SENDING && flush->number <= number;
    }
    hae_control_unlock(control);
}

bool hae_flushes_end(struct hae_control *control, const struct hae_store *store, uint64_t number,
                     bool *ret_wait)
{
    bool any = false;

    *ret_wait = false;
    hae_control_lock(control);
    for (struct hae_flush *flush = control->flushes; flush != NULL; flush = flush->next) {
        if (flush->state != HAE_FLUSH_SENDING || !hae_store_settled_up_to(store, flush->sequence)) {
            continue;
        }
        if (flush->number <= number) {
            flush->state = HAE_FLUSH_DONE;
            any = true;
        } else {
            *ret_wait = true;
        }
    }
    if (any) {
        pthread_cond_broadcast(&control->changed);
    }
    hae_control_unlock(control);
    return any;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/control.h"

#include <errno.h>

#include "base/lock.h"

bool hae_control_init(struct hae_control *control)
{
    if (pthread_mutex_init(&control->lock, NULL) != 0) {
        return false;
    }
    if (!hae_condition_init(&control->changed)) {
        pthread_mutex_destroy(&control->lock);
        return false;
    }
    return true;
}

void hae_control_done(struct hae_control *control)
{
    pthread_cond_destroy(&control->changed);
    pthread_mutex_destroy(&control->lock);
}

void hae_control_lock(struct hae_control *control)
{
    pthread_mutex_lock(&control->lock);
}

void hae_control_unlock(struct hae_control *control)
{
    pthread_mutex_unlock(&control->lock);
}

bool hae_control_wait(struct hae_control *control, uint64_t deadline_ms)
{
    struct timespec deadline = {(time_t)(deadline_ms / 1000), (long)(deadline_ms % 1000) * 1000000};

    return pthread_cond_timedwait(&control->changed, &control->lock, &deadline) != ETIMEDOUT;
}

static bool read_flag(struct hae_control *control, const bool *flag)
{
    bool value;

    hae_control_lock(control);
    value = *flag;
    hae_control_unlock(control);
    return value;
}

static void set_flag(struct hae_control *control, bool *flag)
{
    hae_control_lock(control);
    *flag = true;
    hae_control_unlock(control);
}

void hae_control_close(struct hae_control *control)
{
    set_flag(control, &control->closing);
}

bool hae_control_is_closing(struct hae_control *control)
{
    return read_flag(control, &control->closing);
}

void hae_control_stop(struct hae_control *control, uint64_t until_ms)
{
    hae_control_lock(control);
    control->until_ms = until_ms;
    control->stop = true;
    hae_control_unlock(control);
}

bool hae_control_is_stopped(struct hae_control *control)
{
    return read_flag(control, &control->stop);
}

void hae_control_end(struct hae_control *control, bool kept)
{
    hae_control_lock(control);
    control->kept = kept;
    control->ended = true;
    pthread_cond_broadcast(&control->changed);
    hae_control_unlock(control);
}

bool hae_control_has_ended(struct hae_control *control, bool *ret_kept)
{
    bool ended;

    hae_control_lock(control);
    ended = control->ended;
    *ret_kept = control->kept;
    hae_control_unlock(control);
    return ended;
}

bool hae_control_has_request(struct hae_control *control, bool knows_closing)
{
    bool has;

    hae_control_lock(control);
    has = control->stop || control->flush_requested || (control->closing && !knows_closing);
    hae_control_unlock(control);
    return has;
}

void hae_control_in_child(struct hae_control *control)
{
    hae_lock_in_child(&control->lock, false);
    (void)hae_condition_init(&control->changed);
    control->kept = false;
    control->driven = false;
}

void hae_control_end_in_child(struct hae_control *control)
{
    control->ended = true;
}

void hae_control_reinit(struct hae_control *control)
{
    hae_control_lock(control);
    control->flushes = NULL;
    control->flush_requested = control->closing = control->stop = control->ended = false;
    hae_control_unlock(control);
}

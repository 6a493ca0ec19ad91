/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_exporter.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "support/core_cmocka.h"

static void lock(struct fake_exporter *fake)
{
    pthread_mutex_lock(&fake->lock);
}

static void unlock(struct fake_exporter *fake)
{
    pthread_cond_broadcast(&fake->changed);
    pthread_mutex_unlock(&fake->lock);
}

/* ---- Answers ------------------------------------------------------------------------------ */

static void note_answer(struct fake_exporter *fake, const haetae_delivery *delivery,
                        const haetae_result *result)
{
    haetae_signal signal = haetae_delivery_signal(delivery);
    uint64_t items = haetae_delivery_item_count(delivery);

    lock(fake);
    fake->complete_count++;
    fake->under_way--;
    if (result->verdict == HAETAE_VERDICT_OK) {
        fake->taken_count[signal] += items - result->rejected_count;
        fake->rejected_count[signal] += result->rejected_count;
    } else if (result->verdict == HAETAE_VERDICT_DROP) {
        fake->dropped_count[signal] += items;
    }
    unlock(fake);
}

void fake_answer_with(struct fake_exporter *fake, haetae_delivery *delivery,
                      const haetae_result *result)
{
    note_answer(fake, delivery, result);
    haetae_delivery_complete(delivery, result);
}

void fake_answer(struct fake_exporter *fake, haetae_delivery *delivery, haetae_verdict verdict)
{
    haetae_result result =
        HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict, .retry_after_ms = -1);

    fake_answer_with(fake, delivery, &result);
}

/* ---- Behaviours ---------------------------------------------------------------------------- */

void fake_accept(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery, HAETAE_VERDICT_OK);
}

void fake_refuse(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery, HAETAE_VERDICT_DROP);
}

void fake_fail(struct fake_exporter *fake, haetae_delivery *delivery)
{
    fake_answer(fake, delivery, HAETAE_VERDICT_RETRY);
}

void fake_hold(struct fake_exporter *fake, haetae_delivery *delivery)
{
    lock(fake);
    assert_true(fake->held_count < FAKE_HELD_MAX);
    fake->held[fake->held_count++] = delivery;
    unlock(fake);
}

void fake_block(struct fake_exporter *fake, haetae_delivery *delivery)
{
    lock(fake);
    fake->blocked_count++;
    pthread_cond_broadcast(&fake->changed);
    while (fake->blocking) {
        pthread_cond_wait(&fake->changed, &fake->lock);
    }
    unlock(fake);
    fake_answer(fake, delivery, HAETAE_VERDICT_OK);
}

/* ---- Operations ---------------------------------------------------------------------------- */

static void op_send(void *self, haetae_delivery *delivery)
{
    struct fake_exporter *fake = self;
    uint64_t size = haetae_delivery_size(delivery);

    lock(fake);
    fake->send_count++;
    fake->item_count[haetae_delivery_signal(delivery)] += haetae_delivery_item_count(delivery);
    fake->size_max_bytes = size > fake->size_max_bytes ? size : fake->size_max_bytes;
    fake->under_way++;
    if (fake->under_way > fake->under_way_max) {
        fake->under_way_max = fake->under_way;
    }
    unlock(fake);
    fake->behave(fake, delivery);
}

static int op_descriptor(void *self)
{
    return ((struct fake_exporter *)self)->descriptor;
}

static int64_t op_wait_ms(void *self)
{
    (void)self;
    return -1;
}

/* Takes the oldest held delivery if it is to be completed; otherwise returns NULL. */
static haetae_delivery *take_held(struct fake_exporter *fake)
{
    haetae_delivery *delivery = NULL;

    lock(fake);
    if (fake->releasing && fake->held_count > 0) {
        delivery = fake->held[0];
        fake->held_count--;
        fake->releasing = !fake->releasing_one;
        memmove(fake->held, fake->held + 1, fake->held_count * sizeof fake->held[0]);
    }
    unlock(fake);
    return delivery;
}

static void op_step(void *self)
{
    struct fake_exporter *fake = self;
    haetae_delivery *delivery;
    uint64_t count;
    ssize_t ignored = read(fake->descriptor, &count, sizeof count);

    (void)ignored; /* there may be nothing */
    lock(fake);
    fake->step_count++;
    unlock(fake);
    while ((delivery = take_held(fake)) != NULL) {
        fake_answer_with(fake, delivery, &fake->release);
    }
}

static void op_cancel(void *self, haetae_delivery *delivery)
{
    struct fake_exporter *fake = self;
    size_t kept = 0;

    lock(fake);
    fake->cancel_count++;
    fake->under_way--;
    for (size_t i = 0; i < fake->held_count; i++) {
        if (fake->held[i] != delivery) {
            fake->held[kept++] = fake->held[i];
        }
    }
    fake->held_count = kept;
    unlock(fake);
}

static void op_free(void *self)
{
    struct fake_exporter *fake = self;

    lock(fake);
    fake->free_count++;
    unlock(fake);
}

/* ---- Begin and end
 * ----------------------------------------------------------------------------------- */

void fake_init(struct fake_exporter *fake, const char *name, fake_behaviour behave)
{
    memset(fake, 0, sizeof *fake);
    fake->ops = (haetae_exporter_ops)HAETAE_OPTIONS(
        haetae_exporter_ops, .name = name, .send = op_send, .descriptor = op_descriptor,
        .wait_ms = op_wait_ms, .step = op_step, .cancel = op_cancel, .free = op_free,
        .max_in_flight = 1);
    fake->behave = behave;
    fake->blocking = true;
    assert_int_equal(pthread_mutex_init(&fake->lock, NULL), 0);
    assert_int_equal(pthread_cond_init(&fake->changed, NULL), 0);
    fake->descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_true(fake->descriptor >= 0);
}

void fake_make(struct fake_exporter *fake)
{
    assert_int_equal(haetae_exporter_new(&fake->ops, fake, &fake->exporter), HAETAE_OK);
}

void fake_done(struct fake_exporter *fake)
{
    close(fake->descriptor);
    pthread_cond_destroy(&fake->changed);
    pthread_mutex_destroy(&fake->lock);
}

/* ---- For the test --------------------------------------------------------------- */

static void release(struct fake_exporter *fake, haetae_verdict verdict, bool only_one)
{
    uint64_t one = 1;

    lock(fake);
    fake->release = (haetae_result)HAETAE_OPTIONS(haetae_result, .verdict = (int32_t)verdict,
                                                  .retry_after_ms = -1);
    fake->releasing = true;
    fake->releasing_one = only_one;
    unlock(fake);
    assert_int_equal(write(fake->descriptor, &one, sizeof one), sizeof one);
}

void fake_release(struct fake_exporter *fake, haetae_verdict verdict)
{
    release(fake, verdict, false);
}

void fake_release_one(struct fake_exporter *fake, haetae_verdict verdict)
{
    release(fake, verdict, true);
}

void fake_unblock(struct fake_exporter *fake)
{
    lock(fake);
    fake->blocking = false;
    unlock(fake);
}

void fake_await(struct fake_exporter *fake, const uint64_t *counter, uint64_t count)
{
    pthread_mutex_lock(&fake->lock);
    while (*counter < count) {
        pthread_cond_wait(&fake->changed, &fake->lock);
    }
    pthread_mutex_unlock(&fake->lock);
}

uint64_t fake_count(struct fake_exporter *fake, const uint64_t *counter)
{
    uint64_t count;

    pthread_mutex_lock(&fake->lock);
    count = *counter;
    pthread_mutex_unlock(&fake->lock);
    return count;
}

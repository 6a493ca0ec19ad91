/* SPDX-License-Identifier: Apache-2.0 */
#include "support/fake_delivery.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "haetae/config.h"

enum {
    /* No test takes that long; one that does has failed. */
    LOST_MS = 60000,
    RUNS_MAX = 1000000
};

haetae_signal haetae_delivery_signal(const haetae_delivery *delivery)
{
    return delivery->signal;
}

const uint8_t *haetae_delivery_data(const haetae_delivery *delivery)
{
    return delivery->data;
}

size_t haetae_delivery_size(const haetae_delivery *delivery)
{
    return delivery->size;
}

uint64_t haetae_delivery_item_count(const haetae_delivery *delivery)
{
    return delivery->item_count;
}

unsigned haetae_delivery_attempt(const haetae_delivery *delivery)
{
    return delivery->attempt;
}

void haetae_delivery_set_user(haetae_delivery *delivery, void *user)
{
    delivery->user = user;
}

void *haetae_delivery_user(const haetae_delivery *delivery)
{
    return delivery->user;
}

void haetae_delivery_complete(haetae_delivery *delivery, const haetae_result *result)
{
    delivery->completed_count++;
    delivery->result = *result;
    delivery->message[0] = '\0';
    if (result->message != NULL) {
        assert_true(strlen(result->message) < sizeof delivery->message);
        strcpy(delivery->message, result->message);
        delivery->result.message = delivery->message;
    }
    if (delivery->on_complete != NULL) {
        delivery->on_complete(delivery);
    }
}

void fake_send(haetae_exporter *exporter, haetae_delivery *delivery)
{
    delivery->completed_count = 0;
    exporter->ops.send(exporter->self, delivery);
}

void fake_run_once(haetae_exporter *exporter)
{
    int64_t wait_ms = exporter->ops.wait_ms(exporter->self);
    struct pollfd ready = {.fd = exporter->ops.descriptor(exporter->self), .events = POLLIN};
    int count;

    assert_true(ready.fd >= 0);
    count = poll(&ready, 1, wait_ms >= 0 && wait_ms < LOST_MS ? (int)wait_ms : LOST_MS);
    if (count == 0 && (wait_ms < 0 || wait_ms > LOST_MS)) {
        fail_msg("the exporter waits for something that never comes");
    }
    exporter->ops.step(exporter->self);
}

void fake_run_until(haetae_exporter *exporter, const _Atomic bool *flag)
{
    while (!*flag) {
        struct pollfd ready = {.fd = exporter->ops.descriptor(exporter->self), .events = POLLIN};

        /* A short wait: setting the flag does not end it. */
        poll(&ready, 1, exporter->ops.wait_ms(exporter->self) == 0 ? 0 : 1);
        exporter->ops.step(exporter->self);
    }
}

void fake_wait(haetae_exporter *exporter, haetae_delivery *deliveries, size_t count)
{
    unsigned runs = 0;

    for (size_t i = 0; i < count; i++) {
        while (deliveries[i].completed_count == 0) {
            assert_true(runs++ < RUNS_MAX);
            fake_run_once(exporter);
        }
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(deliveries[i].completed_count, 1);
    }
}

void fake_deliver(haetae_exporter *exporter, haetae_delivery *delivery)
{
    fake_send(exporter, delivery);
    fake_wait(exporter, delivery, 1);
}

void fake_cancel(haetae_exporter *exporter, haetae_delivery *delivery)
{
    exporter->ops.cancel(exporter->self, delivery);
}

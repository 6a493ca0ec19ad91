/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/run_once.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "base/minmax.h"
#include "pipeline/failover.h"
#include "pipeline/flush.h"
#include "pipeline/health.h"
#include "pipeline/intake_driver.h"
#include "pipeline/sender.h"
#include "recorder/consumer.h"

enum {
    IDLE_WAIT_MAX_MS = 60000,
    LOOK_MIN_MS = 10, /* between two looks at the sources, however short the delay */
    STARVED_WAIT_MS = 10,
    FLUSHING_WAIT_MS = 10, /* between two calls of an exporter's force_flush() */
    UNWOKEN_WAIT_MS = 50   /* when nobody can wake us: the host has closed the descriptor */
};

/* ---- Running ---------------------------------------------------------------------------- */

/* Looks whether another thread has asked for the shutdown. */
static void poll_closing(struct hae_pipeline *pipeline)
{
    if (!pipeline->is_closing && hae_control_is_closing(&pipeline->control)) {
        pipeline->is_closing = true;
        /* Even when memory does not suffice to make requests of all that was recorded. */
        hae_route_flush_now(&pipeline->route);
    }
}

/* Asks the sources in turn. False: some items stay in them for want of memory. */
static bool run_sources(struct hae_pipeline *pipeline, const struct hae_run *run, bool *more)
{
    bool all = true;

    for (uint32_t i = 0; i < pipeline->options.source_count; i++) {
        switch (hae_intake_run(&pipeline->intake, &pipeline->options.sources[i], run)) {
        case HAE_SOURCE_STARVED:
            all = false;
            break;
        case HAE_SOURCE_MORE:
            *more = true;
            break;
        case HAE_SOURCE_DONE:
            break;
        }
    }
    return all;
}

/* Makes requests of what the sources have, and of those a flush waits for. */
static bool take_in(struct hae_pipeline *pipeline, struct hae_run *run)
{
    uint64_t not_taken = hae_intake_not_taken(&pipeline->intake);
    struct hae_flush_run flush;
    bool more = false;

    flush.all = run_sources(pipeline, run, &more);
    flush.all &= hae_intake_finish_due(&pipeline->intake, run);
    pipeline->is_starved = !flush.all;
    if (run->flushing) {
        flush.lost = hae_intake_not_taken(&pipeline->intake) != not_taken;
        flush.sequence = pipeline->store.last_sequence;
        hae_flushes_began(&pipeline->control, &flush);
        if (flush.all) {
            hae_route_flush_now(&pipeline->route);
        }
    }
    return more;
}

/* Ends flushes whose requests are settled and whose exporters have exported what they keep. An
 * exporter is asked when it has all its own requests for a flush, whatever others wait for. Returns
 * whether any ended. */
static bool end_flushes(struct hae_pipeline *pipeline)
{
    struct hae_control *control = &pipeline->control;
    struct hae_route *route = &pipeline->route;
    uint64_t flushed = UINT64_MAX;

    hae_flushes_look(control, &pipeline->store);
    for (uint32_t i = 0; i < route->destination_count; i++) {
        struct hae_destination *destination = &route->destinations[i];
        uint64_t wanted = hae_flushes_newest(control, hae_failover_oldest(destination));

        if (hae_destination_flush(destination, wanted) == HAETAE_ELOST) {
            hae_flushes_lose(control, destination->flushed_for);
        }
        flushed = hae_min(flushed, hae_destination_flushed(destination));
    }
    /* Before the flush ends: after it, the caller reads in the statistics what it delivered. */
    hae_health_show(route);
    return hae_flushes_end(control, &pipeline->store, flushed, &pipeline->is_flushing);
}

static bool run_once(struct hae_pipeline *pipeline)
{
    struct hae_run run = {.now_ms = hae_now_ms()};
    bool more;

    /* The flush first: a shutdown closes before it asks for its flush, so the run that carries it
     * out is a closing one, in which each source gives its last. */
    run.flushing = hae_flushes_begin(&pipeline->control, &run.flush_is_new);
    poll_closing(pipeline);
    run.closing = pipeline->is_closing;
    more = take_in(pipeline, &run);
    more |= hae_route_fail_over(&pipeline->route, run.now_ms);
    for (uint32_t i = 0; i < pipeline->route.destination_count; i++) {
        more |= hae_sender_run(&pipeline->route.destinations[i], run.now_ms);
    }
    more |= end_flushes(pipeline); /* whoever drives by hand looks whether it is done */
    hae_intake_report_lost(&pipeline->intake);
    return more;
}

bool hae_pipeline_run_once(struct hae_pipeline *pipeline)
{
    bool more;

    hae_gate_enter(&pipeline->gate);
    more = run_once(pipeline);
    hae_gate_leave(&pipeline->gate);
    return more;
}

/* ---- Waiting ---------------------------------------------------------------------------- */

static uint64_t until(uint64_t now_ms, uint64_t then_ms)
{
    return then_ms > now_ms ? then_ms - now_ms : 0;
}

/* A source that cannot say when it has something is looked at as often as the shortest delay
 * asks for it: a recording call wakes nobody for the first record of a batch. */
static uint64_t source_wait_ms(const struct hae_pipeline *pipeline, const struct hae_source *source,
                               uint64_t now_ms)
{
    uint64_t wait = IDLE_WAIT_MAX_MS;

    if (source->wait_ms != NULL) {
        return source->wait_ms(source->self, now_ms);
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        uint64_t delay = pipeline->options.signals[signal].delay_ms;

        if ((source->signals >> signal & 1) != 0) {
            wait = hae_min(wait, delay > LOOK_MIN_MS ? delay : LOOK_MIN_MS);
        }
    }
    return wait;
}

uint64_t hae_pipeline_due_in_ms(const struct hae_pipeline *pipeline, uint64_t now_ms)
{
    uint64_t most = pipeline->is_flushing ? FLUSHING_WAIT_MS : IDLE_WAIT_MAX_MS;
    uint64_t wait = hae_min(most, until(now_ms, hae_intake_due_ms(&pipeline->intake)));

    wait = hae_min(wait, until(now_ms, hae_route_due_ms(&pipeline->route)));
    for (uint32_t i = 0; i < pipeline->options.source_count; i++) {
        wait = hae_min(wait, source_wait_ms(pipeline, &pipeline->options.sources[i], now_ms));
    }
    for (uint32_t i = 0; i < pipeline->route.destination_count; i++) {
        int64_t sender = hae_sender_wait_ms(&pipeline->route.destinations[i], now_ms);

        if (sender >= 0) {
            wait = hae_min(wait, (uint64_t)sender);
        }
    }
    return wait;
}

/* Whether nothing has happened but that descriptors are not open, as when the host has
 * closed all that it found. */
static bool only_closed(const struct pollfd *polled, nfds_t count)
{
    for (nfds_t i = 0; i < count; i++) {
        if ((polled[i].revents & ~POLLNVAL) != 0) {
            return false;
        }
    }
    return true;
}

/* Returns whether `wake`, which is the first if it is among them, is readable. A poll that fails,
 * such as for want of kernel memory or with more descriptors than the process may have, or that
 * reports closed descriptors, would do so again at once. */
static bool wait_for(struct pollfd *polled, nfds_t count, uint64_t wait_ms, int wake)
{
    int ready = poll(polled, count, (int)wait_ms);
    bool in_vain = ready < 0 ? errno != EINTR : ready > 0 && only_closed(polled, count);

    if (in_vain && wait_ms != 0) {
        (void)poll(NULL, 0, STARVED_WAIT_MS);
    }
    return ready > 0 && polled[0].fd == wake && (polled[0].revents & POLLIN) != 0;
}

/* The descriptors of the exporters; returns how many there are now. */
static nfds_t add_descriptors(const struct hae_pipeline *pipeline, struct pollfd *polled,
                              nfds_t count)
{
    for (uint32_t i = 0; i < pipeline->route.destination_count; i++) {
        int descriptor = hae_sender_descriptor(&pipeline->route.destinations[i]);

        if (descriptor >= 0) {
            polled[count++] = (struct pollfd){.fd = descriptor, .events = POLLIN};
        }
    }
    return count;
}

void hae_pipeline_wait(struct hae_pipeline *pipeline, uint64_t timeout_ms)
{
    struct pollfd polled[HAE_DESTINATIONS_MAX + 1];
    const struct hae_descriptor *wake = &pipeline->recorder->wake;
    bool woken = false;
    nfds_t count = 0;
    uint64_t wait;

    hae_gate_enter(&pipeline->gate);
    wait = hae_min(hae_pipeline_due_in_ms(pipeline, hae_now_ms()), timeout_ms);
    if (hae_descriptor_is_ours(wake)) {
        polled[count++] = (struct pollfd){.fd = wake->number, .events = POLLIN};
    } else {
        wait = hae_min(wait, UNWOKEN_WAIT_MS);
    }
    count = add_descriptors(pipeline, polled, count);
    hae_gate_leave(&pipeline->gate);
    if (pipeline->is_starved) {
        /* Something could not be taken or finished: memory must become free first.
         * Full rings and flushes are no reason to look at once. */
        woken = wait_for(polled, count, hae_min(wait, STARVED_WAIT_MS), wake->number);
    } else if (!hae_recorder_about_to_wait(pipeline->recorder) &&
               !hae_control_has_request(&pipeline->control, pipeline->is_closing)) {
        /* After hae_recorder_about_to_wait(): a thread that requests something later sees that
         * we wait, and wakes us. */
        woken = wait_for(polled, count, hae_min(wait, IDLE_WAIT_MAX_MS), wake->number);
    }
    hae_recorder_awake(pipeline->recorder, woken);
}

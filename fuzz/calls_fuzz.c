/* SPDX-License-Identifier: Apache-2.0 */
/* Sequences of public calls, of up to two SDKs at once that the fuzzer drives by hand with a
 * clock of its own. Beside each call runs a model of what has to become of it (fuzz/calls). The
 * exporter reads each request strictly and compares every item with the model: each is delivered
 * once, with the fields that it was given, or counted as dropped; the statistics agree; after an
 * outage all that is held is delivered; and shutdown leaves nothing behind.
 * Input: a choice of call in each byte, followed by its arguments. */
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "calls/calls.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t now_ms;

static uint64_t clock_ms(void)
{
    return now_ms;
}

/* ---- Statistics --------------------------------------------------------------------------------
 */

struct numbers {
    uint64_t recorded, delivered, dropped, held;
};

static struct numbers numbers_of(haetae_sdk *sdk, haetae_signal signal)
{
    struct numbers numbers;
    haetae_stats *stats = NULL;

    FUZZ_CHECK(haetae_stats_take(sdk, &stats) == HAETAE_OK, "no statistics");
    numbers = (struct numbers){
        haetae_stats_recorded(stats, signal), haetae_stats_delivered(stats, signal),
        haetae_stats_dropped_total(stats, signal), haetae_stats_held(stats, signal)};
    haetae_stats_free(stats);
    return numbers;
}

static void check_statistics(struct calls_sdk *sdk)
{
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        struct numbers n = numbers_of(sdk->sdk, (haetae_signal)i);

        FUZZ_CHECK(n.recorded == n.delivered + n.dropped + n.held,
                   "signal %d: recorded %llu, delivered %llu, dropped %llu, held %llu", i,
                   (unsigned long long)n.recorded, (unsigned long long)n.delivered,
                   (unsigned long long)n.dropped, (unsigned long long)n.held);
        FUZZ_CHECK(n.delivered == sdk->accepted[i], "signal %d: %llu delivered, %llu accepted", i,
                   (unsigned long long)n.delivered, (unsigned long long)sdk->accepted[i]);
        FUZZ_CHECK(i == HAETAE_SIGNAL_METRICS || sdk->shut_down || n.recorded == sdk->recorded[i],
                   "signal %d: %llu recorded, not %llu", i, (unsigned long long)n.recorded,
                   (unsigned long long)sdk->recorded[i]);
    }
}

/* ---- The life of an SDK
 * -------------------------------------------------------------------------- */

static bool holds_something(haetae_sdk *sdk)
{
    for (int i = 0; i < HAETAE_SIGNAL_COUNT; i++) {
        if (numbers_of(sdk, (haetae_signal)i).held != 0) {
            return true;
        }
    }
    return false;
}

/* The receiver is well again: everything that is held gets there. */
static void deliver_all(struct calls_sdk *sdk)
{
    enum { ROUNDS = 200 };

    memset(sdk->script, CALLS_ACCEPT, sizeof sdk->script);
    while (sdk->held_count > 0) {
        calls_answer_held(sdk, CALLS_ACCEPT, 0);
    }
    (void)haetae_sdk_force_flush(sdk->sdk, 0);
    for (int i = 0; i < ROUNDS && holds_something(sdk->sdk); i++) {
        now_ms += 60000;
        (void)haetae_sdk_force_flush(sdk->sdk, 0);
    }
    FUZZ_CHECK(!holds_something(sdk->sdk), "something is held though all is accepted");
    check_statistics(sdk);
    if (!sdk->memory_failed) {
        calls_check_series(sdk);
    }
}

static void shut_down(struct calls *calls, struct calls_sdk *sdk, bool all)
{
    if (sdk->sdk != NULL && !sdk->shut_down) {
        calls_end_spans_of(calls, sdk, true);
        if (all) {
            deliver_all(sdk);
        }
        (void)haetae_sdk_shutdown(sdk->sdk, 0);
        check_statistics(sdk);
        FUZZ_CHECK(!holds_something(sdk->sdk), "something is held after the shutdown");
        FUZZ_CHECK(sdk->held_count == 0, "a delivery outlives the shutdown");
        sdk->shut_down = true;
    }
    FUZZ_CHECK(haetae_sdk_shutdown(sdk->sdk, 0) ==
                   (sdk->sdk != NULL ? HAETAE_ESHUTDOWN : HAETAE_OK),
               "a second shutdown");
}

static void end_sdk(struct calls *calls, struct calls_sdk *sdk, bool all)
{
    if (!sdk->started) {
        return;
    }
    shut_down(calls, sdk, all);
    calls_end_spans_of(calls, sdk, false);
    haetae_sdk_free(sdk->sdk);
    calls_records_done(&sdk->spans);
    calls_records_done(&sdk->logs);
    calls_forget_metrics(sdk);
    for (int i = 0; i < CALLS_SCOPES; i++) {
        free(sdk->scopes[i].note);
    }
    *sdk = (struct calls_sdk){.started = false};
}

static void step(struct calls *calls, struct calls_sdk *sdk, bool flush)
{
    bool short_of_memory = fuzz_below(&calls->input, 8) == 7;

    if (short_of_memory) {
        sdk->memory_failed = true;
        hae_alloc_fail_after((long)fuzz_below(&calls->input, 32));
    }
    if (flush) {
        (void)haetae_sdk_force_flush(sdk->sdk, 0);
    } else {
        haetae_status status = haetae_sdk_step(sdk->sdk, 0);

        FUZZ_CHECK(status == (sdk->shut_down ? HAETAE_ESHUTDOWN : HAETAE_OK), "step: %s",
                   haetae_status_name(status));
    }
    hae_alloc_fail_after(-1);
}

static void on_life(struct calls *calls, struct calls_sdk *sdk)
{
    struct fuzz_input *input = &calls->input;
    unsigned what = fuzz_below(input, 16);

    switch (what) {
    case 0:
        end_sdk(calls, sdk, fuzz_byte(input) & 1);
        break;
    case 1:
        shut_down(calls, sdk, fuzz_byte(input) & 1);
        break;
    case 2:
    case 3:
        now_ms += fuzz_byte(input) * 10u;
        break;
    case 4:
        now_ms += fuzz_byte(input) * 1000u;
        break;
    case 5:
    case 6:
        sdk->script[fuzz_byte(input) % sizeof sdk->script] = fuzz_byte(input);
        break;
    case 7:
    case 8:
        calls_answer_held(sdk, (enum calls_answer)(fuzz_byte(input) % CALLS_ANSWERS),
                          fuzz_byte(input));
        break;
    default:
        step(calls, sdk, what < 12);
        break;
    }
}

static void one_call(struct calls *calls)
{
    unsigned choice = fuzz_byte(&calls->input);
    struct calls_sdk *sdk = &calls->sdks[choice >> 7];

    if (!sdk->started) {
        calls_start(calls, sdk);
    }
    switch (choice % 8) {
    case 0:
    case 1:
    case 2:
        calls_on_spans(calls, sdk);
        break;
    case 3:
        calls_on_context(calls);
        break;
    case 4:
        calls_on_logs(calls, sdk);
        break;
    case 5:
        calls_on_metrics(calls, sdk);
        break;
    default:
        on_life(calls, sdk);
        break;
    }
    if (sdk->started && sdk->sdk != NULL) {
        check_statistics(sdk);
    }
    calls_free_arguments(calls);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct calls calls;
    long live = hae_alloc_live_count();

    calls = (struct calls){.input = {data, data + size}};
    now_ms = 1000000;
    hae_set_clock_ms(clock_ms);
    while (fuzz_more(&calls.input)) {
        one_call(&calls);
    }
    calls_detach_all(&calls);
    for (int i = 0; i < CALLS_SDKS; i++) {
        end_sdk(&calls, &calls.sdks[i], true);
    }
    hae_set_clock_ms(NULL);
    FUZZ_CHECK(hae_alloc_live_count() == live, "%ld blocks are left",
               hae_alloc_live_count() - live);
    return 0;
}

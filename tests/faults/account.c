/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "faults/scene.h"
#include "support/core_cmocka.h"
#include "support/repeat.h"

/* Recorder, queue and what exporters and allocator need, with as much again. */
enum { RSS_GROWTH_MAX_KIB = 96 * 1024, DESCRIPTORS_MORE_MAX = 64 };

/* Of one signal, all programs of the scene together. */
struct account {
    uint64_t begun;
    uint64_t recorded; /* by calls that have returned */
    uint64_t counted;  /* by the statistics            */
    uint64_t delivered;
    uint64_t held; /* by the last program */
    uint64_t dropped;
    uint64_t reasons[HAETAE_DROP_COUNT];
};

/* The first thing that is wrong, or NULL. */
static const char *wrong;

static void check(bool holds, const char *what)
{
    if (!holds && wrong == NULL) {
        wrong = what;
    }
}

/* ---- Numbers -------------------------------------------------------------------------------- */

static void add_run(struct account *account, const struct board *board, int signal, bool last)
{
    const struct board_stats *stats = &board->stats[signal];

    for (unsigned i = 0; i < BOARD_THREADS; i++) {
        account->begun += board->of[i].numbers[signal].begun;
        account->recorded += board->of[i].numbers[signal].recorded;
    }
    account->counted += stats->recorded - stats->recovered;
    account->delivered += stats->delivered;
    account->held = last ? stats->held : 0;
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        account->reasons[reason] += stats->dropped[reason];
        account->dropped += stats->dropped[reason];
    }
}

static struct account account_of(const struct scene *scene, int signal)
{
    struct account account = {0};

    for (unsigned run = 0; run <= scene->run; run++) {
        add_run(&account, scene->boards[run], signal, run == scene->run);
    }
    return account;
}

static void check_sum(const struct scene *scene, int signal)
{
    const struct board_stats *stats = &scene_board(scene)->stats[signal];
    uint64_t sum = stats->delivered + stats->held;

    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        sum += stats->dropped[reason];
    }
    check(stats->recorded == sum, "recorded is not delivered + dropped + held");
}

/* ---- Spans and log records ------------------------------------------------------------------ */

struct differences {
    uint64_t missing;
    uint64_t unrecorded; /* they arrived though no call had begun to record them */
};

static struct differences differences_of(const struct scene *scene, struct ledger *ledger,
                                         int signal)
{
    struct differences found = {0, 0};

    for (unsigned run = 0; run <= scene->run; run++) {
        for (unsigned i = 0; i < BOARD_THREADS; i++) {
            const struct board_numbers *numbers = &scene->boards[run]->of[i].numbers[signal];

            found.missing +=
                ledger_missing(ledger, (haetae_signal)signal, run, i, numbers->recorded);
            found.unrecorded +=
                ledger_beyond(ledger, (haetae_signal)signal, run, i, numbers->begun);
        }
    }
    return found;
}

static void check_items(const struct scene *scene, struct ledger *ledger, int signal,
                        bool delivered)
{
    struct account account = account_of(scene, signal);
    struct differences found = differences_of(scene, ledger, signal);
    struct ledger_sums sums = ledger_sums(ledger, (haetae_signal)signal);
    uint64_t gone = account.dropped + account.held;

    check(found.unrecorded == 0, "something arrived that was never recorded");
    check(sums.duplicates <= sums.doubtful, "more duplicates than requests that were in doubt");
    check(!delivered || found.missing == 0, "something is lost");
    check(!delivered || gone == 0, "something was dropped, or is held");
    if (!scene->killed) {
        check(account.counted == account.recorded, "recorded is not what the calls recorded");
        check(found.missing <= gone && found.missing + sums.doubtful >= gone,
              "what is missing is not what was dropped or is held");
        check(sums.received + found.missing == account.recorded,
              "what arrived and what is missing are not all");
        check(sums.received >= account.delivered &&
                  sums.received <= account.delivered + sums.doubtful,
              "what arrived is not what counts as delivered");
    }
}

/* ---- Data points ---------------------------------------------------------------------------- */

static void check_value(const struct scene *scene, struct ledger *ledger, unsigned run,
                        unsigned thread)
{
    const struct board_numbers *numbers =
        &scene->boards[run]->of[thread].numbers[HAETAE_SIGNAL_METRICS];
    uint64_t value = ledger_value(ledger, run, thread);

    check(value >= numbers->recorded && value <= numbers->begun, "a sum is wrong");
}

/* Newer points take the place of older ones, so of points some may be missing, and of sums nothing.
 * A point that has arrived counts as dropped where its answer did not. */
static void check_points(const struct scene *scene, struct ledger *ledger, bool delivered)
{
    struct account account = account_of(scene, HAETAE_SIGNAL_METRICS);
    struct ledger_sums sums = ledger_sums(ledger, HAETAE_SIGNAL_METRICS);

    check(sums.duplicates <= sums.doubtful, "more duplicate points than were in doubt");
    check(!delivered || account.dropped == account.reasons[HAETAE_DROP_REPLACED],
          "points were dropped that nothing replaces");
    if (!scene->killed && scene->receiver_count == 1) {
        check(sums.received >= account.delivered &&
                  sums.received <= account.delivered + sums.doubtful,
              "the points that arrived are not those that count as delivered");
    }
    for (unsigned run = 0; delivered && run <= scene->run; run++) {
        for (unsigned i = 0; i < BOARD_THREADS; i++) {
            check_value(scene, ledger, run, i);
        }
    }
}

/* ---- The process ---------------------------------------------------------------------------- */

static void check_process(const struct scene *scene)
{
    const struct board *board = scene_board(scene);

    check(board->state != BOARD_DONE || board->descriptors_after == board->descriptors_before,
          "descriptors are left open");
    check(scene->descriptors_most <= board->descriptors_before + DESCRIPTORS_MORE_MAX,
          "too many descriptors");
#if !defined(TEST_IS_SLOW) /* their memory is another one */
    check(scene->rss_most_kib <= scene->rss_before_kib + RSS_GROWTH_MAX_KIB,
          "the memory has grown too much");
#endif
}

/* ---- The row -------------------------------------------------------------------------------- */

static uint64_t time_of_place(unsigned place)
{
    return (uint64_t)(9 + place % 8) << place / 8;
}

/* The time, in ns, that one call in a thousand exceeds. */
static uint64_t percentile(const struct scene *scene, enum board_phase phase)
{
    uint64_t counts[BOARD_TIMES] = {0};
    uint64_t all = 0;
    uint64_t sum = 0;
    unsigned place = 0;

    for (unsigned run = 0; run <= scene->run; run++) {
        for (unsigned i = 0; i < BOARD_THREADS; i++) {
            for (unsigned j = 0; j < BOARD_TIMES; j++) {
                counts[j] += scene->boards[run]->of[i].times[phase][j];
                all += scene->boards[run]->of[i].times[phase][j];
            }
        }
    }
    while (place < BOARD_TIMES - 1 && (sum += counts[place]) < all - all / 1000) {
        place++;
    }
    return all != 0 ? time_of_place(place) : 0;
}

static uint64_t worst(const struct scene *scene, enum board_phase phase)
{
    uint64_t most = 0;

    for (unsigned run = 0; run <= scene->run; run++) {
        for (unsigned i = 0; i < BOARD_THREADS; i++) {
            uint64_t ns = scene->boards[run]->of[i].worst_ns[phase];

            most = ns > most ? ns : most;
        }
    }
    return most;
}

static void print_dropped(const struct scene *scene)
{
    unsigned count = 0;

    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        struct account account = account_of(scene, signal);

        for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
            if (account.reasons[reason] != 0) {
                printf("%s%s %s %" PRIu64, count++ != 0 ? ", " : "",
                       haetae_signal_name((haetae_signal)signal),
                       haetae_drop_reason_name((haetae_drop_reason)reason),
                       account.reasons[reason]);
            }
        }
    }
    printf("%s | ", count == 0 ? "0" : "");
}

static void print_received(const struct scene *scene)
{
    for (unsigned i = 0; i < scene->receiver_count; i++) {
        struct ledger *ledger = receiver_ledger(scene->receivers[i]);

        if (i == 0 || ledger != receiver_ledger(scene->receivers[0])) {
            printf("%s%" PRIu64 " + %" PRIu64 " + %" PRIu64, i != 0 ? ", " : "",
                   ledger_sums(ledger, HAETAE_SIGNAL_TRACES).received,
                   ledger_sums(ledger, HAETAE_SIGNAL_LOGS).received,
                   ledger_sums(ledger, HAETAE_SIGNAL_METRICS).received);
        }
    }
    printf(" | ");
}

static void print_duplicates(const struct scene *scene)
{
    struct ledger_sums sums = {0};

    for (unsigned i = 0; i < scene->receiver_count; i++) {
        struct ledger *ledger = receiver_ledger(scene->receivers[i]);

        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            struct ledger_sums more = ledger_sums(ledger, (haetae_signal)signal);

            sums.duplicates +=
                i == 0 || ledger != receiver_ledger(scene->receivers[0]) ? more.duplicates : 0;
            sums.doubtful += more.doubtful;
        }
    }
    printf("%" PRIu64 " of %" PRIu64 " in doubt | ", sums.duplicates, sums.doubtful);
}

static void print_row(const struct scene *scene)
{
    const struct board *board = scene_board(scene);

    printf("| %s%s | %" PRIu64 " + %" PRIu64 " + %" PRIu64 " | ", scene->name,
           scene_form.grpc ? "_grpc" : "", account_of(scene, HAETAE_SIGNAL_TRACES).recorded,
           account_of(scene, HAETAE_SIGNAL_LOGS).recorded,
           account_of(scene, HAETAE_SIGNAL_METRICS).counted);
    print_received(scene);
    print_dropped(scene);
    printf("%" PRIu64 " / %" PRIu64 " | ", scene->spooled_most, scene->held_most);
    print_duplicates(scene);
    printf("%.1f → %.1f | %.0f → %.0f | ", (double)percentile(scene, BOARD_HEALTHY) / 1e3,
           (double)percentile(scene, BOARD_FAULT) / 1e3, (double)worst(scene, BOARD_HEALTHY) / 1e3,
           (double)worst(scene, BOARD_FAULT) / 1e3);
    printf("%.1f | %u / %u / %u | %s |\n",
           ((double)scene->rss_most_kib - (double)scene->rss_before_kib) / 1024,
           board->descriptors_before, scene->descriptors_most, board->descriptors_after,
           wrong != NULL ? wrong : "as it must be");
    fflush(stdout);
}

void scene_account(struct scene *scene, bool delivered)
{
    wrong = NULL;
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        check_sum(scene, signal);
    }
    for (unsigned i = 0; i < scene->receiver_count; i++) {
        struct ledger *ledger = receiver_ledger(scene->receivers[i]);

        check_items(scene, ledger, HAETAE_SIGNAL_TRACES, delivered);
        check_items(scene, ledger, HAETAE_SIGNAL_LOGS, delivered);
        check_points(scene, ledger, delivered);
    }
    check_process(scene);
    print_row(scene);
    if (wrong != NULL) {
        fail_msg("%s: %s", scene->name, wrong);
    }
}

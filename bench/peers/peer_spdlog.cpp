/* SPDX-License-Identifier: Apache-2.0 */
/* spdlog beside haetae: its asynchronous logger, which formats at the call and leaves writing lines
 * of text to a file to a thread of its own.
 * Usage: peer_spdlog calls FILE ROUNDS */
#include <cstdio>
#include <cstring>
#include <memory>

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

extern "C" {
#include "peer.h"
}

/* So many that no loop of calls has to wait for room. */
enum { QUEUE_SIZE = 8192 };

static texts all_texts;
static std::shared_ptr<spdlog::logger> logger;

static void log_three(void *, int calls)
{
    for (int i = 0; i < calls; i++) {
        const char *zone = all_texts.zones[i % VARIANTS];

        logger->info(LOG_BODY " driver.id={} zone={} ride.seats={}", 1234567 + i, zone, i & 3);
    }
}

/* Until the thread has written all lines of a loop. */
static void rest(void *)
{
    logger->flush();
    while (spdlog::thread_pool()->queue_size() != 0) {
        rest_shortly(nullptr);
    }
    rest_shortly(nullptr);
}

int main(int argc, char **argv)
{
    if (argc != 4 || std::strcmp(argv[1], "calls") != 0) {
        std::fprintf(stderr, "usage: peer_spdlog calls FILE ROUNDS\n");
        return 2;
    }
    int rounds = static_cast<int>(number_of(argv[3]));
    work work = {log_three, rest, nullptr};

    make_texts(&all_texts);
    spdlog::init_thread_pool(QUEUE_SIZE, 1);
    logger = spdlog::create_async_nb<spdlog::sinks::basic_file_sink_mt>("bench", argv[2], true);
    print_row("log_3", &work, rounds);
    std::printf("recorded %d\ndropped %zu\n", CALLS_PER_LOOP * rounds,
                spdlog::thread_pool()->overrun_counter());
    logger.reset();
    spdlog::shutdown();
    return 0;
}

// SPDX-License-Identifier: Apache-2.0
// The sink for spdlog: what is logged arrives as log records, which a processor looks at.
#include <cerrno>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include <spdlog/logger.h>

#include "haetae/haetae.h"
#include "haetae/processor.h"
#include "spdlog_sink.hpp"

static int failures;

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::printf("%s:%d: %s\n", __FILE__, __LINE__, #condition);                            \
            failures++;                                                                            \
        }                                                                                          \
    } while (0)

static struct {
    int severity;
    std::string severity_text, body, logger, file, function;
    int64_t line;
    uint64_t time, observed;
    haetae_span_context context;
} seen;

static std::string text_of(haetae_string text)
{
    return text.data != nullptr ? std::string(text.data, text.length) : std::string();
}

static bool on_emit(void *, haetae_log_record *record, const haetae_item_origin *,
                    const haetae_context *context)
{
    seen = {};
    seen.severity = record->severity;
    seen.severity_text = text_of(record->severity_text);
    seen.body = text_of(record->body.as.string);
    seen.time = record->time_unix_ns;
    seen.observed = record->observed_time_unix_ns;
    (void)haetae_context_span_context(context, &seen.context);
    for (size_t i = 0; i < record->attribute_count; i++) {
        const haetae_attribute &one = record->attributes[i];
        std::string key = text_of(one.key);

        if (key == "logger.name") {
            seen.logger = text_of(one.value.as.string);
        } else if (key == "code.file.path") {
            seen.file = text_of(one.value.as.string);
        } else if (key == "code.function.name") {
            seen.function = text_of(one.value.as.string);
        } else if (key == "code.line.number") {
            seen.line = one.value.as.int64;
        } else {
            EXPECT(key == "thread.id" && one.value.as.int64 != 0);
        }
    }
    return true;
}

static uint64_t recorded(haetae_sdk *sdk)
{
    haetae_stats *stats = nullptr;
    uint64_t count = 0;

    if (haetae_stats_take(sdk, &stats) == HAETAE_OK) {
        count = haetae_stats_recorded(stats, HAETAE_SIGNAL_LOGS);
        haetae_stats_free(stats);
    }
    return count;
}

static haetae_sdk *start(bool looks)
{
    haetae_log_processor processor{};
    haetae_config *config = nullptr;
    haetae_sdk *sdk = nullptr;

    processor.struct_size = sizeof processor;
    processor.on_emit = looks ? on_emit : nullptr;
    EXPECT(haetae_config_new(&config) == HAETAE_OK);
    EXPECT(haetae_config_set(config, "HAETAE_WORKER", "manual") == HAETAE_OK);
    EXPECT(haetae_config_add_log_processor(config, &processor) == HAETAE_OK);
    EXPECT(haetae_sdk_start(config, &sdk) == HAETAE_OK);
    haetae_config_free(config);
    return sdk;
}

static void every_level_is_a_severity(spdlog::logger &logger)
{
    static const int severities[] = {1, 5, 9, 13, 17, 21};
    static const char *const names[] = {"trace", "debug", "info", "warning", "error", "critical"};

    for (int level = 0; level < 6; level++) {
        logger.log(static_cast<spdlog::level::level_enum>(level), "ride {}", level);
        EXPECT(seen.severity == severities[level]);
        EXPECT(seen.severity_text == names[level]);
        EXPECT(seen.body == "ride " + std::to_string(level));
        EXPECT(seen.logger == "rides");
        EXPECT(seen.time != 0 && seen.observed != 0);
        EXPECT(seen.file.empty() && seen.line == 0);
    }
}

static void place_span_and_errno_are_kept(haetae_sdk *sdk, spdlog::logger &logger)
{
    haetae_span span = haetae_span_start(haetae_tracer_named(sdk, "test"), HAETAE_TEXT("ride"),
                                         HAETAE_SPAN_KIND_INTERNAL);
    std::string longer(20000, 'x');
    haetae_context_token token;
    haetae_span_context ids;

    EXPECT(haetae_span_get_context(span, &ids));
    haetae_context_attach(span, &token);
    errno = EPIPE;
    logger.log(spdlog::source_loc{"ride.cpp", 42, "go"}, spdlog::level::info, longer);
    EXPECT(errno == EPIPE);
    haetae_context_detach(&token);
    haetae_span_end(span);
    EXPECT(seen.body == longer);
    EXPECT(seen.file == "ride.cpp" && seen.line == 42 && seen.function == "go");
    EXPECT(std::memcmp(seen.context.span_id, ids.span_id, 8) == 0);
}

static void threads_lose_nothing()
{
    haetae_sdk *sdk = start(false);
    spdlog::logger logger("rides",
                          std::make_shared<haetae_spdlog_sink>(haetae_logger_named(sdk, "s")));
    std::vector<std::thread> threads;

    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&logger] {
            for (int j = 0; j < 500; j++) {
                logger.info("line {}", j);
            }
        });
    }
    for (std::thread &thread : threads) {
        thread.join();
    }
    EXPECT(recorded(sdk) == 2000);
    haetae_sdk_free(sdk);
}

int main()
{
    haetae_sdk *sdk = start(true);
    spdlog::logger logger("rides",
                          std::make_shared<haetae_spdlog_sink>(haetae_logger_named(sdk, "s")));
    uint64_t before;

    logger.set_level(spdlog::level::trace);
    every_level_is_a_severity(logger);
    place_span_and_errno_are_kept(sdk, logger);
    before = recorded(sdk);
    logger.set_level(spdlog::level::err);
    logger.info("left out");
    bridge_pause();
    logger.error("left out");
    bridge_resume();
    EXPECT(recorded(sdk) == before);
    haetae_sdk_free(sdk);
    threads_lose_nothing();
    return failures == 0 ? 0 : 1;
}

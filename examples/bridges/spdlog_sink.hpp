// SPDX-License-Identifier: Apache-2.0
// A sink of spdlog that makes log records. The pattern of the sink means nothing: the message is
// the body, and the rest are attributes: logger.name, thread.id, code.file.path, code.line.number,
// code.function.name. With an asynchronous logger records belong to no span: they are made on
// another thread.
//     auto logger = std::make_shared<spdlog::logger>(
//         "rides", std::make_shared<haetae_spdlog_sink>(haetae_logger_named(sdk, "spdlog")));
#ifndef HAETAE_EXAMPLES_BRIDGES_SPDLOG_SINK_HPP
#define HAETAE_EXAMPLES_BRIDGES_SPDLOG_SINK_HPP

#include <chrono>

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include "bridge.h"

// Without a lock: any thread may record.
class haetae_spdlog_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex>
{
  public:
    explicit haetae_spdlog_sink(haetae_logger *logger) : logger_(logger)
    {
    }

  protected:
    void sink_it_(const spdlog::details::log_msg &message) override
    {
        bridge_line line;
        auto since = message.time.time_since_epoch();

        bridge_begin(&line, logger_, level_of(message.level));
        line.record.time_unix_ns = static_cast<uint64_t>(
            std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
        line.record.body = haetae_value_text(message.payload.data(), message.payload.size());
        bridge_add(&line, "logger.name",
                   haetae_value_text(message.logger_name.data(), message.logger_name.size()));
        bridge_add(&line, "thread.id", haetae_value_int64(static_cast<int64_t>(message.thread_id)));
        bridge_add_place(&line, message.source.filename, message.source.line,
                         message.source.funcname);
        bridge_emit(&line);
    }

    void flush_() override
    {
    } // that is haetae_sdk_force_flush()

  private:
    static bridge_level level_of(spdlog::level::level_enum level)
    {
        static const bridge_level levels[] = {
            {HAETAE_SEVERITY_TRACE, "trace"}, {HAETAE_SEVERITY_DEBUG, "debug"},
            {HAETAE_SEVERITY_INFO, "info"},   {HAETAE_SEVERITY_WARN, "warning"},
            {HAETAE_SEVERITY_ERROR, "error"}, {HAETAE_SEVERITY_FATAL, "critical"}};

        return level >= 0 && level < 6 ? levels[level]
                                       : bridge_level{HAETAE_SEVERITY_UNSPECIFIED, nullptr};
    }

    haetae_logger *logger_;
};

#endif

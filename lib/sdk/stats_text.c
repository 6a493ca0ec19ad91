/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics as text. But for those of exporters all names are ours, and all values are numbers. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "haetae/stats.h"

struct text {
    char *at;
    size_t left;   /* with room for a NUL */
    size_t length; /* that all of it has  */
};

static void __attribute__((__format__(__printf__, 2, 3)))
add(struct text *text, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(text->at, text->left, format, arguments);
    va_end(arguments);
    if (size > 0) {
        size_t written = (size_t)size < text->left ? (size_t)size : text->left;

        text->length += (size_t)size;
        text->left -= written;
        if (text->at != NULL) {
            text->at += written;
        }
    }
}

static const char *misuse_name(int cause)
{
    static const char *const names[HAETAE_MISUSE_COUNT] = {
#define HAETAE_MISUSE_TEXT(name, code, text) [code] = (text),
        HAETAE_MISUSE_MAP(HAETAE_MISUSE_TEXT)
#undef HAETAE_MISUSE_TEXT
    };

    return names[cause];
}

/* ---- A line ------------------------------------------------------------------------------- */

static void add_if(struct text *text, uint64_t count, const char *what)
{
    if (count != 0) {
        add(text, ", %" PRIu64 " %s", count, what);
    }
}

static void line_of_signal(struct text *text, const haetae_stats *stats, haetae_signal signal)
{
    uint64_t dropped = haetae_stats_dropped_total(stats, signal);
    const char *before = " (";

    add(text, "%s%s: %" PRIu64 " recorded, %" PRIu64 " delivered",
        signal == HAETAE_SIGNAL_TRACES ? "" : "; ", haetae_signal_name(signal),
        haetae_stats_recorded(stats, signal), haetae_stats_delivered(stats, signal));
    add_if(text, haetae_stats_held(stats, signal), "held");
    add_if(text, haetae_stats_spooled(stats, signal), "of these spooled");
    add_if(text, haetae_stats_spooled_bytes(stats, signal), "bytes of spool");
    add_if(text, dropped, "dropped");
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        uint64_t count = haetae_stats_dropped(stats, signal, (haetae_drop_reason)reason);

        if (count != 0) {
            add(text, "%s%s %" PRIu64, before, haetae_drop_reason_name((haetae_drop_reason)reason),
                count);
            before = ", ";
        }
    }
    add(text, "%s", dropped != 0 ? ")" : "");
    add_if(text, haetae_stats_recovered(stats, signal), "recovered");
    add_if(text, haetae_stats_retries(stats, signal), "retries");
}

/* Destinations that are away. */
static void line_of_destinations(struct text *text, const haetae_stats *stats)
{
    for (size_t i = 0; i < haetae_stats_destination_count(stats); i++) {
        for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
            if (haetae_stats_destination_value(stats, i, (haetae_signal)signal,
                                               HAETAE_DESTINATION_AWAY) != 0) {
                add(text, ", %s away for %s", haetae_stats_destination_name(stats, i),
                    haetae_signal_name((haetae_signal)signal));
            }
        }
    }
}

static void write_line(struct text *text, const haetae_stats *stats)
{
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        line_of_signal(text, stats, (haetae_signal)signal);
    }
    add_if(text, haetae_stats_open_spans(stats), "open spans");
    add_if(text, haetae_stats_spans_left_open(stats), "spans left open");
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        uint64_t count = haetae_stats_misuse(stats, (haetae_misuse)cause);

        if (count != 0) {
            add(text, ", misuse %s %" PRIu64, misuse_name(cause), count);
        }
    }
    add_if(text, haetae_stats_hanging_sends(stats), "hanging sends");
    line_of_destinations(text, stats);
}

/* ---- JSON --------------------------------------------------------------------------------- */

static void member(struct text *text, const char *before, const char *name, uint64_t value)
{
    add(text, "%s\"%s\":%" PRIu64, before, name, value);
}

static void json_of_signal(struct text *text, const haetae_stats *stats, haetae_signal signal)
{
    add(text, "%s\"%s\":{", signal == HAETAE_SIGNAL_TRACES ? "" : ",", haetae_signal_name(signal));
    member(text, "", "recorded", haetae_stats_recorded(stats, signal));
    member(text, ",", "recovered", haetae_stats_recovered(stats, signal));
    member(text, ",", "delivered", haetae_stats_delivered(stats, signal));
    member(text, ",", "held", haetae_stats_held(stats, signal));
    member(text, ",", "spooled", haetae_stats_spooled(stats, signal));
    member(text, ",", "spooled_bytes", haetae_stats_spooled_bytes(stats, signal));
    add(text, ",\"dropped\":{");
    for (int reason = 0; reason < HAETAE_DROP_COUNT; reason++) {
        member(text, reason == 0 ? "" : ",", haetae_drop_reason_name((haetae_drop_reason)reason),
               haetae_stats_dropped(stats, signal, (haetae_drop_reason)reason));
    }
    add(text, "}");
    member(text, ",", "dropped_total", haetae_stats_dropped_total(stats, signal));
    member(text, ",", "retries", haetae_stats_retries(stats, signal));
    member(text, ",", "sent_bytes", haetae_stats_sent_bytes(stats, signal));
    add(text, "}");
}

/* A program gives exporters any names. What is no printable ASCII becomes an escape. */
static void quoted(struct text *text, const char *name)
{
    add(text, "\"");
    for (; *name != '\0'; name++) {
        unsigned char byte = (unsigned char)*name;
        bool plain = byte >= ' ' && byte < 0x7f && byte != '"' && byte != '\\';

        add(text, plain ? "%c" : "\\u%04x", byte);
    }
    add(text, "\"");
}

static void json_of_destination_signal(struct text *text, const haetae_stats *stats, size_t index,
                                       haetae_signal signal)
{
    add(text, ",\"%s\":{", haetae_signal_name(signal));
    for (int stat = 0; stat < HAETAE_DESTINATION_COUNT; stat++) {
        member(text, stat == 0 ? "" : ",",
               haetae_destination_stat_name((haetae_destination_stat)stat),
               haetae_stats_destination_value(stats, index, signal, (haetae_destination_stat)stat));
    }
    add(text, "}");
}

static void json_of_destination(struct text *text, const haetae_stats *stats, size_t index)
{
    size_t first = haetae_stats_destination_first(stats, index);

    add(text, "%s{\"name\":", index == 0 ? "" : ",");
    quoted(text, haetae_stats_destination_name(stats, index));
    if (first != index) {
        add(text, ",\"backup_of\":");
        quoted(text, haetae_stats_destination_name(stats, first));
    }
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        if (haetae_stats_destination_takes(stats, index, (haetae_signal)signal)) {
            json_of_destination_signal(text, stats, index, (haetae_signal)signal);
        }
    }
    add(text, "}");
}

static void write_json(struct text *text, const haetae_stats *stats)
{
    add(text, "{");
    for (int signal = 0; signal < HAETAE_SIGNAL_COUNT; signal++) {
        json_of_signal(text, stats, (haetae_signal)signal);
    }
    member(text, ",", "open_spans", haetae_stats_open_spans(stats));
    member(text, ",", "spans_left_open", haetae_stats_spans_left_open(stats));
    add(text, ",\"misuse\":{");
    for (int cause = 0; cause < HAETAE_MISUSE_COUNT; cause++) {
        member(text, cause == 0 ? "" : ",", misuse_name(cause),
               haetae_stats_misuse(stats, (haetae_misuse)cause));
    }
    add(text, "}");
    member(text, ",", "hanging_sends", haetae_stats_hanging_sends(stats));
    add(text, ",\"destinations\":[");
    for (size_t i = 0; i < haetae_stats_destination_count(stats); i++) {
        json_of_destination(text, stats, i);
    }
    add(text, "]}");
}

size_t haetae_stats_format(const haetae_stats *stats, haetae_stats_form form, char *buffer,
                           size_t capacity)
{
    struct text text = {buffer, buffer != NULL ? capacity : 0, 0};

    if (text.left != 0) {
        buffer[0] = '\0';
    }
    if (stats != NULL && form == HAETAE_STATS_LINE) {
        write_line(&text, stats);
    } else if (stats != NULL && form == HAETAE_STATS_JSON) {
        write_json(&text, stats);
    }
    return text.length;
}

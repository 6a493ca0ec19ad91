/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics as text. All names are ours and all values numbers, so JSON needs no escapes. */
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
    add(text, "}");
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

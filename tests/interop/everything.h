/* SPDX-License-Identifier: Apache-2.0 */
/* A program that makes every recording call, and writes what must arrive at the
 * collector. Each part of it is one file; everything.c starts the parts. */
#ifndef HAETAE_TESTS_INTEROP_EVERYTHING_H
#define HAETAE_TESTS_INTEROP_EVERYTHING_H

#include "haetae/haetae.h"
#include "json_out.h"

/* One SDK, and the expectation of what it sends. */
struct run {
    struct json_out *out;
    const char *resource; /* the name of its resource in the expectation */
    haetae_sdk *sdk;
    unsigned *failure_count;
};

/* Marks the program as failed when `condition` is false, and continues. */
#define EXPECT(run, condition) expect_true((run), (condition), #condition, __FILE__, __LINE__)
void expect_true(const struct run *run, bool condition, const char *text, const char *file,
                 int line);
/* The same for HAETAE_OK. */
#define EXPECT_OK(run, call) expect_ok((run), (call), #call, __FILE__, __LINE__)
void expect_ok(const struct run *run, haetae_status status, const char *text, const char *file,
               int line);

#define COUNT_OF(array)    (sizeof(array) / sizeof((array)[0]))
#define STRING_OF(literal) ((haetae_string)STRING_INIT(literal))
/* The same for static initialisers. */
#define STRING_INIT(literal)                                                                       \
    {                                                                                              \
        "" literal, sizeof("" literal) - 1                                                         \
    }

/* 2023-11-14T22:13:20Z plus nanoseconds: times that no clock shows now. */
#define T0_NS       UINT64_C(1700000000000000000)
#define AT(nanosec) (T0_NS + UINT64_C(nanosec))

/* Numbers in OTLP. */
enum { FLAG_SAMPLED = 0x01, FLAG_LOCAL = 0x100, FLAGS_REMOTE = 0x301 };

/* ---- The expectation ------------------------------------------------------------ */

/* Defines a scope, which items then name by `id`. */
void define_scope(const struct run *run, const char *id, const haetae_scope_options *scope);
/* A scope with a name only. */
void define_named_scope(const struct run *run, const char *name);

/* Begins the line of one item of `kind` ("span", "log", "metric"). */
void item_begin(const struct run *run, const char *scope, const char *kind);
void item_end(const struct run *run);

/* A time in nanoseconds; 0 stands for any time within the run. */
void json_time(struct json_out *out, const char *name, uint64_t time_unix_ns);

struct expected_event {
    haetae_string name;
    uint64_t time_unix_ns; /* 0: within the run */
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
};

struct expected_link {
    haetae_span_context context;
    haetae_string trace_state;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
};

struct expected_span {
    haetae_span_context context;
    uint8_t parent_span_id[8]; /* all zero: none */
    uint32_t flags;
    uint32_t kind;
    haetae_string name;
    haetae_string trace_state;
    uint64_t start_unix_ns, end_unix_ns; /* 0: within the run */
    const haetae_attribute *attributes;
    size_t attribute_count;
    const struct expected_event *events;
    size_t event_count;
    const struct expected_link *links;
    size_t link_count;
    uint32_t dropped_attribute_count, dropped_event_count, dropped_link_count;
    uint32_t status_code;
    haetae_string status_message;
};

void expect_span(const struct run *run, const char *scope, const struct expected_span *expected);

/* A root span of this name, with the context of `span` and the kind "internal". */
struct expected_span expected_root(haetae_span span, haetae_string name);
/* The same below a local parent. */
struct expected_span expected_child(haetae_span span, haetae_string name, haetae_span parent);

struct expected_log {
    uint64_t time_unix_ns; /* 0: none */
    bool time_is_now;
    uint64_t observed_time_unix_ns; /* 0: within the run */
    uint32_t severity;
    haetae_string severity_text;
    haetae_value body;
    haetae_string event_name;
    haetae_span_context context; /* all zero: none */
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
};

void expect_log(const struct run *run, const char *scope, const struct expected_log *expected);

/* ---- The parts -------------------------------------------------------------------- */

void record_traces(const struct run *run);
void record_contexts(const struct run *run);
void record_logs(const struct run *run);
void record_metrics(const struct run *run);
void record_limits(const struct run *run);

/* The number of each misuse that the parts make on purpose. */
struct misuses {
    uint64_t count[HAETAE_MISUSE_COUNT];
};
extern struct misuses misuses_made;

#endif

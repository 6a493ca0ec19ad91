/* SPDX-License-Identifier: Apache-2.0 */
/* Requests with one of everything, as bytes, and the lines expected for them. */
#ifndef HAETAE_TESTS_CONSOLE_SAMPLE_H
#define HAETAE_TESTS_CONSOLE_SAMPLE_H

#include "console.h"
#include "otlp.pb-c.h"

struct body {
    haetae_signal signal;
    uint8_t *data;
    size_t size;
};

struct body sample_traces(void);
struct body sample_logs(void);
struct body sample_metrics(void);
/* A log record with this body; `value` stays the caller's. */
struct body sample_log_of(HaeOtlp__AnyValue *value);
struct body sample_of(haetae_signal signal); /* one of the first three */
void body_free(struct body *body);

HaeOtlp__AnyValue sample_string(const char *text);
HaeOtlp__AnyValue sample_int(int64_t value);

/* What the console writes for `body`; for free(). */
char *written(const struct body *body, struct hae_con_outcome *ret_outcome);

#endif

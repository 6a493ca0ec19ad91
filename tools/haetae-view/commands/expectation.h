/* SPDX-License-Identifier: Apache-2.0 */
/* The language of --expect: "spans", "logs" or "points", and behind "where" a condition in SQL on
 * their columns, which docs/view.md lists. */
#ifndef HAETAE_VIEW_COMMANDS_EXPECTATION_H
#define HAETAE_VIEW_COMMANDS_EXPECTATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct hae_view_expectation {
    const struct hae_view_relation *relation;
    const char *condition; /* in the text that was read; NULL: none */
};

/* Reads one. A condition has whole parentheses and quotes, no comment and no semicolon, so that in
 * parentheses it stays one. False: `problem` has a line. */
bool hae_view_expectation_read(const char *text, struct hae_view_expectation *ret_expectation,
                               char *problem, size_t problem_size);

/* "spans". */
const char *hae_view_expectation_name(const struct hae_view_expectation *expectation);

/* Writes the SELECT that counts what the condition holds for. */
void hae_view_expectation_count(const struct hae_view_expectation *expectation,
                                struct hae_buffer *out);

/* Writes the SELECT that says what there is: at most 20 rows. */
void hae_view_expectation_summary(const struct hae_view_expectation *expectation,
                                  struct hae_buffer *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "util/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void hae_view_put_digits(struct hae_json *json, const char *name, int64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    hae_json_text(json, name, digits);
}

void hae_view_put_natural(struct hae_json *json, const char *name, uint64_t value)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    hae_json_text(json, name, digits);
}

void hae_view_put_text(struct hae_json *json, const char *name, const char *text)
{
    if (text != NULL) {
        hae_json_text(json, name, text);
    } else {
        hae_json_null(json, name);
    }
}

void hae_view_put_double(struct hae_json *json, const char *name, double value)
{
    if (isfinite(value)) {
        hae_json_number(json, name, value);
    } else {
        hae_json_text(json, name, isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_http/error.h"

#include <stdio.h>

#include "haetae/otlp_http.h"

static _Thread_local char last_error[512];

void hae_http_keep_error(const char *text)
{
    snprintf(last_error, sizeof last_error, "%s", text);
}

const char *haetae_otlp_http_error(void)
{
    return last_error;
}

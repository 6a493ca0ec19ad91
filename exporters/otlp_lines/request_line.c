/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp_lines/request_line.h"

#include "otlp_json/request.h"

haetae_verdict hae_request_line(const haetae_delivery *delivery, struct hae_buffer *ret_line,
                                const char **ret_why)
{
    haetae_verdict verdict;

    ret_line->limit = HAE_REQUEST_JSON_MAX_BYTES;
    hae_buffer_char(ret_line, '\n');
    verdict = hae_request_json(delivery, ret_line, ret_why);
    ret_line->limit = 0; /* a line that is just as long as may be has its newline, too */
    hae_buffer_char(ret_line, '\n');
    if (verdict == HAETAE_VERDICT_OK && ret_line->failed) {
        *ret_why = "out of memory";
        verdict = HAETAE_VERDICT_RETRY;
    }
    return verdict;
}

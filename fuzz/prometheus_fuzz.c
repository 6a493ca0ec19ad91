/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of the exporter for Prometheus: for any request, in each format, either a page or a
 * refusal; lines of text are whole and valid UTF-8. Input: a byte for the options, and a request.
 */
#include <stdlib.h>

#include "base/utf8.h"
#include "page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const haetae_string all = {"*", 1};

    if (size == 0) {
        return 0;
    }
    struct hae_prom_options options = {.strategy = (enum hae_prom_strategy)(data[0] & 3),
                                       .scope_info = (data[0] & 16) == 0,
                                       .target_info = (data[0] & 32) == 0,
                                       .created = (data[0] & 64) != 0,
                                       .included = {&all, (data[0] & 128) != 0}};
    struct hae_prom_request request = {data + 1, size - 1};

    for (int format = HAE_PROM_TEXT; format <= HAE_PROM_PROTOBUF; format++) {
        struct hae_prom_style style = {.format = (enum hae_prom_format)format,
                                       .escaping = (enum hae_prom_escaping)(data[0] >> 2 & 3),
                                       .options = &options};
        struct hae_buffer out = HAE_BUFFER_INIT;
        haetae_status status = hae_prom_page(&style, &request, 1, &out, NULL, NULL);

        check(status == HAETAE_OK || status == HAETAE_EFORMAT);
        if (status == HAETAE_OK && format != HAE_PROM_PROTOBUF && out.length > 0) {
            check(out.data[out.length - 1] == '\n');
            check(hae_utf8_valid((const uint8_t *)out.data, out.length));
        }
        hae_buffer_done(&out);
    }
    return 0;
}

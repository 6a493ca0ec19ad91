/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of haetae-view: it accepts a body as a whole, or refuses it with a reason.
 * Input: a request body, which is tried for each signal, in protobuf and in JSON, plain and as
 * gzip. */
#include <stdlib.h>

#include "decode/decode.h"
#include "util/gunzip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INFLATED_MAX ((size_t)1 << 20)

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* One store for all inputs: it is large, and bounded. */
static struct hae_view_decoder *the_decoder(void)
{
    static struct hae_view_decoder *decoder;
    if (decoder == NULL) {
        struct hae_view_database_options options = {.size_bytes = HAE_VIEW_DATABASE_BYTES_MIN,
                                                    .series_max = 64};
        char problem[160];
        struct hae_view_store *store = hae_view_store_open(&options, problem, sizeof problem);
        check(store != NULL);
        decoder = hae_view_decoder_new(store);
        check(decoder != NULL);
    }
    return decoder;
}

static void decode(const void *data, size_t size)
{
    struct hae_view_decoder *decoder = the_decoder();
    struct hae_view_bytes body = {data, size};
    struct hae_view_arrival arrival = {1000000000, 1700000000000000000};
    for (int signal = 0; signal < HAE_VIEW_SIGNALS; signal++) {
        enum hae_view_decode_result result =
            hae_view_decode(decoder, (enum hae_view_signal)signal, body, arrival);
        check(result == HAE_VIEW_DECODED || hae_view_decode_problem(decoder)[0] != '\0');
        result = hae_view_decode_json(decoder, (enum hae_view_signal)signal, body, arrival);
        check(result == HAE_VIEW_DECODED || hae_view_decode_problem(decoder)[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hae_buffer inflated = HAE_BUFFER_INIT;
    decode(data, size);
    if (hae_view_gunzip(data, size, INFLATED_MAX, &inflated) == HAE_VIEW_UNPACK_OK) {
        check(inflated.length <= INFLATED_MAX);
        decode(inflated.data, inflated.length);
    }
    hae_buffer_done(&inflated);
    return 0;
}

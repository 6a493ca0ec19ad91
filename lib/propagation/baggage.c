/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/baggage.h"

static const char baggage[] = "baggage";

static void inject(const struct hae_format *format, const struct hae_injection *injection)
{
    haetae_string header = haetae_baggage_header(injection->baggage);

    (void)format;
    if (header.length != 0) {
        hae_set_header(&injection->setter, baggage, header);
    }
}

static haetae_status extract(const struct hae_format *format, struct hae_extraction *extraction,
                             struct hae_carried *carried)
{
    struct hae_baggage_reader *reader = NULL;
    haetae_string value;

    (void)format;
    (void)carried;
    for (size_t i = 0; i < HAE_HEADER_VALUES_MAX && extraction->wants_baggage &&
                       hae_header(&extraction->getter, baggage, i, &value);
         i++) {
        reader = hae_extraction_baggage(extraction);
        if (reader == NULL) {
            return HAETAE_EFORMAT;
        }
        hae_baggage_read(reader, value);
    }
    return reader != NULL && reader->count != 0 ? HAETAE_OK : HAETAE_EFORMAT;
}

static const char *const fields[] = {baggage, NULL};

const struct hae_format hae_format_baggage = {
    .name = "baggage", .fields = fields, .baggage = fields, .inject = inject, .extract = extract};

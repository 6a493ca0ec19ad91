/* SPDX-License-Identifier: Apache-2.0 */
#include "recorder/origin.h"

#include "wire/otlp.h"
#include "wire/reader.h"

haetae_item_origin hae_origin_of(const struct hae_recorder *recorder, uint16_t scope,
                                 const uint8_t *resource, size_t resource_size_bytes)
{
    struct hae_scope_view view = hae_scope_at(&recorder->heap, scope);
    haetae_item_origin origin = {.scope = view.bytes,
                                 .scope_size_bytes = view.scope_size_bytes,
                                 .resource = resource,
                                 .resource_size_bytes = resource_size_bytes};
    struct hae_reader reader;
    struct hae_field field;

    if (view.bytes == NULL) {
        return origin;
    }
    origin.schema_url = (haetae_string){(const char *)view.bytes + view.scope_size_bytes,
                                        view.schema_url_size_bytes};
    /* The name is the first field, if there is one. */
    reader = hae_reader_over(view.bytes, view.scope_size_bytes);
    if (hae_read_field(&reader, &field) && field.number == HAE_OTLP_INSTRUMENTATION_SCOPE_NAME) {
        origin.scope_name = (haetae_string){(const char *)field.data, field.size_bytes};
    }
    return origin;
}

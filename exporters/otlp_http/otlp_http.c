/* SPDX-License-Identifier: Apache-2.0 */
#include "haetae/otlp_http.h"

#include "otlp/create.h"
#include "otlp_http/error.h"
#include "otlp_http/protobuf.h"

haetae_status haetae_otlp_http_new(const haetae_config *config, haetae_exporter **ret_exporter)
{
    char buffer[512];
    struct hae_http_text error;
    haetae_status status;

    hae_http_text_init(&error, buffer, sizeof buffer);
    status = config != NULL && ret_exporter != NULL
                 ? hae_http_exporter_create(&hae_http_protobuf, config, &error, ret_exporter)
                 : HAETAE_EINVAL;
    if (status != HAETAE_OK) {
        if (error.size_bytes == 0) {
            hae_http_text_add(&error, "%s", haetae_status_text(status));
        }
        hae_http_keep_error(buffer);
    }
    return status;
}

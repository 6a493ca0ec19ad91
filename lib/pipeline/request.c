/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/request.h"

#include "base/alloc.h"

size_t hae_request_charge(size_t size_bytes)
{
    return sizeof(struct hae_request) + size_bytes;
}

struct hae_request *hae_request_new(haetae_signal signal, size_t size_bytes)
{
    struct hae_request *request = hae_calloc(1, sizeof *request);

    if (request == NULL) {
        return NULL;
    }
    request->signal = signal;
    request->size_bytes = size_bytes;
    request->data = hae_malloc(size_bytes);
    if (request->data == NULL) {
        hae_free(request);
        return NULL;
    }
    return request;
}

void hae_request_free_data(struct hae_request *request)
{
    hae_free(request->data);
    request->data = NULL;
}

void hae_request_free(struct hae_request *request)
{
    if (request != NULL) {
        hae_free(request->data);
        hae_free(request);
    }
}

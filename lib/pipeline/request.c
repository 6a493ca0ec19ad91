/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/request.h"

#include "base/alloc.h"

size_t hae_request_charge(size_t size_bytes)
{
    return sizeof(struct hae_request) + size_bytes;
}

bool hae_request_is_recovered(const struct hae_request *request)
{
    while (request->split != NULL) {
        request = request->split->whole;
    }
    return request->recovered.settled != NULL;
}

struct hae_request *hae_request_new_empty(haetae_signal signal)
{
    struct hae_request *request = hae_calloc(1, sizeof *request);

    if (request != NULL) {
        request->signal = signal;
        request->group = HAE_GROUP_ALL;
    }
    return request;
}

struct hae_request *hae_request_new(haetae_signal signal, size_t size_bytes)
{
    struct hae_request *request = hae_request_new_empty(signal);

    if (request == NULL) {
        return NULL;
    }
    request->memory = hae_malloc(size_bytes);
    if (request->memory == NULL) {
        hae_free(request);
        return NULL;
    }
    request->data = request->memory;
    request->size_bytes = request->capacity_bytes = size_bytes;
    return request;
}

void hae_request_free(struct hae_request *request)
{
    if (request != NULL) {
        hae_free(request->memory);
        hae_free(request);
    }
}

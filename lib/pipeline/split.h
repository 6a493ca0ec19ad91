/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a request in two, for a receiver that finds it too large. */
#ifndef HAE_PIPELINE_SPLIT_H
#define HAE_PIPELINE_SPLIT_H

#include "pipeline/request.h"

/* Makes two requests that together hold the items of `request`, each with the same
 * resource and scopes. Their counts are right for signals whose items count one
 * each; metrics are counted by their data points. False: there is only one item, or
 * no memory. The parts have no references yet. */
bool hae_request_split(const struct hae_request *request, struct hae_request *ret_parts[2]);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/target.h"

#include <stdlib.h>

void hae_http_target_done(struct hae_http_target *target)
{
    free(target->url);
    free(target->user_agent);
    free(target->token_file);
    hae_http_socket_done(&target->socket);
    hae_http_sigv4_done(&target->sigv4);
    curl_slist_free_all(target->headers);
    curl_slist_free_all(target->secrets);
    hae_http_tls_done(&target->tls);
}

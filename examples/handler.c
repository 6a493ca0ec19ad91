/* SPDX-License-Identifier: Apache-2.0 */
/* A request handler with three attributes and an error path: the example of docs/comparison.md.
 *
 *     cc handler.c $(pkg-config --cflags --libs haetae-otlp-http) -o handler
 *     OTEL_SERVICE_NAME=handler ./handler */
#include <haetae/haetae.h>
#include <haetae/otlp_http.h>
#include <stdio.h>
#include <string.h>

/* What the shop knows; returns the price, or a negative number. */
static int find_price(const char *item)
{
    return strcmp(item, "tea") == 0 ? 3 : -1;
}

/* begin: docs/comparison.md */
static int handle(haetae_tracer *tracer, const char *customer, const char *item, int count)
{
    HAETAE_SPAN_SCOPE(span, tracer, "order", HAETAE_SPAN_KIND_SERVER);
    haetae_span_set_attributes(span, HAETAE_ATTRS(HAETAE_ATTR("customer.id", customer),
                                                  HAETAE_ATTR("item.name", item),
                                                  HAETAE_ATTR("item.count", count)));
    int price = find_price(item);
    if (price < 0) {
        haetae_span_set(span, "error.type", "no_such_item");
        haetae_span_set_status(span, HAETAE_SPAN_STATUS_ERROR, HAETAE_TEXT("no such item"));
        return -1;
    }
    return price * count;
}
/* end */

int main(void)
{
    haetae_sdk *sdk = NULL;
    haetae_otlp_http_register();
    haetae_start(NULL, &sdk);
    haetae_tracer *tracer = haetae_tracer_named(sdk, "shop");
    int sold = handle(tracer, "c-17", "tea", 2);
    int refused = handle(tracer, "c-18", "coffee", 1);
    haetae_status status = haetae_sdk_shutdown(sdk, 5000);
    haetae_sdk_free(sdk);
    printf("handler: %d %d\n", sold, refused);
    return status == HAETAE_OK ? 0 : 1;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that runs out at every single allocation, of the exporter, of libcurl,
 * of zlib and of protobuf-c: nothing crashes, nothing leaks, and each delivery
 * still ends. */
#include <curl/curl.h>
#include <errno.h>
#include <sys/epoll.h>

#include "otlp.pb-c.h"
#include "otlp_http/harness.h"
#include "support/http_server_raw.h"

/* The linker leads the exporter's calls here (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);
char *__wrap_strdup(const char *text);
int __real_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event);

/* Of the thread of the test alone: servers have their memory. */
static _Thread_local bool armed;
static _Thread_local long allocation_count; /* since armed                    */
static _Thread_local long live_count;       /* blocks allocated while armed   */
static _Thread_local long failure;          /* the number of the one to fail  */
static _Thread_local bool failure_stays;    /* and all that come after        */

static bool fails(void)
{
    if (!armed) {
        return false;
    }
    allocation_count++;
    return allocation_count == failure || (failure_stays && allocation_count > failure);
}

static void *counted(void *block)
{
    live_count += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    void *moved = fails() ? NULL : __real_realloc(block, size);

    live_count += moved != NULL && block == NULL;
    return moved;
}

void __wrap_free(void *block)
{
    live_count -= block != NULL;
    __real_free(block);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : counted(__real_strdup(text));
}

static bool watches_are_used_up;

int __wrap_epoll_ctl(int epoll_fd, int operation, int fd, struct epoll_event *event)
{
    if (operation == EPOLL_CTL_ADD && watches_are_used_up) {
        errno = ENOSPC;
        return -1;
    }
    return __real_epoll_ctl(epoll_fd, operation, fd, event);
}

/* A protocol, with an answer that refuses a request. */
struct variant {
    const char *protocol;
    const char *media_type;
    uint8_t body[256];
    size_t size;
};
static struct variant protobuf = {"http/protobuf", "application/x-protobuf", {0}, 0};
static const char json_answer[] = "{\"code\":3,\"message\":\"not today\"}";
static struct variant json = {"http/json", "application/json", {0}, 0};
static const struct variant *variant = &protobuf;

/* A request with a span that has an attribute: as JSON it takes some memory. */
static const uint8_t spans[] = {0x0a, 0x16, 0x12, 0x14, 0x12, 0x12, 0x2a, 0x01,
                                0x61, 0x4a, 0x0d, 0x0a, 0x01, 0x6b, 0x12, 0x08,
                                0x0a, 0x06, 0x76, 0x00, 0x61, 0x6c, 0x75, 0x65};

static haetae_delivery of_spans(void)
{
    haetae_delivery delivery = a_delivery();

    delivery.data = spans;
    delivery.size = sizeof spans;
    return delivery;
}

static void reject(struct http_server_raw *server, int connection, unsigned number)
{
    char head[128];

    (void)number;
    snprintf(head, sizeof head,
             "HTTP/1.1 400 Bad\r\nContent-Type: %s\r\n"
             "Content-Length: %zu\r\n\r\n",
             variant->media_type, variant->size);
    while (http_server_raw_read_request(server, connection) &&
           http_server_raw_write_text(server, connection, head) &&
           http_server_raw_write(server, connection, variant->body, variant->size)) {
    }
}

static unsigned port;

/* Makes an exporter, delivers twice, frees it. Returns whether it got that far
 * with nothing going wrong. */
static bool live_a_life(haetae_config *config)
{
    haetae_exporter *exporter = NULL;
    haetae_status status = haetae_otlp_http_new(config, &exporter);
    bool untroubled = true;

    if (status != HAETAE_OK) {
        if (status != HAETAE_ENOMEM) {
            fail_msg("failure %ld: %d: %s", failure, (int)status, haetae_config_error(config));
        }
        assert_true(haetae_config_error(config)[0] != '\0');
        assert_null(exporter);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        haetae_delivery delivery = of_spans();
        bool rejected;

        fake_deliver(exporter, &delivery);
        /* Without memory to read the reason it is not known that the data is invalid. */
        rejected = delivery.result.verdict == HAETAE_VERDICT_DROP ||
                   delivery.result.verdict == HAETAE_VERDICT_INVALID;
        if (!rejected) {
            assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        }
        untroubled = untroubled && rejected && strstr(delivery.message, "not today") != NULL;
    }
    haetae_exporter_free(exporter);
    return untroubled;
}

static bool live_with_failure(long number, bool stays)
{
    struct fake_endpoint endpoint = fake_endpoint("http", port);
    haetae_config *config =
        make_config(OPTIONS({KEY("PROTOCOL"), variant->protocol}, {KEY("ENDPOINT"), endpoint.url},
                            {KEY("COMPRESSION"), "gzip"}, {KEY("TIMEOUT"), "3000"},
                            {KEY("HEADERS"), "a=1,authorization=Bearer%20hunter2,b="},
                            {KEY("LOGS_ENDPOINT"), "https://user:password@127.0.0.1/x"}));
    long live_before = live_count;
    bool untroubled;

    failure = number;
    failure_stays = stays;
    allocation_count = 0;
    armed = true;
    untroubled = live_a_life(config);
    armed = false;
    if (live_count != live_before) {
        fail_msg("%ld blocks are left after failure %ld", live_count - live_before, number);
    }
    haetae_config_free(config);
    return untroubled;
}

static void sweep(bool stays)
{
    struct http_server_raw *server = http_server_raw_start(reject);
    long total, troubled = 0;

    port = http_server_raw_port(server);
    assert_true(live_with_failure(0, false));
    total = allocation_count;
    assert_true(total > 100);
    for (long number = 1; number <= total; number++) {
        troubled += !live_with_failure(number, stays);
    }
    print_message("%ld allocations, of which %ld are missed when they fail\n", total, troubled);
    assert_true(troubled > total / 4);
    assert_true(live_with_failure(0, false));
    http_server_raw_stop(server);
}

static void otlp_http_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    sweep(false);
}

static void otlp_http_survives_the_end_of_memory_at_any_allocation(void **state)
{
    (void)state;
    sweep(true);
}

static void json_survives_the_failure_of_any_allocation(void **state)
{
    (void)state;
    variant = &json;
    sweep(false);
    sweep(true);
    variant = &protobuf;
}

/* A socket that cannot be watched is looked at from time to time. */
static void otlp_http_sends_though_a_socket_cannot_be_watched(void **state)
{
    struct http_server_raw *server = http_server_raw_start(reject);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_raw_port(server));
    haetae_exporter *exporter = make_exporter(OPTIONS({KEY("ENDPOINT"), endpoint.url}));

    (void)state;
    for (int round = 0; round < 2; round++) {
        haetae_delivery delivery = a_delivery();

        watches_are_used_up = round == 0;
        fake_deliver(exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_INVALID);
        assert_contains(delivery.message, "not today");
    }
    assert_int_equal(http_server_raw_connection_count(server), 1);
    haetae_exporter_free(exporter);
    http_server_raw_stop(server);
}

static int prepare(void **state)
{
    HaeOtlp__RpcStatus status = HAE_OTLP__RPC_STATUS__INIT;

    (void)state;
    status.message = (char *)"not today";
    json.size = sizeof json_answer - 1;
    memcpy(json.body, json_answer, json.size);
    protobuf.size = hae_otlp__rpc_status__pack(&status, protobuf.body);
    return curl_global_init_mem(CURL_GLOBAL_DEFAULT, __wrap_malloc, __wrap_free, __wrap_realloc,
                                __wrap_strdup, __wrap_calloc) != CURLE_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(otlp_http_survives_the_failure_of_any_allocation),
        cmocka_unit_test(otlp_http_survives_the_end_of_memory_at_any_allocation),
        cmocka_unit_test(json_survives_the_failure_of_any_allocation),
        cmocka_unit_test(otlp_http_sends_though_a_socket_cannot_be_watched),
    };

    return cmocka_run_group_tests(tests, prepare, NULL);
}

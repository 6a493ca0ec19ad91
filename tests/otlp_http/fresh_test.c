/* SPDX-License-Identifier: Apache-2.0 */
/* Headers that a program makes for each request, and tokens in files. */
#include <unistd.h>

#include "haetae/request_headers.h"
#include "otlp_http/pair.h"
#include "support/temporary.h"

/* What the callback does. */
struct program {
    const char *name;
    const char *value;
    haetae_status status;
    unsigned calls;
    int32_t signal;
    char label[64];
    struct http_server_mhd *accepts_later; /* once the callback is called again */
    const char *later_value;
};

static haetae_status add_header(void *user, int32_t signal, const char *label,
                                haetae_request_headers *headers)
{
    struct program *program = user;

    program->calls++;
    program->signal = signal;
    snprintf(program->label, sizeof program->label, "%s", label);
    if (program->calls == 2 && program->accepts_later != NULL) {
        http_server_mhd_set_reply(program->accepts_later, &accepted);
        program->value = program->later_value;
    }
    return program->status != HAETAE_OK
               ? program->status
               : haetae_request_headers_add(headers, program->name, program->value);
}

static struct pair start(const struct http_reply *reply, struct program *program, const char *key,
                         const char *value)
{
    struct pair pair = {.server = http_server_mhd_start(reply, NULL)};
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(pair.server));
    haetae_config *config =
        make_config(OPTIONS({KEY("ENDPOINT"), endpoint.url},
                            {KEY("HEADERS"), "authorization=old,x-other=y"}, {key, value}));

    if (program != NULL) {
        assert_int_equal(haetae_config_set_request_headers(config, add_header, program), HAETAE_OK);
    }
    assert_int_equal(haetae_otlp_http_new(config, &pair.exporter), HAETAE_OK);
    haetae_config_free(config);
    return pair;
}

static haetae_delivery deliver(struct pair *pair)
{
    haetae_delivery delivery = a_delivery();

    fake_deliver(pair->exporter, &delivery);
    assert_int_equal(delivery.completed_count, 1);
    delivery.result.message = NULL;
    return delivery;
}

/* ---- The callback -------------------------------------------------------------------------- */

static void the_headers_of_the_program_are_sent(void **state)
{
    static const char *const codecs[] = {"none", "gzip"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct program program = {.name = "Authorization", .value = "Bearer hunter2"};
        struct pair pair = start(&accepted, &program, KEY("COMPRESSION"), codecs[i]);
        const struct http_request *request;
        haetae_delivery delivery = a_delivery();

        assert_int_equal(haetae_exporter_set_label(pair.exporter, "seoul"), HAETAE_OK);
        delivery.signal = HAETAE_SIGNAL_LOGS;
        fake_deliver(pair.exporter, &delivery);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
        assert_int_equal(program.calls, 1);
        assert_int_equal(program.signal, HAETAE_SIGNAL_LOGS);
        assert_string_equal(program.label, "seoul");
        request = http_server_mhd_request(pair.server, 0);
        assert_header(request, "authorization", "Bearer hunter2");
        assert_lacks(request->headers, "authorization: old");
        assert_header(request, "x-other", "y");
        assert_header(request, "content-type", "application/x-protobuf");
        assert_header(request, "content-encoding", i == 0 ? NULL : "gzip");
        /* Each request has its own. */
        program.value = "Bearer next";
        assert_int_equal(deliver(&pair).result.verdict, HAETAE_VERDICT_OK);
        assert_header(http_server_mhd_request(pair.server, 1), "authorization", "Bearer next");
        pair_stop(&pair);
    }
}

static void a_request_waits_for_headers(void **state)
{
    struct program program = {
        .name = "authorization", .value = "Bearer a", .status = HAETAE_ETIMEOUT};
    struct pair pair = start(&accepted, &program, KEY("TIMEOUT"), "60000");
    haetae_delivery delivery = deliver(&pair);

    (void)state;
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_string_equal(delivery.message,
                        "the program has no headers for the request: HAETAE_ETIMEOUT");
    assert_int_equal(http_server_mhd_connection_count(pair.server), 0);
    program.status = HAETAE_OK;
    assert_int_equal(deliver(&pair).result.verdict, HAETAE_VERDICT_OK);
    pair_stop(&pair);
}

static void a_header_that_cannot_be_sent_fails_the_request(void **state)
{
    static const char *const names[] = {"Content-Type", "content-length", "Transfer-Encoding"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct program program = {.name = names[i], .value = "hunter2"};
        struct pair pair = start(&accepted, &program, KEY("TIMEOUT"), "60000");
        haetae_delivery delivery = deliver(&pair);

        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        assert_contains(delivery.message, names[i]);
        assert_contains(delivery.message, "the exporter itself sets");
        assert_lacks(delivery.message, "hunter2");
        assert_int_equal(http_server_mhd_connection_count(pair.server), 0);
        pair_stop(&pair);
    }
}

static void a_server_that_repeats_a_header_does_not_show_it(void **state)
{
    static const char *const headers[] = {"Content-Type", "text/plain", NULL};
    static const char body[] = "no: Bearer hunter2, hunter2, old-hunter3";
    struct http_reply reply = {
        .status = 403, .headers = headers, .body = body, .body_size = sizeof body - 1};
    struct program program = {.name = "x-token", .value = "Bearer hunter2"};
    struct pair pair = start(&reply, &program, KEY("HEADERS"), "authorization=old-hunter3");
    haetae_delivery delivery = deliver(&pair);

    (void)state;
    assert_contains(delivery.message, "HTTP 403: no: ***, ***, ***");
    pair_stop(&pair);
}

/* ---- Credentials that have expired --------------------------------------------------------- */

static void a_request_with_newer_headers_is_sent_again_at_once(void **state)
{
    static const struct http_reply refused = {.status = 401};
    struct program program = {
        .name = "authorization", .value = "Bearer old", .later_value = "Bearer new"};
    struct pair pair = start(&refused, &program, KEY("TIMEOUT"), "60000");
    haetae_delivery delivery;

    (void)state;
    program.accepts_later = pair.server;
    delivery = deliver(&pair);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_OK);
    assert_int_equal(http_server_mhd_request_count(pair.server), 2);
    assert_header(http_server_mhd_request(pair.server, 0), "authorization", "Bearer old");
    assert_header(http_server_mhd_request(pair.server, 1), "authorization", "Bearer new");
    pair_stop(&pair);
}

static void a_request_is_refused_where_headers_stay_the_same(void **state)
{
    static const struct http_reply refused = {.status = 401};
    struct program program = {.name = "authorization", .value = "Bearer old"};
    struct pair pair = start(&refused, &program, KEY("TIMEOUT"), "60000");

    (void)state;
    assert_int_equal(deliver(&pair).result.verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(http_server_mhd_request_count(pair.server), 1);
    pair_stop(&pair);
}

static haetae_status add_another(void *user, int32_t signal, const char *label,
                                 haetae_request_headers *headers)
{
    unsigned *calls = user;
    char value[32];

    (void)signal;
    (void)label;
    snprintf(value, sizeof value, "token-%u", ++*calls);
    return haetae_request_headers_add(headers, "authorization", value);
}

/* Not for ever. */
static void a_request_is_sent_again_once(void **state)
{
    static const struct http_reply refused = {.status = 401};
    struct http_server_mhd *server = http_server_mhd_start(&refused, NULL);
    struct fake_endpoint endpoint = fake_endpoint("http", http_server_mhd_port(server));
    haetae_config *config = make_config(OPTIONS({KEY("ENDPOINT"), endpoint.url}));
    haetae_delivery delivery = a_delivery();
    haetae_exporter *exporter = NULL;
    unsigned calls = 0;

    (void)state;
    assert_int_equal(haetae_config_set_request_headers(config, add_another, &calls), HAETAE_OK);
    assert_int_equal(haetae_otlp_http_new(config, &exporter), HAETAE_OK);
    fake_deliver(exporter, &delivery);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_DROP);
    assert_int_equal(http_server_mhd_request_count(server), 2);
    haetae_exporter_free(exporter);
    haetae_config_free(config);
    http_server_mhd_stop(server);
}

/* ---- A token in a file --------------------------------------------------------------------- */

static char token_path[TEMPORARY_PATH_MAX];

static void write_token(const char *text)
{
    FILE *file = fopen(token_path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_token(void **state)
{
    (void)state;
    close(temporary_file(token_path));
    write_token("first\n");
    return 0;
}

static int remove_token(void **state)
{
    (void)state;
    unlink(token_path);
    return 0;
}

static void the_token_of_the_file_is_sent(void **state)
{
    struct pair pair = start(&accepted, NULL, "HAETAE_OTLP_TRACES_BEARER_TOKEN_FILE", token_path);
    haetae_delivery delivery = a_delivery();

    (void)state;
    deliver(&pair);
    write_token("  second ");
    deliver(&pair);
    assert_header(http_server_mhd_request(pair.server, 0), "authorization", "Bearer first");
    assert_header(http_server_mhd_request(pair.server, 1), "authorization", "Bearer second");
    assert_lacks(http_server_mhd_request(pair.server, 1)->headers, "authorization: old");
    /* The key is for traces. */
    delivery.signal = HAETAE_SIGNAL_LOGS;
    fake_deliver(pair.exporter, &delivery);
    assert_header(http_server_mhd_request(pair.server, 2), "authorization", "old");
    pair_stop(&pair);
}

static void a_request_waits_for_a_token(void **state)
{
    static const char *const tokens[] = {"", " \n", "two tokens", "a\x01", "caf\xc3\xa9"};
    struct pair pair = start(&accepted, NULL, "HAETAE_OTLP_BEARER_TOKEN_FILE", token_path);
    haetae_delivery delivery;

    (void)state;
    unlink(token_path);
    delivery = deliver(&pair);
    assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
    assert_contains(delivery.message, "the file of the bearer token: No such file");
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        write_token(tokens[i]);
        delivery = deliver(&pair);
        assert_int_equal(delivery.result.verdict, HAETAE_VERDICT_RETRY);
        assert_contains(delivery.message, "the file of the bearer token: ");
        assert_lacks(delivery.message, "two tokens");
    }
    assert_int_equal(http_server_mhd_request_count(pair.server), 0);
    write_token("first");
    assert_int_equal(deliver(&pair).result.verdict, HAETAE_VERDICT_OK);
    pair_stop(&pair);
}

static void the_program_wins_over_the_file(void **state)
{
    struct program program = {.name = "authorization", .value = "mine"};
    struct pair pair = start(&accepted, &program, "HAETAE_OTLP_BEARER_TOKEN_FILE", token_path);

    (void)state;
    deliver(&pair);
    assert_header(http_server_mhd_request(pair.server, 0), "authorization", "mine");
    pair_stop(&pair);
}

static void a_server_that_repeats_the_token_does_not_show_it(void **state)
{
    static const char *const headers[] = {"Content-Type", "text/plain", NULL};
    static const char body[] = "no: hunter-of-tokens";
    struct http_reply reply = {
        .status = 403, .headers = headers, .body = body, .body_size = sizeof body - 1};
    struct pair pair = start(&reply, NULL, "HAETAE_OTLP_BEARER_TOKEN_FILE", token_path);

    (void)state;
    write_token("hunter-of-tokens");
    assert_contains(deliver(&pair).message, "HTTP 403: no: ***");
    pair_stop(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_headers_of_the_program_are_sent),
        cmocka_unit_test(a_request_waits_for_headers),
        cmocka_unit_test(a_header_that_cannot_be_sent_fails_the_request),
        cmocka_unit_test(a_server_that_repeats_a_header_does_not_show_it),
        cmocka_unit_test(a_request_with_newer_headers_is_sent_again_at_once),
        cmocka_unit_test(a_request_is_refused_where_headers_stay_the_same),
        cmocka_unit_test(a_request_is_sent_again_once),
        cmocka_unit_test_setup_teardown(the_token_of_the_file_is_sent, make_token, remove_token),
        cmocka_unit_test_setup_teardown(a_request_waits_for_a_token, make_token, remove_token),
        cmocka_unit_test_setup_teardown(the_program_wins_over_the_file, make_token, remove_token),
        cmocka_unit_test_setup_teardown(a_server_that_repeats_the_token_does_not_show_it,
                                        make_token, remove_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "scrape.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "haetae/prometheus.h"
#include "support/core_cmocka.h"

static void keep_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    struct scrape_sdk *fixture = user;
    size_t length = strlen(fixture->diagnostics);

    (void)level;
    snprintf(fixture->diagnostics + length, sizeof fixture->diagnostics - length, "%s\n", text);
}

void scrape_sdk_start(struct scrape_sdk *fixture, const char *const *pairs)
{
    haetae_config *config = NULL;

    memset(fixture, 0, sizeof *fixture);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    assert_int_equal(haetae_config_set_diagnostics(config, keep_diagnostic, fixture), HAETAE_OK);
    assert_int_equal(haetae_prometheus_register(), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_SERVICE_NAME", "scraped"), HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1"),
                     HAETAE_OK);
    assert_int_equal(haetae_config_set(config, "OTEL_EXPORTER_PROMETHEUS_PORT", "0"), HAETAE_OK);
    for (; pairs != NULL && pairs[0] != NULL; pairs += 2) {
        assert_int_equal(haetae_config_set(config, pairs[0], pairs[1]), HAETAE_OK);
    }
    assert_int_equal(haetae_prometheus_new(config, &fixture->exporter), HAETAE_OK);
    fixture->port = haetae_prometheus_port(fixture->exporter);
    assert_int_equal(haetae_config_add_exporter(config, fixture->exporter), HAETAE_OK);
    assert_int_equal(haetae_sdk_start(config, &fixture->sdk), HAETAE_OK);
    haetae_config_free(config);
}

void scrape_sdk_stop(struct scrape_sdk *fixture)
{
    haetae_sdk_shutdown(fixture->sdk, 10000);
    haetae_sdk_free(fixture->sdk);
}

int scrape_connect(uint32_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons((uint16_t)port)};
    struct timeval patience = {.tv_sec = 30};
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(connection >= 0);
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) {
        close(connection);
        return -1;
    }
    return connection;
}

void scrape_send(int connection, const char *text)
{
    size_t length = strlen(text);

    /* The server may have ended the connection, which the answer shows. */
    (void)!send(connection, text, length, MSG_NOSIGNAL);
}

size_t scrape_drain(int connection)
{
    char bytes[4096];
    size_t total = 0;
    ssize_t got;

    while ((got = recv(connection, bytes, sizeof bytes, 0)) > 0) {
        total += (size_t)got;
    }
    return total;
}

static size_t content_length(const char *headers)
{
    const char *found = strcasestr(headers, "\r\ncontent-length:");

    return found != NULL ? strtoul(found + strlen("\r\ncontent-length:"), NULL, 10) : 0;
}

void scrape_read(int connection, bool has_body, struct scraped *ret_answer)
{
    size_t room = 1 << 16;
    size_t size = 0;
    char *all = malloc(room);
    char *end = NULL;
    size_t wanted = SIZE_MAX;

    assert_non_null(all);
    while (size < wanted) {
        ssize_t got;

        if (size + 1 == room) {
            room *= 2;
            all = realloc(all, room);
            assert_non_null(all);
        }
        got = recv(connection, all + size, room - size - 1, 0);
        if (got <= 0) {
            break;
        }
        size += (size_t)got;
        all[size] = '\0';
        end = strstr(all, "\r\n\r\n");
        if (end != NULL && wanted == SIZE_MAX) {
            wanted = (size_t)(end - all) + 4 + (has_body ? content_length(all) : 0);
        }
    }
    memset(ret_answer, 0, sizeof *ret_answer);
    if (size == 0 || end == NULL) {
        free(all);
        return;
    }
    ret_answer->status = atoi(all + strlen("HTTP/1.1 "));
    ret_answer->headers = strndup(all, (size_t)(end + 4 - all));
    ret_answer->body_size = size - (size_t)(end + 4 - all);
    ret_answer->body = malloc(ret_answer->body_size + 1);
    assert_non_null(ret_answer->body);
    memcpy(ret_answer->body, end + 4, ret_answer->body_size);
    ret_answer->body[ret_answer->body_size] = '\0';
    free(all);
}

void scrape(uint32_t port, const char *request, const char *headers, struct scraped *ret_answer)
{
    int connection = scrape_connect(port);
    char text[2048];

    assert_true(connection >= 0);
    snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", request, headers);
    scrape_send(connection, text);
    scrape_read(connection, strncmp(request, "HEAD", 4) != 0, ret_answer);
    close(connection);
}

void scraped_done(struct scraped *answer)
{
    free(answer->headers);
    free(answer->body);
}

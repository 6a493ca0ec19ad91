/* SPDX-License-Identifier: Apache-2.0 */
/* A process to be read by another one (context_reader_test.c). It does what the letters on its
 * standard input say, and answers each with a line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "haetae/haetae.h"

static haetae_sdk *sdk;
static haetae_tracer *tracer;
static haetae_span span;
static haetae_context_token token;

static haetae_sdk *start(const char *service)
{
    haetae_config *config = NULL;
    haetae_sdk *started = NULL;

    if (haetae_config_new(&config) != HAETAE_OK ||
        haetae_config_set(config, "OTEL_SERVICE_NAME", service) != HAETAE_OK ||
        haetae_config_set(config, "HAETAE_PROCESS_CONTEXT", "true") != HAETAE_OK ||
        haetae_config_set(config, "HAETAE_WORKER", "manual") != HAETAE_OK || /* nothing is sent */
        haetae_sdk_start(config, &started) != HAETAE_OK) {
        exit(2);
    }
    haetae_config_free(config);
    return started;
}

static void print_span(void)
{
    char text[HAETAE_TRACEPARENT_LENGTH + 1];
    haetae_span_context context;

    (void)haetae_current_span_context(&context);
    (void)haetae_traceparent_format(&context, text, sizeof text);
    printf("%d %s\n", getpid(), text[0] != '\0' ? text : "none");
}

static void attach(void)
{
    span = haetae_span_start(tracer, HAETAE_TEXT("work"), HAETAE_SPAN_KIND_INTERNAL);
    haetae_context_attach(span, &token);
    print_span();
}

static void detach(void)
{
    haetae_context_detach(&token);
    haetae_span_end(span);
    print_span();
}

/* Goes on in a child, whose parent waits for it. */
static void go_on_in_child(void)
{
    pid_t child = fork();
    int status;

    if (child > 0) {
        _exit(waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 2);
    }
    print_span();
}

static void follow(int letter)
{
    haetae_sdk *other;

    switch (letter) {
    case 'a':
        attach();
        break;
    case 'd':
        detach();
        break;
    case 's': /* another SDK, which must not publish beside the first */
        other = start("another");
        haetae_sdk_free(other);
        print_span();
        break;
    case 'f':
        go_on_in_child();
        break;
    case 'e':
        haetae_sdk_free(sdk);
        sdk = NULL;
        print_span();
        break;
    default:
        break;
    }
    fflush(stdout);
}

int main(void)
{
    int letter;

    sdk = start("profiled");
    tracer = haetae_tracer_named(sdk, "test");
    while ((letter = getchar()) != EOF) {
        follow(letter);
    }
    haetae_sdk_free(sdk);
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* haetae-recover: see docs/man/haetae-recover.1. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "haetae/console.h"
#include "haetae/haetae.h"
#include "haetae/otlp_http.h"
#include "list.h"
#include "options.h"
#include "otlp_lines/file_exporter.h"
#include "output.h"

static void print_diagnostic(void *user, haetae_diagnostic_level level, const char *text)
{
    const struct hae_rec_options *options = user;

    if (level != HAETAE_DIAGNOSTIC_INFO || !options->quiet) {
        fprintf(stderr, "haetae-recover: %s\n", text);
    }
}

/* Prints each line of a text. */
static void print_lines(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        fprintf(stderr, "haetae-recover: %.*s\n", (int)length, text);
        text += length + (text[length] == '\n');
    }
}

/* Makes the exporter that the command line asks for. NULL: a message was printed. */
static haetae_exporter *make_exporter(const struct hae_rec_options *options, haetae_config *config,
                                      struct hae_file_target *target)
{
    haetae_exporter *exporter = NULL;
    haetae_status status;

    FILE *output;

    switch (options->to) {
    case HAE_REC_TO_CONSOLE:
        output = hae_rec_output();
        status = output != NULL ? haetae_console_new(output, &exporter) : HAETAE_ENOMEM;
        break;
    case HAE_REC_TO_FILE:
        status = hae_file_exporter_new(target, &exporter);
        break;
    default:
        status = haetae_otlp_http_new(config, &exporter);
        break;
    }
    if (status != HAETAE_OK) {
        fprintf(stderr, "haetae-recover: %s\n", haetae_status_text(status));
        print_lines(options->to == HAE_REC_TO_OTLP ? haetae_config_error(config) : "");
    }
    return exporter;
}

/* The command line names one receiver for all signals. */
static void clear_signal_endpoints(void)
{
    static const char *const keys[] = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                                       "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
                                       "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        (void)unsetenv(keys[i]);
    }
}

static bool add_rules(haetae_config *config, const struct hae_rec_options *options)
{
    for (size_t i = 0; i < options->rule_count; i++) {
        if (!hae_rec_rule_add(config, &options->rules[i])) {
            return false;
        }
    }
    /* A rule that has nothing to do. */
    return !options->unredacted || haetae_config_add_redaction(config, "", HAETAE_REDACTION_DELETE,
                                                               NULL, 0, 0) == HAETAE_OK;
}

/* Configures the receiver from the environment and the command line. */
static bool configure(haetae_config *config, struct hae_rec_options *options)
{
    static const char *const signals[] = {"OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER",
                                          "OTEL_LOGS_EXPORTER"};

    if (options->to == HAE_REC_TO_OTLP && options->target != NULL) {
        clear_signal_endpoints();
    }
    if (options->to == HAE_REC_TO_OTLP && haetae_config_load_env(config) != HAETAE_OK) {
        print_lines(haetae_config_error(config));
    }
    /* The exporters that the environment chooses are for a process's own telemetry. */
    for (size_t i = 0; options->to == HAE_REC_TO_OTLP && i < 3; i++) {
        if (haetae_config_set(config, signals[i], "otlp") != HAETAE_OK) {
            return false;
        }
    }
    if (options->to == HAE_REC_TO_OTLP && options->target != NULL &&
        haetae_config_set(config, "OTEL_EXPORTER_OTLP_ENDPOINT", options->target) != HAETAE_OK) {
        print_lines(haetae_config_error(config));
        return false;
    }
    return add_rules(config, options) &&
           haetae_config_set_diagnostics(config, print_diagnostic, options) == HAETAE_OK;
}

static void print_counts(const haetae_recovery *recovery)
{
    fprintf(stderr,
            "haetae-recover: %llu files recovered: %llu spans (%llu had not ended), %llu data "
            "points, %llu log records\n",
            (unsigned long long)recovery->files_recovered,
            (unsigned long long)recovery->delivered_spans, (unsigned long long)recovery->open_spans,
            (unsigned long long)recovery->delivered_data_points,
            (unsigned long long)recovery->delivered_log_records);
}

/* What stays in the directory, and why. The diagnostics have named the files. */
static void print_rest(const struct hae_rec_options *options, const haetae_recovery *recovery)
{
    uint64_t unanswered = recovery->files_left - recovery->files_refused - recovery->files_redacted;

    if (recovery->files_redacted != 0) {
        fprintf(stderr,
                "haetae-recover: %llu files stay in %s, since their processes redacted what they "
                "sent: give the rules with --redact, or --unredacted to export all as it is\n",
                (unsigned long long)recovery->files_redacted, options->directory);
    }

    if (recovery->files_refused != 0) {
        fprintf(stderr,
                "haetae-recover: %llu files stay in %s, since the receiver refused what is in "
                "them; nothing is lost: check the receiver and its address\n",
                (unsigned long long)recovery->files_refused, options->directory);
    }
    if (unanswered != 0) {
        fprintf(stderr,
                "haetae-recover: %llu files stay in %s, since time ran out or the receiver did "
                "not answer; nothing is lost\n",
                (unsigned long long)unanswered, options->directory);
    }
    if (options->spool && recovery->files_in_use != 0) {
        fprintf(stderr,
                "haetae-recover: %llu files in %s are in use by processes that live, which send "
                "them\n",
                (unsigned long long)recovery->files_in_use, options->directory);
    }
    if (recovery->files_not_ours != 0) {
        fprintf(stderr,
                "haetae-recover: %llu files stay in %s, of another user or another version\n",
                (unsigned long long)recovery->files_not_ours, options->directory);
    }
}

/* Reports the result, with all that is wrong. Returns the exit status. */
static int report(const struct hae_rec_options *options, const haetae_recovery *recovery)
{
    unsigned long long dropped =
        recovery->dropped_spans + recovery->dropped_data_points + recovery->dropped_log_records;

    if (!options->quiet) {
        print_counts(recovery);
    }
    print_rest(options, recovery);
    if (dropped != 0) {
        fprintf(stderr, "haetae-recover: %llu items were rejected as invalid, or are too large\n",
                dropped);
    }
    if (recovery->files_redacted != 0) {
        return 3;
    }
    return recovery->files_left != 0 || dropped != 0 || recovery->files_corrupt != 0 ||
                   recovery->files_not_ours != 0
               ? 1
               : 0;
}

static int run(struct hae_rec_options *options, haetae_config *config,
               struct hae_file_target *target)
{
    haetae_recovery recovery = HAETAE_OPTIONS(haetae_recovery);

    if (!configure(config, options)) {
        return 1;
    }
    haetae_exporter *exporter = make_exporter(options, config, target);
    if (exporter == NULL) {
        return 1;
    }
    haetae_status status = haetae_config_add_exporter(config, exporter);
    if (status != HAETAE_OK) {
        haetae_exporter_free(exporter);
    } else {
        status = (options->spool ? haetae_recover_spool : haetae_recover)(
            config, options->directory, options->timeout_ms, &recovery);
    }
    if (status != HAETAE_OK && status != HAETAE_ETIMEOUT) {
        print_lines(haetae_config_error(config)[0] != '\0' ? haetae_config_error(config)
                                                           : haetae_status_text(status));
        return 1;
    }
    return report(options, &recovery);
}

static void report_errno(const struct hae_rec_options *options)
{
    fprintf(stderr, "haetae-recover: %s: %s\n", options->target, strerror(errno));
}

int main(int argc, char **argv)
{
    /* For a thread that never returns, too. */
    static struct hae_file_target target = {.file = {.fd = -1}};
    struct hae_rec_options options;
    haetae_config *config = NULL;
    int result = 1;

    switch (hae_rec_parse(argc, argv, &options)) {
    case HAE_REC_DONE:
        return 0;
    case HAE_REC_WRONG:
        return 2;
    case HAE_REC_RUN:
        break;
    }
    /* A write beyond the file size limit, or to a pipe without a reader, must fail instead
     * of ending the process. */
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)signal(SIGPIPE, SIG_IGN);
    if (options.to == HAE_REC_TO_FILE && !hae_line_file_open(&target.file, options.target)) {
        report_errno(&options);
        return 1;
    }
    if (haetae_config_new(&config) == HAETAE_OK) {
        result =
            options.list ? hae_rec_list(config, options.directory) : run(&options, config, &target);
    }
    haetae_config_free(config);
    if (target.file.fd >= 0 && !hae_file_target_close(&target)) {
        report_errno(&options);
        result = 1;
    }
    return result;
}

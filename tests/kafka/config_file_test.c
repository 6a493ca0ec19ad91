/* SPDX-License-Identifier: Apache-2.0 */
/* The exporter from a configuration file. */
#include "cluster.h"
#include "haetae/config_file.h"
#include "haetae/haetae.h"
#include "haetae/kafka.h"
#include "support/core_cmocka.h"

enum { TIMEOUT_MS = 60000 };

static void a_file_has_the_exporter_by_its_name(void **state)
{
    static const char file[] = "file_format: \"1.1\"\n"
                               "distribution:\n"
                               "  haetae:\n"
                               "    HAETAE_KAFKA_BROKERS: %s\n"
                               "    HAETAE_KAFKA_LOGS_TOPIC: from_file\n"
                               "logger_provider:\n"
                               "  processors:\n"
                               "    - batch:\n"
                               "        exporter:\n"
                               "          kafka:\n";
    haetae_config_model *model = NULL;
    haetae_config *config = NULL;
    haetae_sdk *sdk = NULL;
    struct cluster cluster;
    struct topic_content content;
    char text[1024];

    (void)state;
    cluster_start(&cluster);
    snprintf(text, sizeof text, file, cluster.brokers);
    assert_int_equal(haetae_kafka_register(), HAETAE_OK);
    assert_int_equal(haetae_config_new(&config), HAETAE_OK);
    if (haetae_config_model_parse(config, "f.yaml", text, strlen(text), &model) != HAETAE_OK ||
        haetae_config_model_create(model, config) != HAETAE_OK ||
        haetae_start(config, &sdk) != HAETAE_OK) {
        fail_msg("%s", haetae_config_error(config));
    }
    haetae_config_model_free(model);
    haetae_config_free(config);
    haetae_log(haetae_logger_named(sdk, "test"), HAETAE_SEVERITY_WARN, HAETAE_TEXT("look out"),
               NULL, 0);
    assert_int_equal(haetae_sdk_shutdown(sdk, TIMEOUT_MS), HAETAE_OK);
    haetae_sdk_free(sdk);
    content = cluster_read(cluster.brokers, "from_file", 4, HAETAE_SIGNAL_LOGS);
    assert_int_equal(content.count, 1);
    cluster_stop(&cluster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_has_the_exporter_by_its_name)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

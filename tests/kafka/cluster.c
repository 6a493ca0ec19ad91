/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster.h"

#include "support/core_cmocka.h"

void cluster_start(struct cluster *cluster)
{
    static const char *const topics[] = {"otlp_spans", "otlp_metrics", "otlp_logs"};
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    assert_int_equal(rd_kafka_conf_set(conf, "log_level", "0", why, sizeof why), RD_KAFKA_CONF_OK);
    cluster->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    assert_non_null(cluster->handle);
    cluster->mock = rd_kafka_mock_cluster_new(cluster->handle, CLUSTER_BROKERS);
    assert_non_null(cluster->mock);
    cluster->brokers = rd_kafka_mock_cluster_bootstraps(cluster->mock);
    for (size_t i = 0; i < sizeof topics / sizeof topics[0]; i++) {
        assert_int_equal(
            rd_kafka_mock_topic_create(cluster->mock, topics[i], CLUSTER_PARTITIONS, 3), 0);
    }
}

void cluster_stop(struct cluster *cluster)
{
    rd_kafka_mock_cluster_destroy(cluster->mock);
    rd_kafka_destroy(cluster->handle);
}

/* ---- Reading ----------------------------------------------------------------------------- */

static struct found_item items[REQUEST_ITEMS_MAX];
static int partitions[REQUEST_ITEMS_MAX];
static char keys[REQUEST_ITEMS_MAX][40];

static rd_kafka_t *new_consumer(const char *brokers)
{
    const char *const settings[][2] = {{"bootstrap.servers", brokers},
                                       {"group.id", "test"},
                                       {"enable.partition.eof", "true"},
                                       {"enable.auto.commit", "false"},
                                       {"fetch.wait.max.ms", "20"},
                                       {"log_level", "0"},
                                       {"check.crcs", "true"}};
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_t *consumer;

    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        assert_int_equal(rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why),
                         RD_KAFKA_CONF_OK);
    }
    consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    assert_non_null(consumer);
    return consumer;
}

static void add_message(struct topic_content *content, haetae_signal signal,
                        const rd_kafka_message_t *message)
{
    size_t before = content->count;

    content->count =
        request_read(signal, message->payload, message->len, items, before, REQUEST_ITEMS_MAX);
    content->message_count++;
    for (size_t i = before; i < content->count; i++) {
        assert_true(message->key_len < sizeof keys[i]);
        snprintf(keys[i], sizeof keys[i], "%.*s", (int)message->key_len,
                 message->key_len > 0 ? (const char *)message->key : "");
        partitions[i] = message->partition;
    }
}

struct topic_content cluster_read(const char *brokers, const char *topic, int partition_count,
                                  haetae_signal signal)
{
    struct topic_content content = {items, partitions, keys, 0, 0};
    rd_kafka_t *consumer = new_consumer(brokers);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partition_count);
    int ends = 0;

    for (int i = 0; i < partition_count; i++) {
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = 0;
    }
    assert_int_equal(rd_kafka_assign(consumer, list), 0);
    while (ends < partition_count) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 30000);

        assert_non_null(message);
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ends++;
        } else if (message->err == 0) {
            add_message(&content, signal, message);
        }
        rd_kafka_message_destroy(message);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return content;
}

void content_is(const struct topic_content *content, unsigned first, unsigned count)
{
    static unsigned seen[REQUEST_ITEMS_MAX];

    assert_true(count <= REQUEST_ITEMS_MAX);
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < content->count; i++) {
        unsigned number = found_number(&content->items[i]);

        assert_true(number >= first && number < first + count);
        assert_int_equal(seen[number - first]++, 0);
        assert_true(content->items[i].is_intact);
    }
    assert_int_equal(content->count, count);
}

void content_is_by_trace(const struct topic_content *content)
{
    bool several = false;

    for (size_t i = 0; i < content->count; i++) {
        assert_string_equal(content->keys[i], content->items[i].trace);
        several |= content->partitions[i] != content->partitions[0];
        for (size_t j = i + 1; j < content->count && j < i + 200; j++) {
            if (strcmp(content->items[i].trace, content->items[j].trace) == 0) {
                assert_int_equal(content->partitions[i], content->partitions[j]);
            }
        }
    }
    assert_true(several);
}

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Creates the topic of spans. Its partitions bound how many samplers can read, and cannot be added to later without moving
# keys: docs/scale.md says how many.
# Usage: BROKERS=host:9092 PARTITIONS=3000 kafka/topics.sh
set -eu
kafka-topics.sh --bootstrap-server "$BROKERS" --create --topic otlp_spans \
    --partitions "${PARTITIONS:-3000}" --replication-factor "${REPLICAS:-3}" \
    --config min.insync.replicas="${IN_SYNC:-2}" \
    --config max.message.bytes=4194304 \
    --config compression.type=producer \
    --config retention.ms=7200000 \
    --config segment.bytes=268435456

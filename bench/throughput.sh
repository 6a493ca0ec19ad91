#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A million spans a second, into a receiver that takes 50 ms to answer: without attributes
# and with five, by default settings and with a larger queue. It reports, it does not fail.
set -u
bench=$1
seconds=${BENCH_SECONDS:-10}
errors=$(mktemp)
trap 'rm -f "$errors"' EXIT

run() {
    printf '\n1,000,000 spans/s for %s s, answers after 50 ms, %s\n' "$seconds" "$1"
    shift
    "$bench" --sink 50 --rate 1000000 --seconds "$seconds" "$@" 2>"$errors"
    [ $? -le 1 ] || { cat "$errors" >&2; exit 1; }
}

run "no attributes" --attributes 0
run "five attributes" --attributes 5
export HAETAE_QUEUE_BYTES=67108864
run "five attributes, HAETAE_QUEUE_BYTES=64 MiB" --attributes 5

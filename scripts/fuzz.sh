#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzzer of a build for some seconds, as many at once as there are
# processors. Seeds come from fuzz/corpus. New inputs are kept in
# <build>/corpus/<subject>, inputs that fail in <build>/failed.
# Usage: scripts/fuzz.sh <build folder> <seconds>
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$1
seconds=$2
mkdir -p "$build/failed"

fuzz_one() {
    fuzzer=$1
    subject=${fuzzer##*/fuzz_}
    mkdir -p "$build/corpus/$subject"
    log=$build/failed/$subject.log
    if "$fuzzer" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="$build/failed/$subject-" \
        "$build/corpus/$subject" "$root/fuzz/corpus/$subject" >"$log" 2>&1; then
        echo "fuzz: $subject: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, none failed"
        rm "$log"
    else
        tail -n 40 "$log"
        echo "fuzz: $subject FAILED; the input is in $build/failed" >&2
        return 1
    fi
}

if [ $# = 3 ]; then
    fuzz_one "$3"
    exit
fi
fuzzers=$(find "$build/fuzz" -maxdepth 1 -type f -perm -u+x -name 'fuzz_*' ! -name 'fuzz_replay_*')
[ -n "$fuzzers" ] || { echo "fuzz: no fuzzer in $build/fuzz" >&2; exit 1; }
echo "$fuzzers" | xargs -P "$(nproc)" -I{} sh "$0" "$build" "$seconds" {}

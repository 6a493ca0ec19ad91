#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Prints the size of the shared libraries given, stripped, in KiB.
# Usage: bench/size.sh LIBRARY ...
set -eu

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
total=0
for library in "$@"; do
    strip -o "$stripped" "$library"
    size=$(($(wc -c <"$stripped") / 1024))
    total=$((total + size))
    printf 'stripped size of %s: %d KiB\n' "$(basename "$library")" "$size"
done
printf 'stripped size of all: %d KiB\n' "$total"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs haetae-view and reports one log record less than it received.
set -eu
"${REAL_HAETAE_VIEW:?}" "$@" &
view=$!
trap 'kill $view' TERM
# The first wait ends at the signal, the second when the program ends.
wait $view || wait $view

totals= previous=
for argument; do
    if [ "$previous" = --json ]; then
        totals=$argument
    fi
    previous=$argument
done
logs=$(grep -o '"logs":[0-9]*' "$totals" | head -n 1 | sed 's/.*://')
sed "s/\"logs\":$logs,/\"logs\":$((logs - 1)),/" "$totals" >"$totals.less"
mv "$totals.less" "$totals"

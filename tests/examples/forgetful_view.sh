#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# haetae-view, but its totals tell of one log record less than it got.
set -eu
"${REAL_HAETAE_VIEW:?}" "$@" &
view=$!
trap 'kill $view' TERM
# The first wait ends with the signal, the second with the program.
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

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the dispatch service, its map service and a load of 15 seconds, with
# haetae-view as the receiver, or the receiver at OTEL_EXPORTER_OTLP_ENDPOINT. Where there is
# a Chromium, examples/outside looks at the service's page meanwhile.
# Prints what was received, and then:
#   demo: requests=… spans=… logs=… measurements=… delivered=… dropped=… lost=0
# lost: what was delivered and the receiver did not count. The script exits with 1 if
# that is not 0, or if the services' own statistics do not add up. The script cannot ask
# an external receiver: lost is "unknown(external)" then, and measurements are the data
# points that were sent. The last line says how to see the run in haetae-view's page.
#
# With --page the load goes on until SIGINT (Ctrl-C) or SIGTERM, and the page is there
# meanwhile, with alerts: at port 4318, or another one when that is taken.
#
# Usage: examples/dispatch/demo.sh [--page] BUILD_DIR
# DEMO_SECONDS (15; 60 a round with --page) and DEMO_RATE (60: calm requests a second) make it
# shorter. DEMO_OUTSIDE=no: without a browser. DEMO_OPEN=no: the page is not opened on the desktop.
set -eu

page=
if [ "${1:-}" = --page ]; then
    page=yes
    shift
fi
if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "usage: $0 [--page] BUILD_DIR" >&2
    exit 2
fi
build=$1
examples=$(cd "$(dirname "$0")/.." && pwd)
seconds=${DEMO_SECONDS:-${page:+60}}
seconds=${seconds:-15}
rate=${DEMO_RATE:-60}
endpoint=${OTEL_EXPORTER_OTLP_ENDPOINT:-}

work=$(mktemp -d "${TMPDIR:-/tmp}/haetae-demo.XXXXXX")
view= maps= dispatch= outside= load=

# Ends the programs that still run, by their process ids.
clean_up() {
    for pid in $load $outside $dispatch $maps $view; do
        kill "$pid" 2>/dev/null || true
    done
    wait
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
    echo "demo: $*" >&2
    exit 1
}

find_program() {
    for path in "$build/examples/dispatch/$1" "$build/tools/haetae-view/$1"; do
        if [ -x "$path" ]; then
            echo "$path"
            return
        fi
    done
    fail "$1 is not built in $build"
}

# await FILE PID NAME: until the program has written its port.
await() {
    tries=0
    until [ -s "$1" ]; do
        kill -0 "$2" 2>/dev/null || fail "$3 ended before it listened"
        tries=$((tries + 1))
        [ $tries -lt 300 ] || fail "$3 does not listen"
        sleep 0.1
    done
    cat "$1"
}

# The width of the terminal, if there is one.
columns() {
    [ ! -t 1 ] || stty size 2>/dev/null </dev/tty | cut -d ' ' -f 2
}

# stop PID: asks it to end, and waits until it has.
stop() {
    kill -TERM "$1"
    wait "$1" || fail "a program ended with status $?"
}

# Starts haetae-view, listening at $1. With --page in a session of its own, as all that follows: Ctrl-C is
# for this script, which ends them one after the other.
start_view() {
    if [ -n "$page" ]; then
        set -- "$1" --rules "$rules"
    else
        rm -f "$build/demo.db" "$build/demo.db-wal" "$build/demo.db-shm"
        set -- "$1" --db "$build/demo.db" --json "$work/totals.json" --width "$width"
    fi
    $session "$view_program" --listen "$@" --port-file "$work/view.port" --once >"$work/summary.txt" &
    view=$!
}

# Opens the page where there is a desktop.
open_page() {
    if [ "${DEMO_OPEN:-yes}" != no ] && [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] && command -v xdg-open >/dev/null; then
        xdg-open "$1" >/dev/null 2>&1 &
    fi
}

# The look from outside, while the load goes on. Left out when it cannot be had.
start_outside() {
    $session sh "$examples/outside/run.sh" "$build/examples/outside" --url "$dispatch_url/" \
        --user seoul-4g --user berlin-dsl --user nairobi-3g --every "$1" \
        --screenshots "$build/examples/outside/screenshots" >"$work/outside.txt" &
    outside=$!
}

# seen KEY: a number of what the look from outside sent.
seen() {
    n=$(sed -n "s/^outside: .* $1=\([0-9]*\).*/\1/p" "$work/outside.txt")
    echo "${n:-0}"
}

# sum SIGNAL KEY: from the statistics of both services.
sum() {
    cat "$work/dispatch.json" "$work/maps.json" |
        sed -n "s/.*\"$1\":{[^}]*\"$2\":\([0-9]*\).*/\1/p" |
        { total=0; while read -r n; do total=$((total + n)); done; echo $total; }
}

# ---- Start, load, stop

view_program=
if [ -z "$endpoint" ]; then
    view_program=$(find_program haetae-view)
fi
maps_program=$(find_program dispatch-maps)
dispatch_program=$(find_program dispatch)
load_program=$(find_program dispatch-load)

[ -z "$page" ] || [ -n "$view_program" ] || fail "--page has a receiver of its own: unset OTEL_EXPORTER_OTLP_ENDPOINT"
session=
[ -z "$page" ] || session=$(command -v setsid || :)

# What it needs is installed before anything is measured.
: >"$work/outside.txt"
look=no
rules=$examples/alerts.yaml
if [ "${DEMO_OUTSIDE:-yes}" != no ] && sh "$examples/outside/run.sh" "$build/examples/outside" --help >/dev/null; then
    look=yes
    rules=$examples/outside/rules.yaml
fi

view_url=
if [ -n "$view_program" ]; then
    width=$(columns)
    width=${width:-100}
    port=0
    if [ -n "$page" ]; then
        start_view 127.0.0.1:4318 2>/dev/null
        port=$(await "$work/view.port" $view haetae-view 2>/dev/null) || port=0
    fi
    if [ "$port" = 0 ]; then
        start_view 127.0.0.1:0
        port=$(await "$work/view.port" $view haetae-view)
    fi
    view_url=http://127.0.0.1:$port/
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$port
    export OTEL_EXPORTER_OTLP_ENDPOINT
fi
# A short interval, so that a short run shows rates.
OTEL_METRIC_EXPORT_INTERVAL=${OTEL_METRIC_EXPORT_INTERVAL:-1000}
export OTEL_METRIC_EXPORT_INTERVAL

$session "$maps_program" --port-file "$work/maps.port" --stats-file "$work/maps.json" &
maps=$!
maps_url=http://127.0.0.1:$(await "$work/maps.port" $maps dispatch-maps)
$session "$dispatch_program" --maps "$maps_url" --port-file "$work/dispatch.port" \
    --stats-file "$work/dispatch.json" &
dispatch=$!
dispatch_url=http://127.0.0.1:$(await "$work/dispatch.port" $dispatch dispatch)

# ---- With --page: until a signal

if [ -n "$page" ]; then
    [ $look = no ] || start_outside 10
    echo "demo: the service is at $dispatch_url/"
    echo "demo: the page of haetae-view: $view_url (Ctrl-C ends it)"
    open_page "$view_url"
    ended=
    trap 'ended=yes; kill $load 2>/dev/null || :' INT TERM
    while [ -z "$ended" ]; do
        $session "$load_program" --url "$dispatch_url" --maps "$maps_url" --seconds "$seconds" --rate "$rate" >"$work/load.txt" &
        load=$!
        wait $load || [ -n "$ended" ] || fail "the load could not be run"
        load=
    done
    for pid in $outside $dispatch $maps $view; do
        kill -TERM "$pid"
        # A visit that failed is no fault of the demo.
        wait "$pid" || [ "$pid" = "$outside" ] || fail "a program ended with status $?"
    done
    outside= dispatch= maps= view=
    echo "demo: ended"
    exit 0
fi

# ---- Otherwise once

echo "demo: $seconds seconds of load: calm, a surge, an outage of the map service, recovery"
[ -z "$view_url" ] || echo "demo: meanwhile the page of haetae-view is at $view_url"
[ $look = no ] || start_outside 3
{
    "$load_program" --url "$dispatch_url" --maps "$maps_url" --seconds "$seconds" \
        --rate "$rate" || : >"$work/load.failed"
} | tee "$work/load.txt"
[ ! -e "$work/load.failed" ] || fail "the load could not be run"

if [ -n "$outside" ]; then
    kill -TERM $outside
    # A visit that failed is something to see, not a fault of the demo.
    wait $outside || [ $? -eq 1 ] || fail "the look from outside failed"
    outside=
    cat "$work/outside.txt"
fi
stop $dispatch
dispatch=
stop $maps
maps=
if [ -n "$view" ]; then
    stop $view
    view=
    cat "$work/summary.txt"
fi

# ---- Add up

requests=$(sed -n 's/^load: requests=\([0-9]*\).*/\1/p' "$work/load.txt")
delivered=0 dropped=0 unaccounted=0
for signal in traces logs metrics; do
    d=$(sum $signal delivered)
    x=$(sum $signal dropped)
    delivered=$((delivered + d))
    dropped=$((dropped + x))
    unaccounted=$((unaccounted + $(sum $signal recorded) - d - x - $(sum $signal held)))
done

# received KEY: the receiver's total, which comes before the totals of each service.
received() {
    n=$(grep -o "\"$1\":[0-9]*" "$work/totals.json" | head -n 1 | sed 's/.*://')
    [ -n "$n" ] || fail "haetae-view's totals have no $1"
    echo "$n"
}

problem=
if [ $unaccounted -ne 0 ]; then
    problem="$unaccounted items are neither delivered nor dropped nor held"
fi
spans=$(sum traces recorded)
logs=$(sum logs recorded)
measurements=$(sum metrics recorded)
spans=$((spans + $(seen spans)))
logs=$((logs + $(seen events)))
delivered=$((delivered + $(seen spans) + $(seen events)))
if [ -n "$endpoint" ]; then
    lost="unknown(external)"
else
    lost=0
    for triple in traces:spans:spans logs:events:logs metrics:none:data_points; do
        signal=${triple%%:*} what=${triple##*:} outside_too=${triple#*:}
        counted=$(received $what)
        missing=$(($(sum $signal delivered) + $(seen ${outside_too%:*}) - counted))
        lost=$((lost + missing))
        if [ $missing -ne 0 ]; then
            problem="$what: delivered and received differ by $missing"
        fi
    done
    measurements=$(received measurements)
fi

echo "demo: requests=$requests spans=$spans logs=$logs measurements=$measurements" \
    "delivered=$delivered dropped=$dropped lost=$lost"
if [ -n "$problem" ]; then
    fail "$problem"
fi
if [ -n "$view_url" ]; then
    echo "demo: as a page: $view_program --db $build/demo.db, then http://127.0.0.1:4318/"
fi

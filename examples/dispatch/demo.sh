#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the dispatch service, its map service and a load of 15 seconds, with
# haetae-view as the receiver, or the receiver at OTEL_EXPORTER_OTLP_ENDPOINT.
# Prints what was received and ends with one line:
#   demo: requests=… spans=… logs=… measurements=… delivered=… dropped=… lost=0
# lost: what the services delivered and the receiver did not count. The script exits
# with 1 if that is not 0, or if the services' own statistics do not add up. The script
# cannot ask an external receiver: lost is "unknown(external)" then, and measurements
# are the data points that were sent.
#
# Usage: examples/dispatch/demo.sh BUILD_DIR
# DEMO_SECONDS (15) and DEMO_RATE (60: calm requests a second) make it shorter.
set -eu

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "usage: $0 BUILD_DIR" >&2
    exit 2
fi
build=$1
seconds=${DEMO_SECONDS:-15}
rate=${DEMO_RATE:-60}
endpoint=${OTEL_EXPORTER_OTLP_ENDPOINT:-}

work=$(mktemp -d "${TMPDIR:-/tmp}/haetae-demo.XXXXXX")
view= maps= dispatch=

# Ends the programs that still run, by their process ids.
clean_up() {
    for pid in $dispatch $maps $view; do
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

if [ -n "$view_program" ]; then
    width=$(columns)
    "$view_program" --listen 127.0.0.1:0 --port-file "$work/view.port" --once \
        --json "$work/totals.json" --width "${width:-100}" >"$work/summary.txt" &
    view=$!
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$(await "$work/view.port" $view haetae-view)
    export OTEL_EXPORTER_OTLP_ENDPOINT
fi
# A short interval, so that a short run shows rates.
OTEL_METRIC_EXPORT_INTERVAL=${OTEL_METRIC_EXPORT_INTERVAL:-1000}
export OTEL_METRIC_EXPORT_INTERVAL

"$maps_program" --port-file "$work/maps.port" --stats-file "$work/maps.json" &
maps=$!
maps_url=http://127.0.0.1:$(await "$work/maps.port" $maps dispatch-maps)
"$dispatch_program" --maps "$maps_url" --port-file "$work/dispatch.port" \
    --stats-file "$work/dispatch.json" &
dispatch=$!
dispatch_url=http://127.0.0.1:$(await "$work/dispatch.port" $dispatch dispatch)

echo "demo: $seconds seconds of load: calm, a surge, an outage of the map service, recovery"
{
    "$load_program" --url "$dispatch_url" --maps "$maps_url" --seconds "$seconds" \
        --rate "$rate" || : >"$work/load.failed"
} | tee "$work/load.txt"
[ ! -e "$work/load.failed" ] || fail "the load could not be run"

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
if [ -n "$endpoint" ]; then
    lost="unknown(external)"
else
    lost=0
    for pair in traces:spans logs:logs metrics:data_points; do
        counted=$(received ${pair#*:})
        missing=$(($(sum ${pair%:*} delivered) - counted))
        lost=$((lost + missing))
        if [ $missing -ne 0 ]; then
            problem="${pair#*:}: delivered and received differ by $missing"
        fi
    done
    measurements=$(received measurements)
fi

echo "demo: requests=$requests spans=$spans logs=$logs measurements=$measurements" \
    "delivered=$delivered dropped=$dropped lost=$lost"
if [ -n "$problem" ]; then
    fail "$problem"
fi

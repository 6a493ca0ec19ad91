#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs one example and checks what it did.
# Usage: run.sh CASE BUILD_DIR [HAETAE_VIEW]
set -eu
name=$1
build=$2
view_program=${3:-}
source=${HAETAE_SOURCE:?}

# The environment must not change what is exported, or where to.
for variable in $(env | sed -n 's/^\(\(OTEL\|HAETAE\)_[A-Z0-9_]*\)=.*/\1/p'); do
    unset "$variable"
done

work=$(mktemp -d "${TMPDIR:-/tmp}/haetae-examples.XXXXXX")
# examples/outside_test.py has the look from outside.
DEMO_OUTSIDE=no DEMO_OPEN=no
export DEMO_OUTSIDE DEMO_OPEN
view= demo=
clean_up() {
    for pid in $view $demo; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" || true
    done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

start_view() {
    "$view_program" --listen 127.0.0.1:0 --port-file "$work/port" --once \
        --json "$work/totals.json" >"$work/summary.txt" &
    view=$!
    until [ -s "$work/port" ]; do
        kill -0 "$view" || fail "haetae-view did not start"
        sleep 0.05
    done
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:$(cat "$work/port")
    export OTEL_EXPORTER_OTLP_ENDPOINT
}

stop_view() {
    kill -TERM "$view"
    wait "$view" || fail "haetae-view ended with $?"
    view=
    cat "$work/totals.json"
}

# received KEY: the receiver's total, which comes before the totals of each service.
received() {
    grep -o "\"$1\":[0-9]*" "$work/totals.json" | head -n 1 | sed 's/.*://'
}

# field KEY: a number of the demo's line of figures.
field() {
    sed -n "s/^demo: requests=/ requests=/; s/^ .*\<$1=\([^ ]*\).*/\1/p" "$work/out.txt" | head -n 1
}

assert_equal() { # WHAT ACTUAL EXPECTED
    [ "$2" = "$3" ] || fail "$1 is '$2', not '$3'"
}

assert_above() { # WHAT ACTUAL LEAST
    [ -n "$2" ] && [ "$2" -gt "$3" ] || fail "$1 is '$2', not above $3"
}

run_demo() { # LINE of the figures, from the end
    if DEMO_SECONDS=4 DEMO_RATE=40 sh "$source/examples/dispatch/demo.sh" "$build" \
        >"$work/out.txt"; then
        cat "$work/out.txt"
    else
        cat "$work/out.txt"
        fail "the demo ended with an error"
    fi
    tail -n "$1" "$work/out.txt" | head -n 1 | grep -q '^demo: requests=' || fail "the figures are elsewhere"
    assert_above requests "$(field requests)" 100
    # A request makes at least one span, and a ride several.
    assert_above spans "$(field spans)" "$(field requests)"
    assert_above logs "$(field logs)" 10
    assert_above measurements "$(field measurements)" 10
    assert_equal dropped "$(field dropped)" 0
}

case $name in
exporter)
    "$build/examples/exporter" >"$work/out.txt" || fail "exit status $?: $(cat "$work/out.txt")"
    cat "$work/out.txt"
    grep -q '^traces: recorded=300 delivered=300 dropped=0 received=300 ' "$work/out.txt" || fail traces
    grep -q '^logs: recorded=300 delivered=300 dropped=0 received=300 ' "$work/out.txt" || fail logs
    # The agent asked for one request again.
    retries=$(sed -n 's/.* retries=//p' "$work/out.txt" | awk '{ n += $1 } END { print n }')
    assert_above retries "$retries" 0
    ;;
quickstart)
    start_view
    "$build/examples/quickstart" || fail "quickstart ended with $?"
    stop_view
    assert_equal spans "$(received spans)" 1
    assert_equal logs "$(received logs)" 1
    assert_above data_points "$(received data_points)" 0
    ;;
configured)
    # What the file adds is for the program to read.
    start_view
    cp "$source/examples/config_file/getting-started.yaml" "$work/file.yaml"
    printf 'instrumentation/development: {general: {greetings: true}}\n' >>"$work/file.yaml"
    OTEL_SERVICE_NAME=shop OTEL_CONFIG_FILE=$work/file.yaml "$build/examples/configured" ||
        fail "configured ended with $?"
    stop_view
    assert_equal spans "$(received spans)" 1
    assert_equal logs "$(received logs)" 1
    assert_above data_points "$(received data_points)" 0
    grep -q '"shop"' "$work/totals.json" || fail "the service has another name"

    # A fault is named with file, line and key.
    printf 'disabled: perhaps\n' >>"$work/file.yaml"
    if OTEL_CONFIG_FILE=$work/file.yaml "$build/examples/configured" >"$work/out.txt" 2>&1; then
        fail "configured started with a fault in its file"
    fi
    line=$(wc -l <"$work/file.yaml")
    grep -q "^$work/file.yaml:$line: disabled: expected true or false" "$work/out.txt" ||
        fail "the fault is not named: $(cat "$work/out.txt")"
    ;;
quickstart_without_receiver)
    # Nothing listens on port 9: the program ends when the shutdown's time is over.
    status=0
    OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9 "$build/examples/quickstart" \
        >"$work/out.txt" || status=$?
    assert_equal "exit status" $status 1
    assert_equal output "$(cat "$work/out.txt")" "quickstart: the deadline passed first"
    ;;
demo)
    run_demo 2
    assert_equal lost "$(field lost)" 0
    # What the last line says works.
    command=$(tail -n 1 "$work/out.txt" | sed -n 's|^demo: as a page: \(.*\), then http://127.0.0.1:4318/$|\1|p')
    [ -n "$command" ] || fail "the last line is another"
    $command --listen 127.0.0.1:0 --port-file "$work/port" --once --exit-after-ms 60000 >"$work/summary.txt" &
    view=$!
    until [ -s "$work/port" ]; do
        kill -0 "$view" || fail "haetae-view did not start"
        sleep 0.05
    done
    "$view_program" query "SELECT count(*) AS n FROM span" --json --url "http://127.0.0.1:$(cat "$work/port")" >"$work/kept.json"
    grep -q "\"$(field spans)\"" "$work/kept.json" || fail "the page has not all spans: $(cat "$work/kept.json")"
    ;;
demo_page)
    DEMO_SECONDS=2 DEMO_RATE=40 sh "$source/examples/dispatch/demo.sh" --page "$build" >"$work/out.txt" 2>"$work/err.txt" &
    demo=$!
    until url=$(sed -n 's/^demo: the page of haetae-view: \([^ ]*\) .*/\1/p' "$work/out.txt") && [ -n "$url" ]; do
        kill -0 "$demo" || fail "the demo ended: $(cat "$work/err.txt")"
        sleep 0.05
    done
    # The load goes on after a round of it: 0.5 + 0.6 * 10 + 0.5 * 2 + 0.4 s worth of requests.
    until "$view_program" query "SELECT count(*) > 320 AS enough FROM span WHERE entry" --json --url "$url" >"$work/enough.json" &&
        grep -q '"1"' "$work/enough.json"; do
        kill -0 "$demo" || fail "the demo ended: $(cat "$work/err.txt")"
        sleep 0.2
    done
    "$view_program" query "SELECT count(*) FROM op" --url "$url" >/dev/null || fail "the page's server does not answer"
    kill -TERM "$demo"
    wait "$demo" || fail "the demo ended with status $?: $(cat "$work/err.txt")"
    demo=
    assert_equal "last line" "$(tail -n 1 "$work/out.txt")" "demo: ended"
    ! "$view_program" query "SELECT count(*) FROM op" --url "$url" >/dev/null 2>&1 || fail "haetae-view still runs"
    ;;
demo_notices_loss)
    mkdir -p "$work/build/tools/haetae-view"
    ln -s "$(cd "$build/examples" && pwd)" "$work/build/examples"
    cp "$source/tests/examples/forgetful_view.sh" "$work/build/tools/haetae-view/haetae-view"
    chmod +x "$work/build/tools/haetae-view/haetae-view"
    export REAL_HAETAE_VIEW="$view_program"
    if DEMO_SECONDS=1 DEMO_RATE=40 sh "$source/examples/dispatch/demo.sh" "$work/build" \
        >"$work/out.txt" 2>"$work/err.txt"; then
        fail "the demo did not see that a log record was lost: $(tail -n 1 "$work/out.txt")"
    fi
    assert_equal lost "$(field lost)" 1
    assert_equal complaint "$(tail -n 1 "$work/err.txt")" \
        "demo: logs: delivered and received differ by 1"
    ;;
demo_external)
    start_view
    run_demo 1
    assert_equal lost "$(field lost)" "unknown(external)"
    stop_view
    python3 "$source/tests/examples/check_demo.py" "$work/totals.json" "$(field requests)" ||
        fail "what was received is not what happened"
    assert_equal received \
        $(($(received spans) + $(received logs) + $(received data_points))) "$(field delivered)"
    ;;
*)
    fail "no case $name"
    ;;
esac

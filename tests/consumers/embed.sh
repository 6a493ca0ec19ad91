#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds a project that contains haetae, in several shapes.
# Usage: embed.sh <case>. common.sh names the environment.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

# host <HOW> [cmake's arguments]: configures the host.
host() {
    how=$1
    shift
    "$CMAKE" -S "$here/embedded" -B "$dir/build" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
        -DHAETAE_SOURCE="$HAETAE_SOURCE" -DHOW="$how" "$@"
}

build() {
    "$CMAKE" --build "$dir/build" -j2 "$@"
}

# assert_targets <target>...: fails unless exactly these targets of haetae are built.
assert_targets() {
    built=$(tr '\n' ' ' <"$dir/build/targets.txt")
    [ "$built" = "$* " ] || fail "builds '$built', not '$*'"
}

# assert_installs <list>: fails unless the host installs exactly the files of the list.
assert_installs() {
    "$CMAKE" --install "$dir/build" --prefix "$dir/prefix" >/dev/null
    assert_files "$dir/prefix" "$1"
}

assert_own_targets() {
    build --target bench --target test >"$dir/own.txt"
    for target in bench test; do
        grep -q "^$target of the host" "$dir/own.txt" || fail "the host's target $target is not its own"
    done
}

static="haetae_config_file_static haetae_console_static haetae_core_static haetae_kafka_static haetae_memory_static haetae_otlp_file_static haetae_otlp_grpc_static haetae_otlp_http_static haetae_prometheus_static haetae_proto"
shared="haetae_config_file haetae_console haetae_core haetae_kafka haetae_memory haetae_otlp_file haetae_otlp_grpc haetae_otlp_http haetae_prometheus haetae_proto"
echo bin/host >"$dir/only_the_host.txt"

case $case in
embedded_subdirectory)
    host subdirectory
    assert_targets $static
    build
    assert_loads "$dir/build/host" ""
    check_with_otlp "$dir/build/host"
    assert_own_targets
    assert_installs "$dir/only_the_host.txt"
    ;;
embedded_fetch_content)
    host fetch_content
    assert_targets $static
    build
    check_with_otlp "$dir/build/host"
    assert_own_targets
    assert_installs "$dir/only_the_host.txt"
    ;;
embedded_shared)
    # A change of BUILD_SHARED_LIBS is obeyed in a build folder that exists.
    host subdirectory -DBUILD_SHARED_LIBS=OFF
    assert_targets $static
    host subdirectory -DBUILD_SHARED_LIBS=ON
    assert_targets $shared
    build
    assert_loads "$dir/build/host" "$exporters_shared"
    check_with_otlp "$dir/build/host"
    assert_installs "$dir/only_the_host.txt"
    ;;
embedded_both_kinds)
    # The host asks for both kinds of library, and for their installation.
    host subdirectory -DHAETAE_BUILD_SHARED=ON -DHAETAE_BUILD_STATIC=ON -DHAETAE_INSTALL=ON \
        -DCMAKE_INSTALL_LIBDIR=lib
    build
    { echo bin/host; list_libraries lib noconfig shared static; } >"$dir/libraries.txt"
    assert_installs "$dir/libraries.txt"
    LIBDIR=lib
    build_against "$dir/prefix" plain
    check_with_otlp "$dir/against/consumer"
    ;;
embedded_unity_pedantic)
    host subdirectory -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 \
        -DCMAKE_C_FLAGS="-Wall -Wextra -Wpedantic -Werror"
    build
    check_with_otlp "$dir/build/host"
    ;;
embedded_with_everything)
    # The host asks for everything. Its own targets stay its own.
    host subdirectory -DHAETAE_BUILD_TESTS=ON -DHAETAE_BUILD_TOOLS=ON -DHAETAE_BUILD_EXAMPLES=ON \
        -DHAETAE_BUILD_BENCH=ON
    grep -qx haetae-view "$dir/build/targets.txt" || fail "haetae-view was asked for and is not built"
    grep -qx haetae_bench "$dir/build/targets.txt" || fail "the benchmarks were asked for and are not built"
    assert_own_targets
    ;;
*) fail "no such case" ;;
esac

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds copies of the source tree: in other folders, and as another version.
# Usage: rebuild.sh <case>. common.sh names the environment.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"
# The test compares what the compiler writes, not what a cache has kept.
export CCACHE_DISABLE=1

# copy_source <folder>
copy_source() {
    mkdir -p "$1"
    (cd "$HAETAE_SOURCE" &&
        tar -cf - CMakeLists.txt CHANGELOG.md LICENSE NOTICE README.md cmake docs exporters ffi include \
            lib proto tools) | tar -xf - -C "$1"
}

# build_copy <folder of the source> <folder of the build> [cmake's arguments]
build_copy() {
    copy=$1
    into=$2
    shift 2
    "$CMAKE" -S "$copy" -B "$into" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
        -DHAETAE_BUILD_TESTS=OFF -DHAETAE_BUILD_EXAMPLES=OFF -DHAETAE_BUILD_BENCH=OFF "$@"
    "$CMAKE" --build "$into" -j2
}

# caller <one|two> <folder of the headers> <folder of the library>
caller() {
    $CC -std=c11 $warnings -shared -fPIC -DCALLER="$1" -I"$2" \
        "$here/two_versions/caller.c" -o "$dir/libcaller_$1.so" "$3/libhaetae.so" -Wl,-rpath,"$3"
}

case $case in
reproducible)
    # The folders' names differ in length, and one build folder is inside its source folder.
    copy_source "$dir/one/source"
    copy_source "$dir/a_longer/name/of/a/source"
    build_copy "$dir/one/source" "$dir/one/build" -DCMAKE_BUILD_TYPE=RelWithDebInfo
    build_copy "$dir/a_longer/name/of/a/source" "$dir/a_longer/name/of/a/source/build/two" \
        -DCMAKE_BUILD_TYPE=RelWithDebInfo
    DESTDIR=$dir/image_one "$CMAKE" --install "$dir/one/build" --prefix /usr >/dev/null
    DESTDIR=$dir/image_two "$CMAKE" --install "$dir/a_longer/name/of/a/source/build/two" \
        --prefix /usr >/dev/null
    [ -e "$dir/image_one/usr/bin/haetae-view" ] || fail "haetae-view is not installed"
    diff -r "$dir/image_one" "$dir/image_two" || fail "the two builds differ"
    ;;
two_versions)
    # The second version has the same sources and the next minor number.
    copy_source "$dir/source"
    header=$dir/source/include/haetae/version.h
    minor=$(sed -n 's/^#define HAETAE_VERSION_MINOR *//p' "$header")
    sed -i "s/^\\(#define HAETAE_VERSION_MINOR *\\).*/\\1$((minor + 1))/" "$header"
    build_copy "$dir/source" "$dir/build" -DCMAKE_BUILD_TYPE=Debug -DHAETAE_BUILD_STATIC=OFF \
        -DHAETAE_OTLP_HTTP=OFF -DHAETAE_CONSOLE=OFF -DHAETAE_BUILD_TOOLS=OFF
    caller one "$HAETAE_SOURCE/include" "$HAETAE_BUILD/lib"
    caller two "$dir/source/include" "$dir/build/lib"
    $CC $warnings "$here/two_versions/main.c" -o "$dir/main" \
        -L"$dir" -lcaller_one -lcaller_two -Wl,-rpath,"$dir"
    "$dir/main" || fail "the two versions are not apart"
    ;;
*) fail "no such case" ;;
esac

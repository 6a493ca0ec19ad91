#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs haetae and builds programs against it as its users would: outside the
# tree, with pkg-config and CMake's find_package.
# Usage: consume.sh <case>. The environment (see CMakeLists.txt): HAETAE_SOURCE,
# HAETAE_BUILD, LIBDIR, WORK, CC, CXX, CMAKE, GENERATOR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case=$1
dir=$WORK/$case
warnings="-Wall -Wextra -Wshadow -Werror"
# A user's flags of ours would hide what the installed files say by themselves.
unset CFLAGS CXXFLAGS LDFLAGS LD_LIBRARY_PATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH DESTDIR || true

fail() {
    echo "consumers/$case: $*" >&2
    exit 1
}

# Runs a consumer and checks what it prints.
check_output() {
    output=$("$@") || fail "$* failed"
    echo "$output"
    for text in "consumer span" "consumer log" "consumer.count"; do
        case $output in
        *"$text"*) ;;
        *) fail "no '$text' in the output" ;;
        esac
    done
}

check_with_otlp() {
    check_output "$@"
    case $output in
    *"exporter otlp"*) ;;
    *) fail "the otlp exporter was not made" ;;
    esac
}

# Libraries of haetae that a program loads; empty for a static one.
loads() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(libhaetae[^]]*\)\].*/\1/p' | sort | tr '\n' ' '
}

assert_loads() {
    [ "$(loads "$1")" = "$2" ] || fail "$1 loads '$(loads "$1")', not '$2'"
}

# flags_of <prefix> <pkg-config's arguments>
flags_of() {
    prefix=$1
    shift
    PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig pkg-config "$@"
}

# build_with_cmake <prefix> <linkages> [cmake's arguments]
build_with_cmake() {
    prefix=$1
    linkages=$2
    shift 2
    "$CMAKE" -S "$here/cmake" -B "$dir/build" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
        -DCMAKE_C_FLAGS="$warnings" -DCMAKE_PREFIX_PATH="$prefix" -DLINKAGES="$linkages" "$@"
    "$CMAKE" --build "$dir/build"
}

# The library alone, built anew with the given switches and installed. Not
# optimized: what is tested is what is installed, not what it does.
install_variant() {
    "$CMAKE" -S "$HAETAE_SOURCE" -B "$dir/build" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
        -DCMAKE_BUILD_TYPE=Debug -DHAETAE_BUILD_TESTS=OFF -DHAETAE_BUILD_TOOLS=OFF \
        -DHAETAE_BUILD_EXAMPLES=OFF -DHAETAE_BUILD_BENCH=OFF "$@"
    "$CMAKE" --build "$dir/build" -j2
    "$CMAKE" --install "$dir/build" --prefix "$dir/prefix" >/dev/null
}

compile_language() {
    # -x: the compiler takes the one source for the language that is asked for.
    $1 -x "$2" -std="$3" -pedantic $warnings -DCONSUMER_OTLP_HTTP "$here/consumer.c" \
        -o "$dir/consumer" -x none $(flags_of "$WORK/install" --cflags --libs haetae-console haetae-otlp-http)
    LD_LIBRARY_PATH=$WORK/install/$LIBDIR check_with_otlp "$dir/consumer"
}

# compile_host <extra flags for the linker>
compile_host() {
    source=$here/host_with_own_protobuf
    protoc-c --proto_path="$source" --c_out="$dir" "$source/host_trace.proto"
    $CC -std=c11 -D_GNU_SOURCE $warnings -I"$dir" "$source/host.c" "$source/server.c" \
        "$dir/host_trace.pb-c.c" -o "$dir/host" "$@"
}

check_host() {
    output=$("$@") || fail "the host failed: $output"
    [ "$output" = "from_haetae=1 from_host=3 broken=0" ] || fail "the host said: $output"
}

rm -rf "$dir"
mkdir -p "$dir"
console_shared="libhaetae-console.so.0.1 libhaetae.so.0.1 "
both_shared="libhaetae-console.so.0.1 libhaetae-otlp-http.so.0.1 libhaetae.so.0.1 "

case $case in
install)
    # Fixtures: what the build folder holds, then each kind of library alone.
    "$CMAKE" --install "$HAETAE_BUILD" --prefix "$dir" >/dev/null
    ;;
install_static_only) install_variant -DHAETAE_BUILD_SHARED=OFF ;;
install_shared_only) install_variant -DHAETAE_BUILD_STATIC=OFF ;;

c99) compile_language "$CC" c c99 ;;
c11) compile_language "$CC" c c11 ;;
cxx11) compile_language "$CXX" c++ c++11 ;;
cxx17) compile_language "$CXX" c++ c++17 ;;

pkgconfig_shared)
    $CC $warnings "$here/consumer.c" -o "$dir/consumer" \
        $(flags_of "$WORK/install" --cflags --libs haetae-console)
    assert_loads "$dir/consumer" "$console_shared"
    LD_LIBRARY_PATH=$WORK/install/$LIBDIR check_output "$dir/consumer"
    ;;
pkgconfig_static)
    # A wholly static program, although shared libraries are there as well.
    $CC -static $warnings "$here/consumer.c" -o "$dir/consumer" \
        $(flags_of "$WORK/install" --static --cflags --libs haetae-console)
    assert_loads "$dir/consumer" ""
    check_output "$dir/consumer"
    ;;
pkgconfig_static_only)
    # haetae static, the system's libraries (libcurl has no static one to link
    # on many systems) shared.
    $CC $warnings -DCONSUMER_OTLP_HTTP "$here/consumer.c" -o "$dir/consumer" \
        $(flags_of "$WORK/install_static_only/prefix" --static --cflags --libs \
            haetae-otlp-http haetae-console)
    assert_loads "$dir/consumer" ""
    check_with_otlp "$dir/consumer"
    ;;
cmake_shared)
    build_with_cmake "$WORK/install" plain
    assert_loads "$dir/build/consumer" "$both_shared"
    check_with_otlp "$dir/build/consumer"
    ;;
cmake_static)
    build_with_cmake "$WORK/install" _static
    assert_loads "$dir/build/consumer_static" ""
    check_with_otlp "$dir/build/consumer_static"
    ;;
cmake_shared_only)
    # None of the packages that only a static library needs is looked for.
    build_with_cmake "$WORK/install_shared_only/prefix" plain \
        -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON \
        -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON
    check_with_otlp "$dir/build/consumer"
    ;;
cmake_static_only)
    # haetae::console is the static library where there is no shared one.
    build_with_cmake "$WORK/install_static_only/prefix" "plain;_static"
    assert_loads "$dir/build/consumer" ""
    check_with_otlp "$dir/build/consumer"
    check_with_otlp "$dir/build/consumer_static"
    ;;
cmake_names_what_is_missing)
    if log=$(build_with_cmake "$WORK/install_static_only/prefix" plain \
        -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON 2>&1); then
        fail "found haetae::otlp_http without its libcurl"
    fi
    echo "$log" | tr '\n' ' ' | grep -q "otlp_http lacks.*CURL" || fail "unclear: $log"
    ;;
relocated)
    mkdir "$dir/elsewhere"
    cp -a "$WORK/install" "$dir/elsewhere/haetae"
    prefix=$dir/elsewhere/haetae
    if grep -rIl "$WORK/install\|$HAETAE_BUILD\|$HAETAE_SOURCE" "$prefix"; then
        fail "these files name the place they were made in"
    fi
    build_with_cmake "$prefix" plain
    check_with_otlp "$dir/build/consumer"
    $CC $warnings "$here/consumer.c" -o "$dir/consumer" \
        $(flags_of "$prefix" --cflags --libs haetae-console)
    LD_LIBRARY_PATH=$prefix/$LIBDIR check_output "$dir/consumer"
    ;;
destdir)
    DESTDIR=$dir/image "$CMAKE" --install "$HAETAE_BUILD" --prefix /opt/haetae >/dev/null
    if [ -n "$(find "$dir/image" -mindepth 1 -maxdepth 2 ! -path '*/opt' ! -path '*/opt/haetae')" ]; then
        fail "something is installed outside the prefix"
    fi
    build_with_cmake "$dir/image/opt/haetae" plain
    check_with_otlp "$dir/build/consumer"
    ;;
components)
    # A package for running programs holds the libraries and nothing else.
    "$CMAKE" --install "$HAETAE_BUILD" --prefix "$dir/prefix" --component runtime >/dev/null
    strange=$(find "$dir/prefix" ! -type d ! -name 'libhaetae*.so.0.1*')
    [ -z "$strange" ] || fail "not for running: $strange"
    [ -e "$dir/prefix/$LIBDIR/libhaetae.so.0.1" ] || fail "libhaetae.so.0.1 is missing"
    ;;
headers_stand_alone)
    for header in $(cd "$WORK/install/include" && ls haetae/*.h); do
        echo "#include <$header>" >"$dir/one.c"
        for compiler in "$CC -x c -std=c99" "$CC -x c -std=c11" "$CXX -x c++ -std=c++11"; do
            $compiler -pedantic $warnings -fsyntax-only -I"$WORK/install/include" "$dir/one.c" ||
                fail "$header does not compile on its own"
        done
    done
    ;;
host_with_own_protobuf_shared)
    compile_host $(flags_of "$WORK/install" --cflags --libs haetae-otlp-http libprotobuf-c libcurl)
    LD_LIBRARY_PATH=$WORK/install/$LIBDIR check_host "$dir/host"
    ;;
host_with_own_protobuf_static)
    compile_host $(flags_of "$WORK/install_static_only/prefix" --static --cflags --libs haetae-otlp-http)
    assert_loads "$dir/host" ""
    check_host "$dir/host"
    ;;
*) fail "no such case" ;;
esac

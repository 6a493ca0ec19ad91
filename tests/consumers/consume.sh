#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs haetae and builds programs against it as its users would: outside the
# tree, with pkg-config and CMake's find_package.
# Usage: consume.sh <case>. common.sh names the environment.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

# flags_of <prefix> <pkg-config's arguments>
flags_of() {
    prefix=$1
    shift
    PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig pkg-config "$@"
}

# Builds and installs the libraries with the given switches. They are not optimized: the
# tests are about what is installed, not about what it does.
install_variant() {
    "$CMAKE" -S "$HAETAE_SOURCE" -B "$dir/build" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
        -DCMAKE_BUILD_TYPE=Debug -DHAETAE_INSTALL_DOCS=OFF -DHAETAE_BUILD_TESTS=OFF -DHAETAE_BUILD_TOOLS=OFF \
        -DHAETAE_BUILD_EXAMPLES=OFF -DHAETAE_BUILD_BENCH=OFF "$@"
    "$CMAKE" --build "$dir/build" -j2
    "$CMAKE" --install "$dir/build" --prefix "$dir/prefix" >/dev/null
}

# assert_tools_start <prefix>: the tools find the libraries of their own prefix.
assert_tools_start() {
    for tool in haetae-view haetae-recover; do
        [ "$("$1/bin/$tool" --version)" = "$tool $VERSION" ] || fail "$1/bin/$tool does not start"
    done
    ldd "$1/bin/haetae-recover" | grep -q "=> $1/bin/../$LIBDIR/libhaetae.so.$SOVERSION " ||
        fail "haetae-recover loads another library: $(ldd "$1/bin/haetae-recover")"
}

# list_all: prints the files of a whole installation.
list_all() {
    list_libraries "$LIBDIR" "$CONFIG" shared static
    for tool in haetae-view haetae-recover; do
        echo "bin/$tool"
        echo "share/man/man1/$tool.1"
    done
    for page in LICENSE NOTICE README.md CHANGELOG.md; do
        echo "share/doc/haetae/$page"
    done
    for page in "$HAETAE_SOURCE"/docs/*.md; do
        echo "share/doc/haetae/${page##*/}"
    done
}

compile_language() {
    # -x: the compiler takes the one source for the language that is asked for.
    $1 -x "$2" -std="$3" -pedantic $warnings -DCONSUMER_OTLP_HTTP "$here/consumer.c" \
        -o "$dir/consumer" -x none $(flags_of "$WORK/install" --cflags --libs haetae-console haetae-otlp-grpc haetae-otlp-http)
    LD_LIBRARY_PATH=$WORK/install/$LIBDIR check_with_otlp "$dir/consumer"
}

# check_with_file <program>: the span that it records is on its output, as the file has it.
check_with_file() {
    cat >"$dir/config.yaml" <<-'END'
	file_format: "1.1"
	tracer_provider:
	  processors:
	    - batch: {exporter: {console: }}
	END
    output=$(OTEL_CONFIG_FILE=$dir/config.yaml "$1") || fail "$1 failed"
    case $output in
    *read_files*) ;;
    *) fail "$1 recorded no span: $output" ;;
    esac
}

# compile_host <extra flags for the linker>
compile_host() {
    source=$here/host_with_own_protobuf
    protoc-c --proto_path="$source" --c_out="$dir" "$source/host_trace.proto"
    $CC -std=c11 -pthread -D_GNU_SOURCE $warnings -I"$dir" "$source/host.c" "$source/server.c" \
        "$dir/host_trace.pb-c.c" -o "$dir/host" "$@"
}

check_host() {
    output=$("$@") || fail "the host failed: $output"
    [ "$output" = "from_haetae=1 from_host=3 broken=0" ] || fail "the host said: $output"
}

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
pkgconfig_config_file)
    # A program that names no exporter: a file does.
    $CC $warnings "$here/consumer_of_files.c" -o "$dir/consumer" \
        $(flags_of "$WORK/install" --cflags --libs haetae-config-file haetae-console)
    LD_LIBRARY_PATH=$WORK/install/$LIBDIR check_with_file "$dir/consumer"
    $CC $warnings "$here/consumer_of_files.c" -o "$dir/consumer_static" \
        $(flags_of "$WORK/install_static_only/prefix" --static --cflags --libs \
            haetae-config-file haetae-console)
    assert_loads "$dir/consumer_static" ""
    check_with_file "$dir/consumer_static"
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
            haetae-otlp-http haetae-otlp-grpc haetae-console)
    assert_loads "$dir/consumer" ""
    check_with_otlp "$dir/consumer"
    ;;
cmake_shared)
    build_against "$WORK/install" plain
    assert_loads "$dir/against/consumer" "$exporters_shared"
    check_with_otlp "$dir/against/consumer"
    ;;
cmake_static)
    build_against "$WORK/install" _static
    assert_loads "$dir/against/consumer_static" ""
    check_with_otlp "$dir/against/consumer_static"
    ;;
cmake_shared_only)
    # None of the packages that only a static library needs is looked for.
    build_against "$WORK/install_shared_only/prefix" plain \
        -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON \
        -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON
    check_with_otlp "$dir/against/consumer"
    ;;
cmake_static_only)
    # haetae::console is the static library where there is no shared one.
    build_against "$WORK/install_static_only/prefix" "plain;_static"
    assert_loads "$dir/against/consumer" ""
    check_with_otlp "$dir/against/consumer"
    check_with_otlp "$dir/against/consumer_static"
    ;;
cmake_names_what_is_missing)
    if log=$(build_against "$WORK/install_static_only/prefix" plain \
        -DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON 2>&1); then
        fail "found haetae's exporters without their libcurl"
    fi
    for component in otlp_http otlp_grpc; do
        echo "$log" | tr -s '\n ' ' ' | grep -q "haetae::$component lacks CURL" ||
            fail "does not name what $component lacks: $log"
    done
    ;;
relocated)
    mkdir "$dir/elsewhere"
    cp -a "$WORK/install" "$dir/elsewhere/haetae"
    prefix=$dir/elsewhere/haetae
    if grep -rIl --exclude='*.pc' "$WORK/install\|$HAETAE_BUILD\|$HAETAE_SOURCE" "$prefix"; then
        fail "these files name the place they were made in"
    fi
    build_against "$prefix" plain
    check_with_otlp "$dir/against/consumer"
    $CC $warnings "$here/consumer.c" -o "$dir/consumer" \
        $(flags_of "$prefix" "--define-variable=prefix=$prefix" --cflags --libs haetae-console)
    assert_tools_start "$prefix"
    LD_LIBRARY_PATH=$prefix/$LIBDIR check_output "$dir/consumer"
    ;;
destdir)
    DESTDIR=$dir/image "$CMAKE" --install "$HAETAE_BUILD" --prefix /opt/haetae >/dev/null
    if [ -n "$(find "$dir/image" -mindepth 1 -maxdepth 2 ! -path '*/opt' ! -path '*/opt/haetae')" ]; then
        fail "something is installed outside the prefix"
    fi
    grep -qx "prefix=/opt/haetae" "$dir/image/opt/haetae/$LIBDIR/pkgconfig/haetae.pc" ||
        fail "the pkg-config file does not name the prefix"
    assert_tools_start "$dir/image/opt/haetae"
    build_against "$dir/image/opt/haetae" plain
    check_with_otlp "$dir/against/consumer"
    ;;
files)
    list_all >"$dir/list.txt"
    assert_files "$WORK/install" "$dir/list.txt"
    ;;
files_static_only)
    list_libraries "$LIBDIR" debug static >"$dir/list.txt"
    assert_files "$WORK/install_static_only/prefix" "$dir/list.txt"
    ;;
files_shared_only)
    list_libraries "$LIBDIR" debug shared >"$dir/list.txt"
    assert_files "$WORK/install_shared_only/prefix" "$dir/list.txt"
    ;;
uninstall)
    # A file that somebody else put into our folders stays.
    DESTDIR=$dir/image "$CMAKE" --install "$HAETAE_BUILD" --prefix /opt/haetae >/dev/null
    touch "$dir/image/opt/haetae/include/haetae/of_somebody_else.h"
    sh "$HAETAE_SOURCE/scripts/uninstall.sh" "$HAETAE_BUILD" /opt/haetae "$dir/image" >/dev/null
    left=$(find "$dir/image" ! -type d)
    [ "$left" = "$dir/image/opt/haetae/include/haetae/of_somebody_else.h" ] || fail "left are: $left"
    [ ! -e "$dir/image/opt/haetae/$LIBDIR/cmake/haetae" ] || fail "an empty folder is left"
    ;;
make)
    # None of these installs packages, and make install builds nothing.
    mkdir "$dir/source"
    cp -a "$HAETAE_SOURCE/Makefile" "$HAETAE_SOURCE/include" "$HAETAE_SOURCE/scripts" "$dir/source"
    cd "$dir/source"
    ! make -n build install uninstall dist | grep setup.sh || fail "packages would be installed"
    ! make -n install | grep -e --build || fail "make install builds"
    ! make install DESTDIR="$dir/image" 2>"$dir/log" || fail "make install has nothing to install"
    grep -q "run make first" "$dir/log" || fail "unclear: $(cat "$dir/log")"
    [ ! -e "$dir/image" ] || fail "make install installed something"
    make -n | grep -q "HAETAE_OTLP_HTTP=ON" || fail "make leaves parts out in silence"
    ;;
components)
    # A package for running programs holds the libraries and nothing else.
    "$CMAKE" --install "$HAETAE_BUILD" --prefix "$dir/prefix" --component runtime >/dev/null
    strange=$(find "$dir/prefix" ! -type d ! -name "libhaetae*.so.$SOVERSION*")
    [ -z "$strange" ] || fail "not for running: $strange"
    [ -e "$dir/prefix/$LIBDIR/libhaetae.so.$SOVERSION" ] || fail "libhaetae.so.$SOVERSION is missing"
    ;;
headers_stand_alone)
    # haetae_ffi.h is for other languages.
    for header in $(cd "$WORK/install/include" && ls haetae/*.h | grep -v haetae_ffi.h); do
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

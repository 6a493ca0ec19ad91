# SPDX-License-Identifier: Apache-2.0
# Shared by the scripts of this folder, which source it. Sets `case` from the first argument, and
# makes the case's empty folder `dir`.
# The environment (see CMakeLists.txt): HAETAE_SOURCE, HAETAE_BUILD, LIBDIR, VERSION, SOVERSION,
# CONFIG, WORK, CC, CXX, CMAKE, GENERATOR.
case=$1
dir=$WORK/$case
warnings="-Wall -Wextra -Wshadow -Werror"
# Our own flags would hide mistakes in the installed files. A host may leave tests out.
unset CFLAGS CXXFLAGS LDFLAGS LD_LIBRARY_PATH PKG_CONFIG_PATH CMAKE_PREFIX_PATH DESTDIR MAKEFLAGS \
    REQUIRE_ALL_TESTS || true

# Most cases build the same library. With ccache it is compiled once.
if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=ccache CCACHE_DIR="$WORK/ccache" CCACHE_NOHASHDIR=1
fi

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

# Prints the libraries of haetae that a program loads: none for a static one.
loads() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(libhaetae[^]]*\)\].*/\1/p' | sort | tr '\n' ' '
}

assert_loads() {
    [ "$(loads "$1")" = "$2" ] || fail "$1 loads '$(loads "$1")', not '$2'"
}

# build_against <prefix> <linkages> [cmake's arguments]: builds the consumer with find_package, in
# the folder against.
build_against() {
    prefix=$1
    linkages=$2
    shift 2
    "$CMAKE" -S "$here/cmake" -B "$dir/against" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
        -DCMAKE_C_FLAGS="$warnings" -DCMAKE_PREFIX_PATH="$prefix" -DLINKAGES="$linkages" "$@"
    "$CMAKE" --build "$dir/against"
}

# list_libraries <libdir> <configuration> <kind>...: prints the files of the components runtime
# and development. CMake puts the configuration into names: debug, noconfig.
list_libraries() {
    libdir=$1
    configuration=$2
    shift 2
    for header in "$HAETAE_SOURCE"/include/haetae/*.h "$HAETAE_SOURCE"/exporters/*/include/haetae/*.h; do
        echo "include/haetae/${header##*/}"
    done
    echo include/haetae/haetae_ffi.h
    echo share/haetae/haetae_ffi.json
    for library in haetae haetae-config-file haetae-console haetae-kafka haetae-memory haetae-otlp-file haetae-otlp-grpc haetae-otlp-http haetae-prometheus; do
        echo "$libdir/pkgconfig/$library.pc"
    done
    for kind in "$@"; do
        list_$kind
    done
    echo "$libdir/cmake/haetae/haetaeConfig.cmake"
    echo "$libdir/cmake/haetae/haetaeConfigVersion.cmake"
}

list_shared() {
    for library in haetae haetae-config-file haetae-console haetae-kafka haetae-memory haetae-otlp-file haetae-otlp-grpc haetae-otlp-http haetae-prometheus; do
        echo "$libdir/lib$library.so"
        echo "$libdir/lib$library.so.$SOVERSION"
        echo "$libdir/lib$library.so.$VERSION"
    done
    list_targets core config_file console kafka memory otlp_file otlp_grpc otlp_http prometheus
}

list_static() {
    for library in haetae haetae-config-file haetae-console haetae-kafka haetae-memory haetae-otlp-file haetae-otlp-grpc haetae-otlp-http haetae-prometheus haetae-proto; do
        echo "$libdir/lib$library.a"
    done
    list_targets core_static config_file_static console_static kafka_static memory_static otlp_file_static otlp_grpc_static otlp_http_static prometheus_static proto
}

# list_targets <target>...: prints CMake's files of these targets.
list_targets() {
    for target in "$@"; do
        echo "$libdir/cmake/haetae/haetae_$target.cmake"
        echo "$libdir/cmake/haetae/haetae_$target-$configuration.cmake"
    done
}

# assert_files <prefix> <list>: fails unless the prefix holds exactly the files of the list.
assert_files() {
    (cd "$1" && find . ! -type d | sed 's,^\./,,' | LC_ALL=C sort) >"$dir/installed.txt"
    LC_ALL=C sort "$2" >"$dir/expected.txt"
    diff -u "$dir/expected.txt" "$dir/installed.txt" || fail "other files are installed than expected"
}

rm -rf "$dir"
mkdir -p "$dir"
console_shared="libhaetae-console.so.$SOVERSION libhaetae.so.$SOVERSION "
exporters_shared="libhaetae-console.so.$SOVERSION libhaetae-otlp-grpc.so.$SOVERSION libhaetae-otlp-http.so.$SOVERSION libhaetae.so.$SOVERSION "


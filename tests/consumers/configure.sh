#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Configures haetae with parts that are ON, OFF or AUTO.
# Usage: configure.sh <case>. common.sh names the environment.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/common.sh"

# configure [cmake's arguments]: puts the output into `log`.
configure() {
    "$CMAKE" -S "$HAETAE_SOURCE" -B "$dir/build" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
        -DREQUIRE_ALL_TESTS=OFF -DHAETAE_BUILD_TESTS=OFF -DHAETAE_BUILD_EXAMPLES=OFF \
        -DHAETAE_BUILD_BENCH=OFF "$@" >"$dir/log" 2>&1 || return 1
    log=$(cat "$dir/log")
}

# must_fail <text>... -- [cmake's arguments]: the configuration fails, and each text is in its
# output.
must_fail() {
    texts=
    while [ "$1" != -- ]; do
        texts="$texts$1|"
        shift
    done
    shift
    ! configure "$@" || fail "configured, with $*"
    log=$(tr -s '\n ' '  ' <"$dir/log")
    must_say "$texts"
}

# must_say <texts>: each is in `log`. A bar ends each.
must_say() {
    rest=$1
    while [ -n "$rest" ]; do
        case $log in
        *"${rest%%|*}"*) ;;
        *) fail "does not say '${rest%%|*}': $log" ;;
        esac
        rest=${rest#*|}
    done
}

must_have() {
    "$CMAKE" --build "$dir/build" --target help | grep -q "$1" || fail "there is no target $1"
}

must_lack() {
    ! "$CMAKE" --build "$dir/build" --target help | grep "$1" || fail "there is a target $1"
}

# Makes what CMake looks at of a libcurl of version $1, and prints the switches that choose it.
curl_of_version() {
    mkdir -p "$dir/old/include/curl"
    echo '#define LIBCURL_VERSION "'"$1"'"' >"$dir/old/include/curl/curlver.h"
    : >"$dir/old/include/curl/curl.h"
    : >"$dir/old/libcurl.so"
    echo "-DCURL_INCLUDE_DIR=$dir/old/include -DCURL_LIBRARY=$dir/old/libcurl.so"
}

no_packages="-DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON"

case $case in
parts_are_built)
    configure -DHAETAE_OTLP_HTTP=ON -DHAETAE_OTLP_GRPC=ON -DHAETAE_CONSOLE=ON -DHAETAE_MEMORY=ON -DHAETAE_OTLP_FILE=ON -DHAETAE_CONFIG_FILE=ON -DHAETAE_PROMETHEUS=ON -DHAETAE_KAFKA=ON -DHAETAE_VIEW=ON \
        -DHAETAE_RECOVER=ON -DHAETAE_ISAL=OFF -DHAETAE_ZSTD=OFF ||
        fail "did not configure: $(cat "$dir/log")"
    must_say "(HAETAE_OTLP_HTTP): yes|(HAETAE_OTLP_GRPC): yes|(HAETAE_CONSOLE): yes|(HAETAE_MEMORY): yes|(HAETAE_OTLP_FILE): yes|(HAETAE_PROMETHEUS): yes|(HAETAE_KAFKA): yes|(HAETAE_CONFIG_FILE): yes|(HAETAE_VIEW): yes|(HAETAE_RECOVER): yes|"
    must_say "(HAETAE_ISAL): no, it is switched off|(HAETAE_ZSTD): no, it is switched off|"
    must_have libhaetae-otlp-http.so
    must_have libhaetae-otlp-grpc.so
    must_have libhaetae-config-file.so
    must_have libhaetae-prometheus.so
    must_have libhaetae-kafka.so
    must_have haetae-recover
    ;;
parts_are_switched_off)
    configure -DHAETAE_OTLP_HTTP=OFF -DHAETAE_OTLP_GRPC=OFF -DHAETAE_CONSOLE=OFF -DHAETAE_MEMORY=OFF -DHAETAE_OTLP_FILE=OFF -DHAETAE_CONFIG_FILE=OFF \
        -DHAETAE_PROMETHEUS=OFF -DHAETAE_KAFKA=OFF -DHAETAE_BUILD_TOOLS=OFF ||
        fail "did not configure: $(cat "$dir/log")"
    must_say "(HAETAE_OTLP_HTTP): no, it is switched off|(HAETAE_OTLP_GRPC): no, it is switched off|(HAETAE_VIEW): no, HAETAE_BUILD_TOOLS is off|"
    must_say "(HAETAE_ISAL): no, HAETAE_OTLP_HTTP is off|(HAETAE_ZSTD): no, HAETAE_OTLP_HTTP is off|"
    must_say "(HAETAE_PROMETHEUS): no, it is switched off|(HAETAE_KAFKA): no, it is switched off|(HAETAE_CONFIG_FILE): no, it is switched off|"
    must_lack 'haetae.otlp.http\|haetae.otlp.grpc\|haetae.console\|haetae.memory\|haetae.otlp.file\|haetae.config.file\|haetae.prometheus\|haetae.kafka\|haetae-view\|haetae-recover'
    ;;
parts_are_left_out)
    # With nothing there but a compiler, the core is built, and the summary says what is not.
    configure $no_packages || fail "did not configure: $(cat "$dir/log")"
    must_say "(HAETAE_OTLP_HTTP): no, it needs libcurl >= 7.74 (|(HAETAE_OTLP_GRPC): no, it needs libcurl >= 7.74 (|(HAETAE_VIEW): no, it needs libmicrohttpd|"
    must_say "(HAETAE_CONFIG_FILE): no, it needs libyaml (Debian packages: libyaml-dev pkg-config)|"
    must_lack 'haetae.otlp.http\|haetae.otlp.grpc\|haetae.config.file'
    must_have libhaetae.so
    ;;
parts_are_refused_otlp_http)
    must_fail "OTLP/HTTP exporter was asked for" "libcurl >= 7.74" libcurl4-openssl-dev -- \
        -DHAETAE_OTLP_HTTP=ON $no_packages
    ;;
parts_are_refused_otlp_grpc)
    must_fail "OTLP/gRPC exporter was asked for" "libcurl >= 7.74" libcurl4-openssl-dev -- \
        -DHAETAE_OTLP_GRPC=ON $no_packages
    ;;
parts_are_refused_console)
    must_fail "console exporter was asked for" libprotobuf-c-dev -- -DHAETAE_CONSOLE=ON $no_packages
    ;;
parts_are_refused_otlp_file)
    must_fail "OTLP file exporter was asked for" libprotobuf-c-dev -- -DHAETAE_OTLP_FILE=ON $no_packages
    ;;
parts_are_refused_config_file)
    must_fail "reader of configuration files was asked for" "libyaml (Debian packages: libyaml-dev" -- \
        -DHAETAE_CONFIG_FILE=ON $no_packages
    ;;
parts_are_refused_prometheus)
    must_fail "exporter for Prometheus was asked for" "libmicrohttpd >= 0.9.71 (Debian packages: libmicrohttpd-dev" -- \
        -DHAETAE_PROMETHEUS=ON $no_packages
    ;;
parts_are_refused_kafka)
    must_fail "exporter for Kafka was asked for" "librdkafka >= 1.6 (Debian packages: librdkafka-dev" -- \
        -DHAETAE_KAFKA=ON $no_packages
    ;;
parts_are_refused_view)
    must_fail "haetae-view was asked for" libmicrohttpd-dev -- -DHAETAE_VIEW=ON $no_packages
    ;;
parts_are_refused_recover)
    must_fail "haetae-recover was asked for" "OTLP/HTTP exporter" -- \
        -DHAETAE_RECOVER=ON -DHAETAE_OTLP_HTTP=OFF
    ;;
parts_are_refused_codecs)
    # pkg-config finds all but the two.
    mkdir -p "$dir/modules"
    for module in libprotobuf-c libmicrohttpd zlib; do
        cp "$(pkg-config --variable=pcfiledir $module)/$module.pc" "$dir/modules"
    done
    export PKG_CONFIG_LIBDIR="$dir/modules"
    must_fail "zstd compression was asked for" libzstd-dev -- -DHAETAE_ZSTD=ON -DHAETAE_ISAL=AUTO
    must_fail "gzip compression by ISA-L was asked for" libisal-dev -- -DHAETAE_ZSTD=AUTO -DHAETAE_ISAL=ON
    configure -DHAETAE_ZSTD=AUTO -DHAETAE_ISAL=AUTO || fail "did not configure: $(cat "$dir/log")"
    must_say "(HAETAE_OTLP_HTTP): yes|(HAETAE_ISAL): no, it needs ISA-L|(HAETAE_ZSTD): no, it needs libzstd|"
    unset PKG_CONFIG_LIBDIR
    must_fail "zstd compression was asked for" "the OTLP/HTTP exporter" -- \
        -DHAETAE_ZSTD=ON -DHAETAE_OTLP_HTTP=OFF
    ;;
parts_are_refused_all)
    # As in CI, where nothing may be left out.
    must_fail "OTLP/HTTP exporter needs" -- -DREQUIRE_ALL_TESTS=ON $no_packages
    ;;
parts_tell_versions)
    # shellcheck disable=SC2046
    must_fail "OTLP/HTTP exporter was asked for" "libcurl >= 7.74" "found 7.73.0" -- \
        -DHAETAE_OTLP_HTTP=ON $(curl_of_version 7.73.0)
    # shellcheck disable=SC2046
    configure -DHAETAE_OTLP_HTTP=AUTO $(curl_of_version 7.73.0) || fail "did not configure: $(cat "$dir/log")"
    must_say "(HAETAE_OTLP_HTTP): no, it needs libcurl >= 7.74, found 7.73.0|"
    # shellcheck disable=SC2046
    configure -DHAETAE_OTLP_HTTP=AUTO $(curl_of_version 7.86.0) ||
        fail "did not configure: $(cat "$dir/log")"
    must_say "(HAETAE_OTLP_HTTP): yes; libcurl 7.86.0 waits for a name look-up|"
    ;;
parts_have_three_values)
    must_fail "HAETAE_CONSOLE is 'perhaps'" -- -DHAETAE_CONSOLE=perhaps
    ;;
*) fail "no such case" ;;
esac

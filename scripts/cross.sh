#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the core, the console exporter and their unit tests for another processor
# or another libc, and runs the tests: docs/porting.md.
# Usage: scripts/cross.sh aarch64|armhf|i386|s390x|musl [build folder]
#   JOBS           how many compilers and tests run at once (all processors)
#   CTEST_FLAGS    more for ctest, e.g. "-R ring"
#   DEBIAN_MIRROR  where cmocka and protobuf-c come from (where this machine's packages do)
#
# The script unpacks cmocka and protobuf-c below the build folder. It installs nothing
# on the machine and leaves its package lists alone.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
target=${1:-}
jobs=${JOBS:-$(nproc)}
# Where this machine gets its own packages from.
own_mirror() {
    apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
        awk '$2 !~ /-/ { print $1; exit }'
}
mirror=${DEBIAN_MIRROR:-$(own_mirror)}

# Debian's name of the target's architecture, and the packages that must be installed.
case $target in
aarch64) debian=arm64 needs="gcc-aarch64-linux-gnu:aarch64-linux-gnu-gcc qemu-user-static:qemu-aarch64-static" ;;
armhf) debian=armhf needs="gcc-arm-linux-gnueabihf:arm-linux-gnueabihf-gcc qemu-user-static:qemu-arm-static" ;;
i386) debian=i386 needs="gcc-i686-linux-gnu:i686-linux-gnu-gcc" ;;
s390x) debian=s390x needs="gcc-s390x-linux-gnu:s390x-linux-gnu-gcc qemu-user-static:qemu-s390x-static" ;;
musl) debian=$(dpkg --print-architecture) needs="musl-tools:musl-gcc" ;;
*)
    echo "usage: scripts/cross.sh aarch64|armhf|i386|s390x|musl [build folder]" >&2
    exit 2
    ;;
esac
build=${2:-$source_dir/build/cross-$target}

check_tools() {
    missing=
    for need in $needs cmake:cmake ninja-build:ninja pkg-config:pkg-config \
        protobuf-c-compiler:protoc-c; do
        command -v "${need#*:}" >/dev/null 2>&1 || missing="$missing ${need%:*}"
    done
    [ -z "$missing" ] || { echo "cross: missing Debian packages:$missing" >&2; exit 1; }
}

# Sets up a separate apt in the folder apt, for the target's architecture only.
prepare_apt() {
    mkdir -p apt/lists/partial apt/cache/archives/partial
    : >apt/status
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    signed=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [$signed] $mirror $release main" >apt/sources.list
    [ "$target" != musl ] || echo "deb-src [$signed] $mirror $release main" >>apt/sources.list
    cat >apt/apt.conf <<-END
	APT::Architecture "$debian";
	APT::Architectures {"$debian";};
	APT::Sandbox::User "root";
	Acquire::Languages "none";
	Acquire::Retries "3";
	Dir::State "$PWD/apt";
	Dir::State::status "$PWD/apt/status";
	Dir::Cache "$PWD/apt/cache";
	Dir::Etc::sourcelist "$PWD/apt/sources.list";
	Dir::Etc::sourceparts "-";
	END
    export APT_CONFIG="$PWD/apt/apt.conf"
    apt-get -q -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false update
}

unpack_packages() {
    apt-get -q download libcmocka0 libcmocka-dev libprotobuf-c1 libprotobuf-c-dev
    for package in *.deb; do
        dpkg -x "$package" "$1"
    done
}

# Compiles a library of one source file, without its own build system.
# musl_library <folder of the sources> <file> <folder of headers> <name> <pc module>
musl_library() {
    musl-gcc -std=gnu99 -O2 -g -fPIC -D_GNU_SOURCE -w \
        -DHAVE_CLOCK_REALTIME=1 -DHAVE_STRUCT_TIMESPEC=1 -DHAVE_SIGNAL_H=1 -DHAVE_MALLOC_H=1 \
        -DHAVE_STRINGS_H=1 -DHAVE_TIME_H=1 -DHAVE_INTTYPES_H=1 \
        -I"$1" -I"$1/include" -I"$1/$3" -c "$1/$2" -o "$4.o"
    ar rcs "$root/lib/lib$4.a" "$4.o"
    cat >"$root/lib/pkgconfig/$5.pc" <<-END
	Name: $5
	Description: $5 for musl
	Version: 0
	Libs: -L/lib -l$4
	Cflags: -I/include
	END
}

build_for_musl() {
    root=$1
    apt-get -q source --download-only cmocka protobuf-c
    mkdir -p cmocka protobuf-c "$root/lib/pkgconfig" "$root/include/protobuf-c"
    tar -xf cmocka_*.orig.tar.?z -C cmocka --strip-components=1
    tar -xf protobuf-c_*.orig.tar.?z -C protobuf-c --strip-components=1
    musl_library cmocka src/cmocka.c include cmocka cmocka
    musl_library protobuf-c protobuf-c/protobuf-c.c protobuf-c protobuf-c libprotobuf-c
    cp cmocka/include/cmocka*.h "$root/include/"
    cp protobuf-c/protobuf-c/protobuf-c.h "$root/include/protobuf-c/"
}

# Puts the libraries that the tests link into the folder foreign/root. The folder gets
# its name only when it is complete.
provide_libraries() {
    [ ! -d "$build/foreign/root" ] || return 0
    rm -rf "$build/foreign"
    mkdir -p "$build/foreign"
    (
        cd "$build/foreign"
        prepare_apt
        if [ "$target" = musl ]; then
            build_for_musl "$PWD/making"
        else
            unpack_packages "$PWD/making"
        fi
        mv making root
    )
}

check_tools
mkdir -p "$build"
build=$(cd "$build" && pwd)
provide_libraries
cmake -S "$source_dir" -B "$build" -G Ninja \
    -DCMAKE_TOOLCHAIN_FILE="$source_dir/cmake/toolchains/$target.cmake" \
    -DHAETAE_FOREIGN_ROOT="$build/foreign/root" -DHAETAE_WERROR=ON \
    -DHAETAE_CONSOLE=ON -DHAETAE_OTLP_HTTP=OFF \
    -DHAETAE_BUILD_EXAMPLES=OFF -DHAETAE_BUILD_TOOLS=OFF -DHAETAE_BUILD_BENCH=OFF
cmake --build "$build" -j "$jobs" -- -k 0
# docs/porting.md says why.
skip="^(recorder/hot_path.*|sdk/resource_system|process/.*|recovery/(recover|child_killed|prefork))\$"
case $target in
musl) skip=^\$ ;;
i386) skip=^sdk/resource_system\$ ;;
esac
# Only tests labelled unit: those that check the sources or this machine run in ordinary builds.
# shellcheck disable=SC2086
ctest --test-dir "$build" -L unit -E "$skip" -j "$jobs" --output-on-failure ${CTEST_FLAGS:-}

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds everything on another release of Debian and runs the tests there, in a root folder made
# by debootstrap: docs/porting.md. With gcc by `make test`, then once more with clang.
# Usage: scripts/distro.sh <release, e.g. bullseye> [build folder]
#   CTEST_FLAGS    more for ctest, e.g. "-R ring"
#   DEBIAN_MIRROR  where packages come from (where this machine's do)
#
# It needs root, for chroot and mounts. The mounts end with the script. The root folder is kept
# for the next run; removing the build folder removes it.
set -eu

source_dir=$(cd "$(dirname "$0")/.." && pwd)
release=${1:-}
[ -n "$release" ] || { echo "usage: scripts/distro.sh <release of Debian> [build folder]" >&2; exit 2; }
build=${2:-$source_dir/build/distro-$release}

# Where this machine gets its own packages from.
own_mirror() {
    apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' |
        awk '$2 !~ /-/ { print $1; exit }'
}

# The folder gets its name only when it is complete.
provide_root() {
    [ ! -d "$build/root" ] || return 0
    rm -rf "$build/making"
    mkdir -p "$build"
    debootstrap --variant=minbase "$release" "$build/making" "${DEBIAN_MIRROR:-$(own_mirror)}"
    # How this machine reaches its packages, e.g. a proxy.
    apt-config dump | grep '^Acquire::https\?::' >"$build/making/etc/apt/apt.conf.d/90machine" || :
    chroot "$build/making" apt-get -q update
    chroot "$build/making" env DEBIAN_FRONTEND=noninteractive apt-get -q -y \
        install --no-install-recommends make clang
    mv "$build/making" "$build/root"
}

# The sources as they are here, changes included, without what git ignores.
copy_sources() {
    mkdir -p "$build/root/src"
    find "$build/root/src" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
    (cd "$source_dir" && git ls-files -z --cached --others --exclude-standard |
        tar -c --null --files-from=- --ignore-failed-read) | tar -x -C "$build/root/src"
}

# In a mount namespace of its own.
run_inside() {
    # shellcheck disable=SC2016
    unshare --mount sh -eu -c '
        mount -t proc proc "$1/proc"
        mount --rbind /dev "$1/dev"
        mount -t tmpfs tmpfs "$1/tmp"
        exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
            CTEST_FLAGS="$2" sh -eu -c "$3"' sh "$build/root" "${CTEST_FLAGS:-}" "$1"
}

[ "$(id -u)" = 0 ] || { echo "distro: chroot needs root" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "distro: missing Debian package: debootstrap" >&2; exit 1; }
provide_root
copy_sources
run_inside '
    cd /src
    make test CMAKE_FLAGS=-DHAETAE_WERROR=ON CTEST_FLAGS="$CTEST_FLAGS"
    cmake -S . -B build/clang -G Ninja -DCMAKE_C_COMPILER=clang -DHAETAE_WERROR=ON \
        -DHAETAE_BUILD_TESTS=ON -DHAETAE_BUILD_EXAMPLES=ON
    cmake --build build/clang'

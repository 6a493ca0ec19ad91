#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Removes the files that an installation of a build folder puts into a prefix, and then the
# empty folders named haetae*.
# Usage: scripts/uninstall.sh <build folder> <prefix> [destdir]
set -eu
build=$1
prefix=$2
destdir=${3:-}

[ -e "$build/cmake_install.cmake" ] || { echo "uninstall: $build is not a build folder" >&2; exit 1; }
image=$(mktemp -d)
trap 'rm -rf "$image"' EXIT
# Installs into an empty folder to learn which files to remove.
DESTDIR=$image cmake --install "$build" --prefix "$prefix" >/dev/null
(cd "$image" && find . ! -type d) | while read -r file; do
    [ ! -e "$destdir/$file" ] && [ ! -L "$destdir/$file" ] || {
        echo "uninstall: $destdir${file#.}"
        rm "$destdir/$file"
    }
done
(cd "$image" && find . -depth -type d -name 'haetae*') | while read -r folder; do
    [ ! -d "$destdir/$folder" ] || rmdir --ignore-fail-on-non-empty "$destdir/$folder"
done

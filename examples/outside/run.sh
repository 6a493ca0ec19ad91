#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copies the example into a folder, installs there what package-lock.json names, unless it is
# there, and runs it. Exits with 77, and says why, when something for that is missing.
#
# Usage: examples/outside/run.sh FOLDER [OPTION of outside.js]...
set -eu
source=$(cd "$(dirname "$0")" && pwd)
folder=${1:?the folder to install into}
shift

leave_out() {
    echo "outside: left out: $*" >&2
    exit 77
}

if [ -z "${CHROMIUM:-}" ]; then
    for name in chromium chromium-headless-shell chromium-browser google-chrome; do
        CHROMIUM=$(command -v $name) && break
    done
    [ -n "$CHROMIUM" ] || leave_out "there is no Chromium (scripts/setup.sh browser)"
    export CHROMIUM
fi
for program in node npm; do
    command -v $program >/dev/null || leave_out "there is no $program (Debian packages: nodejs npm)"
done

mkdir -p "$folder"
installed=$folder/node_modules/.package-lock.json
if [ ! -e "$installed" ] || ! cmp -s "$source/package-lock.json" "$folder/package-lock.json"; then
    cp "$source"/package*.json "$folder"
    (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error >/dev/null) ||
        leave_out "playwright-core cannot be installed"
fi
cp "$source"/*.js "$source"/users.json "$folder"
exec node "$folder/outside.js" "$@"

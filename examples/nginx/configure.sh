#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Has nginx describe itself for a module: makes ngx_auto_config.h, and the table of modules that a
# dynamic module has.
# Usage: configure.sh NGINX_SOURCE MODULE_FOLDER OUTPUT_FOLDER
# NGINX_SOURCE is the folder of Debian's package nginx-dev, with the options of Debian's nginx.
set -eu
source=$1
module=$2
output=$3

mkdir -p "$output"
cd "$source"
. ./conf_flags
# CMake knows where haetae is.
HAETAE_CFLAGS=" " HAETAE_LIBS=" " ./configure "${NGX_CONF_FLAGS[@]}" --add-dynamic-module="$module" \
    --builddir="$output" >"$output/configure.log" 2>&1 || {
    tail -n 3 "$output/configure.log" >&2
    exit 1
}

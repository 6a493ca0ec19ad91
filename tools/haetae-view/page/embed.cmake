# SPDX-License-Identifier: Apache-2.0
# Writes the files of the page as C arrays: cmake -DPAGE=DIR -DOUTPUT=FILE.c -P embed.cmake
cmake_minimum_required(VERSION 3.16)

set(arrays "")
set(entries "")
set(number 0)

# Appends a file's array to `arrays`, and its line of the table to `entries`.
function(embed file path type)
  file(SHA256 ${file} digest)
  file(READ ${file} hex HEX)
  string(SUBSTRING ${digest} 0 16 tag)
  string(LENGTH "${hex}" length)
  math(EXPR length "${length} / 2")
  string(REGEX REPLACE "(................................)" "\\1\n    " hex "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
  set(arrays "${arrays}static const unsigned char file${number}[] = {\n    ${hex}\n};\n\n" PARENT_SCOPE)
  # A weak tag: the bytes may come compressed.
  set(entries "${entries}    {\"${path}\", \"${type}\", \"W/\\\"${tag}\\\"\", file${number}, ${length}},\n" PARENT_SCOPE)
  math(EXPR number "${number} + 1")
  set(number ${number} PARENT_SCOPE)
endfunction()

embed(${PAGE}/index.html "/" "text/html; charset=utf-8")
embed(${PAGE}/style.css "/style.css" "text/css; charset=utf-8")
file(GLOB modules RELATIVE ${PAGE} ${PAGE}/*.js)
list(SORT modules)
foreach(module IN LISTS modules)
  embed(${PAGE}/${module} "/${module}" "text/javascript; charset=utf-8")
endforeach()
file(WRITE ${OUTPUT} "/* Written by embed.cmake. */\n#include \"page/page.h\"\n\n${arrays}"
  "const struct hae_view_asset hae_view_page[] = {\n${entries}};\n"
  "const size_t hae_view_page_count = ${number};\n")

# SPDX-License-Identifier: Apache-2.0
# Writes a file as an array of C: cmake -DPAGE=FILE -DOUTPUT=FILE.c -P embed.cmake
file(READ ${PAGE} hex HEX)
string(REGEX REPLACE "(................................)" "\\1\n    " hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
file(WRITE ${OUTPUT} "/* Written by embed.cmake. */\n#include \"page.h\"\n\n"
  "const unsigned char dispatch_page[] = {\n    ${hex}\n};\n"
  "const size_t dispatch_page_bytes = sizeof dispatch_page;\n")

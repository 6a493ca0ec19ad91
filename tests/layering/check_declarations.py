#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a function is declared in the header of the file that defines it.

For each function that file.c of lib, exporters or tools gives to other files, file.h beside it declares it. A public
function (haetae_...) is declared in a public header instead. An inline function is defined where it is declared.
Where a build takes one of several implementations, they are file_one.c, file_other.c ..., and there is no file.c.

Usage: check_declarations.py <root of the source tree>
Prints a line for each function that breaks the rule; exits 1 if there was one.
"""
import re
import sys
from pathlib import Path

from source_tree import DECLARATION, code_of, functions_of, run, sources

CHECKED = ("lib", "exporters", "tools")


def declared_in(path, text):
    return set(DECLARATION.findall(text)) if path.suffix == ".h" else set()


def header_of(path, codes):
    header = path.with_suffix(".h")
    base = path.parent / (path.stem.rpartition("_")[0] or path.stem)
    if header not in codes and base.with_suffix(".h") in codes and base.with_suffix(".c") not in codes:
        return base.with_suffix(".h")
    return header


def check(root):
    root = Path(root).resolve()
    codes = {path: code_of(path.read_text(encoding="utf-8")) for path in sources(root, CHECKED + ("include",))}
    declared = {path: declared_in(path, text) for path, text in codes.items()}
    public = set().union(*(names for path, names in declared.items()
                           if "include" in path.relative_to(root).parts), set())
    count = 0
    complaints = []
    for path, text in codes.items():
        if path.suffix != ".c":
            continue
        header = header_of(path, codes)
        own = declared.get(header, set())
        for function in functions_of(path, text):
            if function.is_static or function.name == "main":
                continue
            count += 1
            is_public = function.name.startswith("haetae_")
            if function.name not in (public if is_public else own):
                where = "a public header" if is_public else header.name
                complaints.append(f"{path.relative_to(root)}:{function.line}: {function.name}() is not declared "
                                  f"in {where}")
    return count, complaints


def main(arguments):
    return run(check, __doc__, arguments, "declarations: {} functions, {} out of place")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

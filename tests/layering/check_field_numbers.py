#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that no field number stands outside lib/wire/otlp.h, for OTLP, and
exporters/prometheus/client.h, for the format of Prometheus.

Usage: check_field_numbers.py <root of the source tree>

A field number is what HAE_TAG() and its kin take, what any function of the tree takes as its
parameter `unsigned field` or `uint32_t number`, what a field's `number` is compared with, and
what a function `unsigned …field()` returns. There it must be a name from otlp.h, envelope.h
or client.h, or a variable: neither a number nor a constant of another name. Prints one line for each that
is not, and exits 1 if there was one.
"""
import re
import sys
from pathlib import Path

from source_tree import run

FOLDERS = ("lib", "exporters", "tools", "examples", "bench", "fuzz")
NAMES = re.compile(r"\bHAE_(?:OTLP|ENVELOPE|CLIENT)_[A-Z0-9_]+\b")
# A number, or a constant: those are all upper case.
RAW = re.compile(r"(?<![\w.])(?:0[xX][0-9a-fA-F]+|[0-9]+)[uUlL]*\b|\b[A-Z][A-Z0-9_]+\b")
COMMENT_OR_STRING = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                               re.DOTALL)
TAKES_FIELD = re.compile(r"\b(\w+)\s*\(([^()]*\b(?:unsigned|uint32_t)\s+(?:\w+_)?(?:field|number)\b"
                         r"[^()]*)\)\s*[;{]")
FIELD_PARAMETER = re.compile(r"\b(?:unsigned|uint32_t)\s+(?:\w+_)?(?:field|number)\b")
MACROS = {"HAE_TAG": [0], "HAE_TAG_FIRST": [0], "HAE_TAG_SECOND": [0]}
COMPARED = re.compile(r"\b\w*field\w*(?:\.|->)number\s*[=!]=\s*([^;&|?)]+)")
GIVES_FIELD = re.compile(r"\bunsigned (?:\w+_)?field\([^()]*\)\s*\{(.*?)^\}", re.DOTALL | re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])(?:0[xX][0-9a-fA-F]+|[0-9]+)\b")
# The names themselves.
EXEMPT = {"lib/wire/otlp.h", "lib/wire/envelope.h", "exporters/prometheus/client.h"}


def code_of(text):
    """`text` without comments and the content of strings; lines stay where they are."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])
    return COMMENT_OR_STRING.sub(blank, text)


def arguments_of(code, opening):
    """The arguments of a call whose parenthesis is at `opening`."""
    depth, begin, arguments = 0, opening + 1, []
    for at in range(opening, len(code)):
        if code[at] in "([{":
            depth += 1
        elif code[at] in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and code[at] == ","):
            arguments.append(code[begin:at])
            begin = at + 1
        if depth == 0:
            return arguments
    return []


def takers(code):
    """The functions of `code` that take a field number: name, and where among the arguments."""
    found = {name: set(places) for name, places in MACROS.items()}
    for name, parameters in TAKES_FIELD.findall(code):
        for place, parameter in enumerate(parameters.split(",")):
            if FIELD_PARAMETER.search(parameter):
                found.setdefault(name, set()).add(place)
    return found


def is_raw(expression):
    return bool(RAW.search(NAMES.sub("x", re.sub(r"\(\w+\)", "", expression))))


def check_file(name, code, functions):
    def line_of(at):
        return code.count("\n", 0, at) + 1

    calls = re.compile(r"\b(" + "|".join(map(re.escape, sorted(functions))) + r")\s*\(")
    for match in calls.finditer(code):
        if code.rfind("#define", code.rfind("\n", 0, match.start()) + 1, match.start()) >= 0:
            continue
        arguments = arguments_of(code, match.end() - 1)
        for place in sorted(functions[match[1]]):
            if place < len(arguments) and not FIELD_PARAMETER.search(arguments[place]) and \
                    is_raw(arguments[place]):
                yield f"{name}:{line_of(match.start())}: {match[1]}({arguments[place].strip()})"
    for match in COMPARED.finditer(code):
        if is_raw(match[1]):
            yield f"{name}:{line_of(match.start())}: {match[0].strip()}"
    for match in GIVES_FIELD.finditer(code):
        if NUMBER.search(match[1]):
            yield f"{name}:{line_of(match.start())}: {match[0].splitlines()[0]}"


def check(root):
    """How many files there are, and what is wrong in them."""
    root = Path(root)
    codes = {str(path.relative_to(root)): code_of(path.read_text(encoding="utf-8"))
             for folder in FOLDERS for path in sorted((root / folder).rglob("*.[ch]"))}
    declared = takers("\n".join(code for name, code in codes.items() if name.endswith(".h")))
    complaints = []
    for name, code in codes.items():
        if name not in EXEMPT:
            complaints += check_file(name, code, declared | takers(code))
    return len(codes), complaints


def check_with_advice(root):
    count, complaints = check(root)
    return count, [line + ": a raw field number; take its name from lib/wire/otlp.h" for line in complaints]


def main(arguments):
    return run(check_with_advice, __doc__, arguments, "field numbers: {} files, {} raw numbers")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

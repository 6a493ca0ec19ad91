# SPDX-License-Identifier: Apache-2.0
"""What the checks of this folder know about C sources: files, comments, functions."""
import re
import sys
from pathlib import Path

FOLDERS = ("include", "lib", "exporters", "examples", "tools", "bench", "fuzz", "tests")
# Not ours to check: kept copies of released headers.
LEFT_OUT = re.compile(r"^tests/abi/headers-")

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'')
# A definition at the left margin, as clang-format lays it out: its body begins on a line of its own.
DEFINITION = re.compile(r"^(?P<head>[A-Za-z_][^;{}=#]*?\b(?P<name>[A-Za-z_]\w*)\([^;{}]*\)[^;{}]*)\n\{",
                        re.MULTILINE)
MACRO = re.compile(r"^\s*#\s*define\s+(\w+)", re.MULTILINE)
DECLARATION = re.compile(r"\b([A-Za-z_]\w*)\((?=[^;{}]*\)[^;{}()]*;)")


def sources(root, folders=FOLDERS):
    """The C files below some folders of the tree."""
    root = Path(root).resolve()
    for folder in folders:
        for path in sorted((root / folder).rglob("*.[ch]")):
            if not LEFT_OUT.match(path.relative_to(root).as_posix()):
                yield path


def blank(match):
    """As many line breaks as were there, so that line numbers stay."""
    return re.sub(r"[^\n]", " ", match[0])


def without_comments(text):
    return COMMENT.sub(blank, text)


def code_of(text):
    """The text with comments and literals blanked."""
    return LITERAL.sub(blank, without_comments(text))


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


class Function:
    def __init__(self, path, name, line, is_static, body):
        self.path = path
        self.name = name
        self.line = line
        self.is_static = is_static
        self.body = body


def functions_of(path, text):
    """The functions that a file defines, from its blanked code."""
    for match in DEFINITION.finditer(text):
        end = text.find("\n}", match.end())
        is_static = re.search(r"\bstatic\b", match["head"]) is not None
        yield Function(path, match["name"], line_of(text, match.start("name")), is_static,
                       text[match.end():end])


def run(check, usage, arguments, result):
    """The main program of a check: prints its complaints and a line with the result; returns the exit status.

    `check` takes the root of the tree and returns how many things it looked at, and its complaints. `result` has
    a place for each of the two counts.
    """
    if len(arguments) != 1:
        print(usage, file=sys.stderr)
        return 2
    count, complaints = check(arguments[0])
    for line in complaints:
        print(line)
    if count == 0:
        print("nothing found to check: is this the root of the tree?", file=sys.stderr)
        return 1
    print(result.format(count, len(complaints)))
    return 1 if complaints else 0

# SPDX-License-Identifier: Apache-2.0
"""Compares lib/wire/otlp.h with the official OTLP descriptors.

    header_compare.py --header otlp.h

Every name in the header must be a field or an enum value of the schema with its
number, and none may be missing. Exits 0 when they agree, and 1 with one line for
each difference.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import sys

from schema_compare import official_schema
from schema_model import Schema

PREFIX = "HAE_OTLP_"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# The header has a guard and enums, and nothing else.
GUARD = re.compile(r"^#(?:ifndef HAETAE_WIRE_OTLP_H|define HAETAE_WIRE_OTLP_H|endif)$", re.MULTILINE)
ENUM = re.compile(r"\benum\s*\{([^{}]*)\}\s*;")
ENTRY = re.compile(r"(\w+)\s*=\s*(0[xX][0-9A-Fa-f]+|[0-9]+)")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--header", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    differences, count = compare(arguments.header.read_text(), official_schema())
    for line in differences:
        print(line, file=sys.stderr)
    print(f"compared {count} names: {len(differences)} differences")
    return 1 if differences else 0


def compare(text: str, schema: Schema) -> tuple[list[str], int]:
    """One line "name: what differs" for each difference, and the number of names in the header."""
    names, differences = read_header(text)
    wanted = expected(schema)
    for name in sorted(names.keys() | wanted.keys()):
        if name not in wanted:
            differences.append(f"{name}: the schema has no such name")
        elif name not in names:
            differences.append(f"{name}: is missing, should be {wanted[name]}")
        elif names[name] != wanted[name]:
            differences.append(f"{name}: is {names[name]}, should be {wanted[name]}")
    return differences, len(names)


def read_header(text: str) -> tuple[dict[str, int], list[str]]:
    """The header's names and numbers, and the text that this parser does not understand."""
    names: dict[str, int] = {}
    differences: list[str] = []
    rest = GUARD.sub("", COMMENT.sub(" ", text))
    for body in ENUM.findall(rest):
        for entry in filter(None, (part.strip() for part in body.split(","))):
            match = ENTRY.fullmatch(entry)
            if match is None:
                differences.append(f"{entry!r}: not a name and a number")
            elif match[1] in names:
                differences.append(f"{match[1]}: is there twice")
            else:
                names[match[1]] = int(match[2], 0)
    rest = ENUM.sub("", rest).strip()
    if rest:
        differences.append(f"{rest[:60]!r}: the header holds more than enums")
    return names, differences


def expected(schema: Schema) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for path, message in schema.messages.items():
        for field, described in message.fields.items():
            add(wanted, "_".join(snake(part) for part in path.split(".")) + "_" + field.upper(),
                described.number)
    for enum in schema.enums.values():
        for value, number in enum.items():
            add(wanted, value, number)
    return wanted


def add(wanted: dict[str, int], name: str, number: int) -> None:
    name = PREFIX + name
    if name in wanted:
        raise ValueError(f"two fields or values of the schema would be called {name}")
    wanted[name] = number


def snake(name: str) -> str:
    """"LogRecord" becomes "LOG_RECORD"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


if __name__ == "__main__":
    sys.exit(main())

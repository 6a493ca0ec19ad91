# SPDX-License-Identifier: Apache-2.0
"""Makes golden.h and the catalogue in README.md from golden_messages.py.

    generate_golden.py --write     writes them
    generate_golden.py --check     exits 1 when they are out of date

The bytes come from the reference protobuf implementation.
"""

from __future__ import annotations

import argparse
import difflib
import pathlib
import re
import sys

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from golden_messages import golden_messages
from golden_text import Describer

FOLDER = pathlib.Path(__file__).resolve().parent
BYTES_PER_LINE = 16
CATALOGUE_BEGIN = "<!-- catalogue: written by generate_golden.py -->\n"
CATALOGUE_END = "<!-- end of the catalogue -->\n"
C_NAME = {"google.rpc.Status": "RpcStatus", "google.rpc.RetryInfo": "RpcRetryInfo"}

HEADER_TOP = """\
/* SPDX-License-Identifier: Apache-2.0 */
/* Golden OTLP messages: bytes from the reference protobuf implementation. The
 * comment above each shows its content. generate_golden.py writes this file from
 * golden_messages.py: do not edit. README.md says how to use it. */
#ifndef HAETAE_TESTS_GOLDEN_GOLDEN_H
#define HAETAE_TESTS_GOLDEN_GOLDEN_H

/* clang-format off */
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true")
    mode.add_argument("--check", action="store_true")
    arguments = parser.parse_args()

    messages = golden_messages()
    bytes_of = {name: serialize(name, message) for name, message in messages.items()}
    header, readme = FOLDER / "golden.h", FOLDER / "README.md"
    wanted = {header: header_text(messages, bytes_of),
              readme: readme_text(readme.read_text(), messages, bytes_of)}
    if arguments.write:
        for path, content in wanted.items():
            path.write_text(content)
        return 0
    return check(wanted)


def check(wanted: dict[pathlib.Path, str]) -> int:
    stale = 0
    for path, content in wanted.items():
        found = path.read_text() if path.exists() else ""
        if found != content:
            stale = 1
            sys.stderr.writelines(difflib.unified_diff(
                found.splitlines(True), content.splitlines(True), f"{path.name} as it is",
                f"{path.name} as generated", n=1))
    print("stale: run generate_golden.py --write" if stale else "golden.h and README.md are up to date")
    return stale


def serialize(name: str, message: Message) -> bytes:
    data = message.SerializeToString(deterministic=True)
    if not data:
        raise ValueError(f"{name}: C has no arrays of length 0")
    check_order(name, message, data)
    if type(message).FromString(data).SerializeToString(deterministic=True) != data:
        raise ValueError(f"{name}: reading and writing it again gives other bytes")
    return data


def check_order(name: str, message: Message, data: bytes) -> None:
    """Checks that fields are in ascending order in `message` and all it contains.
    The reference implementation does this; protobuf does not guarantee it."""
    previous, at = 0, 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire_type = tag >> 3, tag & 7
        if number < previous:
            raise ValueError(f"{name}: field {number} of {message.DESCRIPTOR.name} is after {previous}")
        previous = number
        if wire_type == 0:
            _, at = varint(data, at)
        elif wire_type == 2:
            size, at = varint(data, at)
            at += size
        else:
            at += {1: 8, 5: 4}[wire_type]
    for field, value in message.ListFields():
        if field.type == FieldDescriptor.TYPE_MESSAGE:
            for element in value if field.is_repeated else [value]:
                check_order(name, element, element.SerializeToString(deterministic=True))


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def message_path(message: Message) -> str:
    """"Span.Event": the name in proto/otlp.proto."""
    full_name = message.DESCRIPTOR.full_name
    return C_NAME.get(full_name) or ".".join(p for p in full_name.split(".") if not p.islower())


def descriptor_name(message: Message) -> str:
    """"span__event": the message's part of protobuf-c's names."""
    parts = message_path(message).split(".")
    return "__".join(re.sub(r"(?<!^)(?=[A-Z])", "_", part).lower() for part in parts)


def header_text(messages: dict[str, Message], bytes_of: dict[str, bytes]) -> str:
    describer = Describer(messages)
    lines = [HEADER_TOP]
    for name, message in messages.items():
        data = bytes_of[name]
        lines.append(f"/* {message_path(message)}, {len(data)} bytes\n")
        # A comment must not end inside a string.
        lines += [f" *   {line.replace('*/', '* /')}\n" for line in describer.describe(message)]
        lines.append(f" */\nstatic const unsigned char golden_{name}[] = {{\n")
        for at in range(0, len(data), BYTES_PER_LINE):
            row = ", ".join(f"0x{byte:02x}" for byte in data[at:at + BYTES_PER_LINE])
            lines.append(f"    {row},\n")
        lines.append("};\n\n")
    lines.append("/* X(name, message) for each: golden_<name>, hae_otlp__<message>__descriptor. */\n")
    lines.append("#define GOLDEN_EACH(X) \\\n")
    lines.append(" \\\n".join(f"    X({name}, {descriptor_name(message)})"
                              for name, message in messages.items()))
    lines.append("\n/* clang-format on */\n\n#endif\n")
    return "".join(lines)


def readme_text(current: str, messages: dict[str, Message], bytes_of: dict[str, bytes]) -> str:
    before, _, rest = current.partition(CATALOGUE_BEGIN)
    _, _, after = rest.partition(CATALOGUE_END)
    if not rest:
        raise ValueError("README.md has no marks for the catalogue")
    describer = Describer(messages)
    lines = []
    for name, message in messages.items():
        size = len(bytes_of[name])
        lines.append(f"\n**`golden_{name}`**: {message_path(message)}, {size} bytes\n```\n")
        lines += [f"{line}\n" for line in describer.describe(message)] + ["```\n"]
    return before + CATALOGUE_BEGIN + "".join(lines) + "\n" + CATALOGUE_END + after


if __name__ == "__main__":
    sys.exit(main())

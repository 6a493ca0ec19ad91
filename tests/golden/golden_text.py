# SPDX-License-Identifier: Apache-2.0
"""A message as text for a reader: `name: value` or `name { … }` for each field
that is on the wire, in the order of the field numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

LINE_LENGTH = 100
LONG_RUN = 40
# A smaller part is written out even if it is a golden message itself.
REFERENCE_BYTES = 48


class Describer:
    """`named`: messages to which a text may refer instead of repeating them."""

    def __init__(self, named: Mapping[str, Message]) -> None:
        self.name_of: dict[tuple[str, bytes], str] = {}
        for name, message in named.items():
            data = message.SerializeToString(deterministic=True)
            if len(data) >= REFERENCE_BYTES:
                self.name_of.setdefault((message.DESCRIPTOR.full_name, data), name)

    def describe(self, message: Message) -> list[str]:
        """The lines of the text."""
        entries = self._fields(message, "")
        return [line for entry in entries for line in entry.split("\n")]

    def _fields(self, message: Message, indent: str) -> list[str]:
        """One entry for each field or element; an entry may have several lines."""
        entries: list[str] = []
        for field, value in sorted(message.ListFields(), key=lambda pair: pair[0].number):
            if field.is_packed:
                entries.append(f"{indent}{field.name}: [{', '.join(scalar(field, e) for e in value)}]")
            elif field.message_type is None:
                elements = value if field.is_repeated else [value]
                entries += [f"{indent}{field.name}: {scalar(field, e)}" for e in elements]
            else:
                elements = value if field.is_repeated else [value]
                entries += [self._message(field.name, e, indent) for e in elements]
        return entries

    def _message(self, name: str, message: Message, indent: str) -> str:
        key = (message.DESCRIPTOR.full_name, message.SerializeToString(deterministic=True))
        if key in self.name_of:
            return f"{indent}{name} = golden_{self.name_of[key]}"
        entries = self._fields(message, indent + "  ")
        if not entries:
            return f"{indent}{name} {{}}"
        one_line = f"{indent}{name} {{ {', '.join(entry.strip() for entry in entries)} }}"
        if len(one_line) <= LINE_LENGTH and "\n" not in one_line:
            return one_line
        return "\n".join([f"{indent}{name} {{", *entries, f"{indent}}}"])


def scalar(field: FieldDescriptor, value: object) -> str:
    if field.type == FieldDescriptor.TYPE_STRING:
        return text(value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return f"bytes({value.hex(' ')})"
    if field.type == FieldDescriptor.TYPE_BOOL:
        return "true" if value else "false"
    if field.enum_type is not None:
        return f"{field.enum_type.values_by_number[value].name} ({value})"
    if field.name == "flags":
        return f"{value:#x}"
    return repr(value)


def text(value: str) -> str:
    if len(value) > LONG_RUN and len(set(value)) == 1:
        return f"{json.dumps(value[0], ensure_ascii=False)} x {len(value)}"
    return json.dumps(value, ensure_ascii=False)

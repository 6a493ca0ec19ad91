# SPDX-License-Identifier: Apache-2.0
"""Shows that schema_compare.py can fail.

Makes every field, enum value and message of our schema wrong in every way that
matters, one at a time, and expects a difference with its name each time. Then
runs the whole command on a copy of otlp.proto with one wrong number.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator

from google.protobuf import descriptor_pb2

import schema_compare
from schema_model import PACKABLE, FieldProto, build_schema

FREE_NUMBER = 9000

# For each type another one, if possible with the same wire type: a decoder would
# not notice these mistakes.
SIMILAR_TYPE = {
    FieldProto.TYPE_STRING: FieldProto.TYPE_BYTES,
    FieldProto.TYPE_BYTES: FieldProto.TYPE_STRING,
    FieldProto.TYPE_MESSAGE: FieldProto.TYPE_BYTES,
    FieldProto.TYPE_INT64: FieldProto.TYPE_SINT64,
    FieldProto.TYPE_UINT64: FieldProto.TYPE_INT64,
    FieldProto.TYPE_INT32: FieldProto.TYPE_UINT32,
    FieldProto.TYPE_UINT32: FieldProto.TYPE_INT32,
    FieldProto.TYPE_SINT32: FieldProto.TYPE_INT32,
    FieldProto.TYPE_BOOL: FieldProto.TYPE_UINT32,
    FieldProto.TYPE_ENUM: FieldProto.TYPE_INT32,
    FieldProto.TYPE_DOUBLE: FieldProto.TYPE_FIXED64,
    FieldProto.TYPE_FIXED64: FieldProto.TYPE_SFIXED64,
    FieldProto.TYPE_SFIXED64: FieldProto.TYPE_FIXED64,
    FieldProto.TYPE_FIXED32: FieldProto.TYPE_SFIXED32,
}

Mutation = tuple[str, str, Callable[[], None]]  # what, subject of the difference, change


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protoc", required=True)
    parser.add_argument("--proto", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    missed, counts = check_mutations(schema_compare.compile_proto(arguments.protoc, arguments.proto))
    missed += check_allow_list(arguments)
    missed += check_command(arguments)
    for line in missed:
        print(f"not detected: {line}", file=sys.stderr)
    for what, count in sorted(counts.items()):
        print(f"{count:4} x {what}")
    print(f"{sum(counts.values())} mistakes made, {len(missed)} not detected")
    return 1 if missed else 0


def check_mutations(good: descriptor_pb2.FileDescriptorSet) -> tuple[list[str], collections.Counter]:
    official = schema_compare.official_schema()
    broken = descriptor_pb2.FileDescriptorSet()
    broken.CopyFrom(good)
    missed, counts = [], collections.Counter()
    if schema_compare.compare(build_schema(good.file), official, schema_compare.ONLY_OURS):
        missed.append("(the unchanged schema differs, see schema/official_descriptors)")

    # The changes refer to places by index, so each gets a new copy.
    for index in range(sum(1 for _ in mutations(broken.file[0]))):
        broken.CopyFrom(good)
        what, subject, change = next(itertools.islice(mutations(broken.file[0]), index, None))
        change()
        differences = schema_compare.compare(build_schema(broken.file), official,
                                             schema_compare.ONLY_OURS)
        counts[what] += 1
        if not any(line.startswith(f"{subject}: ") for line in differences):
            missed.append(f"{what}: {subject}")
    return missed, counts


def mutations(file: descriptor_pb2.FileDescriptorProto) -> Iterator[Mutation]:
    for container, path, message in messages_of(file.message_type, ""):
        yield "message removed", path, lambda c=container, m=message: c.remove(m)
        yield "message added", f"{path}.Extra", lambda m=message: m.nested_type.add(name="Extra")
        yield "field added", f"{path}.extra", lambda m=message: m.field.add(
            name="extra", number=FREE_NUMBER, type=FieldProto.TYPE_INT64,
            label=FieldProto.LABEL_OPTIONAL)
        yield "number reserved", path, lambda m=message: m.reserved_range.add(start=900, end=901)
        for field in message.field:
            yield from field_mutations(message, field, f"{path}.{field.name}")
        yield from enum_mutations(message.enum_type, f"{path}.")
    yield from enum_mutations(file.enum_type, "")


def messages_of(container, prefix: str) -> Iterator[tuple]:
    for message in container:
        path = f"{prefix}{message.name}"
        yield container, path, message
        yield from messages_of(message.nested_type, f"{path}.")


def field_mutations(message, field: FieldProto, path: str) -> Iterator[Mutation]:
    def assign(name: str, value: object) -> Callable[[], None]:
        return lambda: setattr(field, name, value)

    yield "field removed", path, lambda: message.field.remove(field)
    yield "field renamed", path, assign("name", f"{field.name}_x")
    yield "wrong number", path, assign("number", FREE_NUMBER)
    yield "wrong type", path, lambda: (field.ClearField("type_name"),
                                       setattr(field, "type", SIMILAR_TYPE[field.type]))
    if field.type_name:
        yield "wrong message or enum type", path, assign("type_name", ".hae_otlp.Other")
    repeated = field.label == FieldProto.LABEL_REPEATED
    yield "wrong label", path, assign(
        "label", FieldProto.LABEL_OPTIONAL if repeated else FieldProto.LABEL_REPEATED)
    yield "required", path, assign("label", FieldProto.LABEL_REQUIRED)
    yield "default value", path, assign("default_value", "1")
    if repeated and field.type in PACKABLE:
        yield "not packed", path, lambda: field.options.ClearField("packed")
    if field.HasField("oneof_index"):
        yield "outside its oneof", path, lambda: field.ClearField("oneof_index")
    elif message.oneof_decl:
        yield "inside a oneof", path, assign("oneof_index", 0)


def enum_mutations(container, prefix: str) -> Iterator[Mutation]:
    for enum in container:
        path = f"{prefix}{enum.name}"
        yield "enum removed", path, lambda e=enum: container.remove(e)
        yield "enum value added", f"{path}.EXTRA", lambda e=enum: e.value.add(
            name="EXTRA", number=FREE_NUMBER)
        for value in enum.value:
            subject = f"{path}.{value.name}"
            yield "enum value removed", subject, lambda e=enum, v=value: e.value.remove(v)
            yield "enum value's number", subject, lambda v=value: setattr(v, "number", FREE_NUMBER)


def check_allow_list(arguments: argparse.Namespace) -> list[str]:
    """An entry allows only what our schema alone has, and must be needed."""
    official = schema_compare.official_schema()
    files = schema_compare.compile_proto(arguments.protoc, arguments.proto).file
    span = next(m for m in files[0].message_type if m.name == "Span")
    missed = []
    if not schema_compare.compare(build_schema(files), official, {"Span.extra": "not there"}):
        missed.append("an entry of the allow-list that is not needed")
    span.field.add(name="extra", number=FREE_NUMBER, type=FieldProto.TYPE_INT64,
                   label=FieldProto.LABEL_OPTIONAL)
    if schema_compare.compare(build_schema(files), official, {"Span.extra": "newer"}):
        missed.append("(the allow-list does not excuse a field that is only ours)")
    span.field[0].number = FREE_NUMBER + 1
    both = {"Span.extra": "newer", f"Span.{span.field[0].name}": "must not help"}
    if not any("number" in line for line in
               schema_compare.compare(build_schema(files), official, both)):
        missed.append("a wrong number of a field on the allow-list")
    return missed


def check_command(arguments: argparse.Namespace) -> list[str]:
    """The whole chain, from the text of the file to the exit code."""
    right, wrong = "optional string trace_state = 3;", "optional string trace_state = 17;"
    text = arguments.proto.read_text()
    if right not in text:
        return [f"(otlp.proto has no line with {right!r} to make wrong)"]
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "otlp.proto"
        copy.write_text(text.replace(right, wrong, 1))
        run = subprocess.run([sys.executable, schema_compare.__file__, "--protoc", arguments.protoc,
                              "--proto", str(copy)], capture_output=True, text=True)
    if run.returncode != 1 or "trace_state: number is 17, should be 3" not in run.stderr:
        return [f"a wrong number in the file (exit code {run.returncode}, {run.stderr!r})"]
    return []


if __name__ == "__main__":
    sys.exit(main())

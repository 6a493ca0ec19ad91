# SPDX-License-Identifier: Apache-2.0
"""The parts of a protobuf schema that determine the bytes on the wire.

Built from FileDescriptorProtos, in the same way for our file and for the official
files. Names are relative to their package, since we have one package and OTLP has
eight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from google.protobuf import descriptor_pb2

FieldProto = descriptor_pb2.FieldDescriptorProto

# Scalars that a repeated field may pack.
PACKABLE = {
    FieldProto.TYPE_DOUBLE, FieldProto.TYPE_FLOAT, FieldProto.TYPE_INT64, FieldProto.TYPE_UINT64,
    FieldProto.TYPE_INT32, FieldProto.TYPE_FIXED64, FieldProto.TYPE_FIXED32, FieldProto.TYPE_BOOL,
    FieldProto.TYPE_UINT32, FieldProto.TYPE_ENUM, FieldProto.TYPE_SFIXED32,
    FieldProto.TYPE_SFIXED64, FieldProto.TYPE_SINT32, FieldProto.TYPE_SINT64,
}


@dataclass(frozen=True)
class Field:
    """One field. `cardinality` is "singular", "repeated" or "required".

    proto2 `optional`, proto3 with implicit presence and proto3 `optional` are
    all "singular": they have the same encoding, and differ only in whether a
    writer leaves a zero out, which every reader must accept either way. The
    one-member oneof by which proto3 `optional` is described is no oneof here.
    """

    number: int
    type: str
    cardinality: str
    oneof: str | None
    packed: bool
    default: str


@dataclass
class Message:
    fields: dict[str, Field] = field(default_factory=dict)
    reserved: frozenset[tuple[int, int]] = frozenset()


@dataclass
class Schema:
    messages: dict[str, Message] = field(default_factory=dict)
    enums: dict[str, dict[str, int]] = field(default_factory=dict)


def build_schema(files: Iterable[descriptor_pb2.FileDescriptorProto],
                 renamed: Mapping[str, str] | None = None) -> Schema:
    """The schema of `files`. `renamed` gives messages another name (full name, new
    name); of the packages of these messages, it reads no other message."""
    renamed = renamed or {}
    builder = _Builder(renamed)
    for file in files:
        builder.add_file(file)
    return builder.schema


class _Builder:
    def __init__(self, renamed: Mapping[str, str]) -> None:
        self.schema = Schema()
        self.renamed = renamed
        self.partial_packages = {name.rpartition(".")[0] for name in renamed}
        self.syntax = ""

    def add_file(self, file: descriptor_pb2.FileDescriptorProto) -> None:
        self.syntax = file.syntax or "proto2"
        if self.syntax not in ("proto2", "proto3"):
            raise ValueError(f"{file.name}: syntax {self.syntax} is not understood here")
        for message in file.message_type:
            full_name = f"{file.package}.{message.name}"
            if file.package not in self.partial_packages:
                self._add_message(message.name, message)
            elif full_name in self.renamed:
                self._add_message(self.renamed[full_name], message)
        if file.package not in self.partial_packages:
            for enum in file.enum_type:
                self._add_enum(enum.name, enum)

    def _add_message(self, path: str, proto: descriptor_pb2.DescriptorProto) -> None:
        if path in self.schema.messages:
            raise ValueError(f"two messages are called {path}")
        message = Message(reserved=frozenset((r.start, r.end) for r in proto.reserved_range))
        for field_proto in proto.field:
            message.fields[field_proto.name] = self._field(proto, field_proto)
        self.schema.messages[path] = message
        for nested in proto.nested_type:
            self._add_message(f"{path}.{nested.name}", nested)
        for enum in proto.enum_type:
            self._add_enum(f"{path}.{enum.name}", enum)

    def _add_enum(self, path: str, proto: descriptor_pb2.EnumDescriptorProto) -> None:
        if path in self.schema.enums:
            raise ValueError(f"two enums are called {path}")
        self.schema.enums[path] = {value.name: value.number for value in proto.value}

    def _field(self, parent: descriptor_pb2.DescriptorProto, proto: FieldProto) -> Field:
        cardinality = {FieldProto.LABEL_OPTIONAL: "singular", FieldProto.LABEL_REPEATED: "repeated",
                       FieldProto.LABEL_REQUIRED: "required"}[proto.label]
        oneof = None
        if proto.HasField("oneof_index") and not proto.proto3_optional:
            oneof = parent.oneof_decl[proto.oneof_index].name
        return Field(proto.number, self._type(proto), cardinality, oneof,
                     self._is_packed(proto), proto.default_value)

    def _type(self, proto: FieldProto) -> str:
        kind = FieldProto.Type.Name(proto.type).removeprefix("TYPE_").lower()
        return f"{kind} {self._local_name(proto.type_name)}" if proto.type_name else kind

    def _local_name(self, type_name: str) -> str:
        """".opentelemetry.proto.trace.v1.Span.Link" becomes "Span.Link"."""
        full_name = type_name.removeprefix(".")
        if full_name in self.renamed:
            return self.renamed[full_name]
        parts = full_name.split(".")
        # Packages are lower case and messages are not, in OTLP and in ours.
        return ".".join(part for part in parts if not part.islower())

    def _is_packed(self, proto: FieldProto) -> bool:
        if proto.label != FieldProto.LABEL_REPEATED or proto.type not in PACKABLE:
            return False
        if proto.options.HasField("packed"):
            return proto.options.packed
        return self.syntax == "proto3"

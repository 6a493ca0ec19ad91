# SPDX-License-Identifier: Apache-2.0
"""Compares proto/otlp.proto with the official OTLP descriptors.

    schema_compare.py --protoc PROTOC --proto otlp.proto

Exits 0 when they agree, and 1 with one line for each difference.
"""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import subprocess
import sys
import tempfile

from google.protobuf import any_pb2, descriptor_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from schema_model import Message, Schema, build_schema

OFFICIAL_MODULES = (
    common_pb2, resource_pb2, trace_pb2, logs_pb2, metrics_pb2, trace_service_pb2,
    logs_service_pb2, metrics_service_pb2, any_pb2, duration_pb2, error_details_pb2, status_pb2,
)

# Our names for the few messages that OTLP does not define itself.
RENAMED = {
    "google.protobuf.Any": "RpcAny",
    "google.protobuf.Duration": "RpcDuration",
    "google.rpc.RetryInfo": "RpcRetryInfo",
    "google.rpc.Status": "RpcStatus",
}

# What our schema has and the pinned official package does not have yet: the
# difference line's subject ("Message", "Message.field", "Enum.VALUE"), and the
# reason. An entry that is no longer needed is an error.
ONLY_OURS: dict[str, str] = {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--protoc", required=True)
    parser.add_argument("--proto", type=pathlib.Path, required=True)
    arguments = parser.parse_args()

    ours = build_schema(compile_proto(arguments.protoc, arguments.proto).file)
    differences = compare(ours, official_schema(), ONLY_OURS)
    for line in differences:
        print(line, file=sys.stderr)
    fields = sum(len(message.fields) for message in ours.messages.values())
    values = sum(len(enum) for enum in ours.enums.values())
    print(f"compared {len(ours.messages)} messages with {fields} fields and {len(ours.enums)} enums "
          f"with {values} values: {len(differences)} differences")
    return 1 if differences else 0


def compile_proto(protoc: str, proto: pathlib.Path) -> descriptor_pb2.FileDescriptorSet:
    with tempfile.TemporaryDirectory() as folder:
        output = pathlib.Path(folder) / "descriptors"
        subprocess.run([protoc, f"--proto_path={proto.resolve().parent}",
                        f"--descriptor_set_out={output}", str(proto.resolve())], check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(output.read_bytes())


def official_files() -> list[descriptor_pb2.FileDescriptorProto]:
    files = []
    for module in OFFICIAL_MODULES:
        file = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(file)
        files.append(file)
    return files


def official_schema() -> Schema:
    return build_schema(official_files(), RENAMED)


def compare(ours: Schema, official: Schema, only_ours: dict[str, str]) -> list[str]:
    """One line "subject: what differs" for each difference."""
    found: list[tuple[str, str]] = []
    for name in sorted(ours.messages.keys() | official.messages.keys()):
        mine, theirs = ours.messages.get(name), official.messages.get(name)
        if mine is None or theirs is None:
            found.append((name, presence(mine, theirs, "message")))
        else:
            found += compare_messages(name, mine, theirs)
    for name in sorted(ours.enums.keys() | official.enums.keys()):
        mine, theirs = ours.enums.get(name), official.enums.get(name)
        if mine is None or theirs is None:
            found.append((name, presence(mine, theirs, "enum")))
        else:
            found += compare_enums(name, mine, theirs)

    differences = [f"{subject}: {what}" for subject, what in found
                   if not (what.startswith("only ours") and subject in only_ours)]
    unneeded = set(only_ours) - {subject for subject, what in found if what.startswith("only ours")}
    differences += [f"{subject}: its entry in ONLY_OURS is not needed" for subject in sorted(unneeded)]
    return differences


def compare_messages(name: str, mine: Message, theirs: Message) -> list[tuple[str, str]]:
    found = []
    for key in sorted(mine.fields.keys() | theirs.fields.keys()):
        ours, official = mine.fields.get(key), theirs.fields.get(key)
        if ours is None or official is None:
            found.append((f"{name}.{key}", presence(ours, official, "field")))
            continue
        for part in dataclasses.fields(ours):
            a, b = getattr(ours, part.name), getattr(official, part.name)
            if a != b:
                found.append((f"{name}.{key}", f"{part.name} is {a!r}, should be {b!r}"))
    if mine.reserved != theirs.reserved:
        found.append((name, f"reserves {sorted(mine.reserved)}, should {sorted(theirs.reserved)}"))
    return found


def compare_enums(name: str, mine: dict[str, int], theirs: dict[str, int]) -> list[tuple[str, str]]:
    found = []
    for key in sorted(mine.keys() | theirs.keys()):
        ours, official = mine.get(key), theirs.get(key)
        if ours is None or official is None:
            found.append((f"{name}.{key}", presence(ours, official, "enum value")))
        elif ours != official:
            found.append((f"{name}.{key}", f"number is {ours}, should be {official}"))
    return found


def presence(mine: object, theirs: object, kind: str) -> str:
    assert (mine is None) != (theirs is None)
    return f"{kind} is missing" if mine is None else f"only ours: the official schema has no such {kind}"


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes ffi/haetae_ffi.h and ffi/haetae_ffi.json, the public headers for other languages.

Usage: ffi_headers.py [--check] [--folder FOLDER] [--clang CLANG]
--check compares the files with what the headers say now, and writes nothing. --folder: where the
files are, ffi.

haetae_ffi.h has declarations only: no macro, no comment, no inline function, no preprocessor
line. haetae_ffi.json has the same and what a declaration does not tell: numbers of enums and
constants, sizes and offsets, and the names of the functions that only C can call, since they are variadic
or take a va_list. Everything comes from clang's syntax tree, which is asked once for
each kind of processor.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# x86 aligns 64-bit numbers in structs to 4 bytes; all other 32-bit processors to 8.
TARGETS = {"64": "x86_64-linux-gnu", "32": "armv7-linux-gnueabihf", "32_x86": "i686-linux-gnu"}
# Macros with a value that is neither a text nor a number, or a number that is no int.
NO_CONSTANTS = {"HAETAE_API", "HAETAE_SAMPLING_NEVER"}
# Types of the C library's headers, which haetae_ffi.h does not declare.
BORROWED = {"bool", "size_t", "int8_t", "int16_t", "int32_t", "int64_t",
            "uint8_t", "uint16_t", "uint32_t", "uint64_t"}


class Clang:
    """Runs clang over all public headers, without the C library's."""

    def __init__(self, command, folder):
        self.command = command
        self.folder = pathlib.Path(folder)
        # All that the headers use of it.
        (self.folder / "string.h").write_text("typedef __SIZE_TYPE__ size_t;\n"
                                              "size_t strlen(const char *text);\n")
        (self.folder / "stdio.h").write_text("typedef struct FILE FILE;\n")
        self.includes = [ROOT / "include"] + sorted(ROOT.glob("exporters/*/include"))

    def headers(self):
        for include in self.includes:
            yield from sorted(path.relative_to(include) for path in include.glob("haetae/*.h"))

    def library_of(self, file):
        """The shared library that has what a header declares."""
        folder = pathlib.Path(file).resolve().relative_to(ROOT).parts
        return "haetae" if folder[0] == "include" else "haetae-" + folder[1].replace("_", "-")

    def run(self, source, target, *arguments):
        file = self.folder / "all.c"
        file.write_text("".join(f"#include <{header}>\n" for header in self.headers()) + source)
        command = [self.command, "-std=c11", "-target", target, "-ffreestanding", "-nostdlibinc",
                   "-isystem", str(self.folder), *arguments, str(file)]
        command += [f"-I{include}" for include in self.includes]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def tree(self, source="", target=TARGETS["64"]):
        output = self.run(source, target, "-fsyntax-only", "-Xclang", "-ast-dump=json")
        return json.loads(output)["inner"]


def own_declarations(tree):
    """Yields each of our declarations with its file. Clang names a file only where it changes."""
    file = ""
    for node in tree:
        location = node.get("loc", {})
        for place in (location.get("spellingLoc", {}), location.get("expansionLoc", location)):
            file = place.get("file", file)
        if "/haetae/" in file and not node.get("isImplicit"):
            yield node, file


def type_of(node):
    """The type as C spells it; a stream of the C library becomes a plain pointer."""
    spelled = re.sub(r"\b_Bool\b", "bool", node["type"]["qualType"])
    return re.sub(r"\bFILE \*", "void *", spelled)


def children(node, kind):
    return [inner for inner in node.get("inner", []) if inner["kind"] == kind]


def value_of(node):
    """The number of an enumerator: clang evaluates it where it is written out."""
    for inner in node.get("inner", []):
        if inner.get("kind") == "ConstantExpr":
            return int(inner["value"])
        if inner.get("kind") == "ImplicitCastExpr":
            return value_of(inner)
    return None


def read_enum(node):
    constants, following = [], 0
    for constant in children(node, "EnumConstantDecl"):
        value = value_of(constant)
        following = following if value is None else value
        constants.append({"name": constant["name"], "value": following})
        following += 1
    return constants


def read_fields(record):
    """Fields. Those of unnamed structs and unions replace these."""
    fields, unnamed = [], None
    for inner in record.get("inner", []):
        if inner["kind"] == "RecordDecl":
            unnamed = inner
        elif inner["kind"] == "FieldDecl":
            field = {"name": inner["name"], "type": type_of(inner)}
            if "unnamed" in field["type"] or "anonymous" in field["type"]:
                field = {"name": inner["name"], "type": unnamed["tagUsed"],
                         "fields": read_fields(unnamed)}
            fields.append(field)
    return fields


def read_callback(node):
    """The return type and parameters of a typedef of a function pointer."""
    (pointer,) = children(node, "PointerType")
    function = pointer["inner"][0]
    while function["kind"] == "ParenType":
        function = function["inner"][0]
    returns, *parameters = [type_of(inner) for inner in function["inner"]]
    return {"returns": returns, "parameters": parameters}


class Interface:
    """What the headers declare, in their order."""

    def __init__(self, clang):
        self.enums, self.opaque, self.aliases = [], [], []
        self.callbacks, self.structs, self.functions = [], [], []
        self.c_only = []
        records, enums, typedefs = {}, {}, []
        for node, file in own_declarations(clang.tree()):
            if node["kind"] == "EnumDecl":
                enums[node["name"]] = node
            elif node["kind"] == "RecordDecl" and node.get("completeDefinition"):
                records[node["name"]] = node
            elif node["kind"] == "TypedefDecl":
                typedefs.append(node)
            elif node["kind"] == "FunctionDecl" and not node.get("inline"):
                self.add_function(node, clang.library_of(file))
        seen = set()
        for node in typedefs:
            if node["name"] not in seen:
                seen.add(node["name"])
                self.add_typedef(node, records, enums)
        self.structs = in_order(self.structs)

    def add_function(self, node, library):
        if node["name"] in [function["name"] for function in self.functions]:
            return
        if node.get("variadic") or "va_list" in type_of(node):
            if node["name"] not in [function["name"] for function in self.c_only]:
                self.c_only.append({"name": node["name"], "library": library})
            return
        returns = re.match(r"(.*?)\s*\(", type_of(node)).group(1)
        parameters = [{"name": inner["name"], "type": type_of(inner)}
                      for inner in children(node, "ParmVarDecl")]
        self.functions.append({"name": node["name"], "library": library, "returns": returns,
                               "parameters": parameters})

    def add_typedef(self, node, records, enums):
        name, meaning = node["name"], type_of(node)
        if meaning.startswith("enum "):
            self.enums.append({"name": name, "constants": read_enum(enums[name])})
        elif meaning.startswith("struct ") and name in records:
            self.structs.append({"name": name, "fields": read_fields(records[name])})
        elif meaning.startswith("struct "):
            self.opaque.append(name)
        elif "(*)" in meaning:
            self.callbacks.append({"name": name, "type": meaning, **read_callback(node)})
        else:
            self.aliases.append({"name": name, "type": meaning})


def own_macros(clang):
    """The names of macros without parameters that have a value, in their order."""
    output = clang.run("", TARGETS["64"], "-E", "-dD")
    ours, names = False, []
    for line in output.splitlines():
        if line.startswith("# "):
            ours = "/haetae/" in line
        found = re.match(r"#define (HAETAE_[A-Z0-9_]+) (.+)", line)
        if ours and found and found.group(1) not in names:
            names.append(found.group(1))
    return names


def read_constants(clang):
    """Macros whose values are texts or whole numbers."""
    names = [name for name in own_macros(clang) if name not in NO_CONSTANTS]
    lines = "".join(f"haetae_constant {i} = {name};\n" for i, name in enumerate(names))
    output = clang.run(lines, TARGETS["64"], "-E", "-P")
    written = dict(re.findall(r"haetae_constant (\d+) = (.*);", output))
    texts = {name: "".join(re.findall(r'"([^"]*)"', written[str(i)]))
             for i, name in enumerate(names) if written[str(i)].startswith('"')}
    numbers = measure(clang, {name: name for name in names if name not in texts}, TARGETS["64"])
    return [{"name": name, "value": texts.get(name, numbers.get(name))} for name in names]


def measure(clang, expressions, target):
    """The values of constant expressions by name."""
    lines = [f"enum {{ measured_{i} = {expression} }};\n"
             for i, expression in enumerate(expressions.values())]
    found = {}
    for node in clang.tree("".join(lines), target):
        for constant in children(node, "EnumConstantDecl"):
            found[constant["name"]] = value_of(constant)
    values = {name: found[f"measured_{i}"] for i, name in enumerate(expressions)}
    for name, value in values.items():
        if value is None:
            sys.exit(f"ffi_headers: {name} has no number")
    return values


def paths_of(fields, before=""):
    for field in fields:
        path = before + field["name"]
        yield path, field
        yield from paths_of(field.get("fields", []), path + ".")


def add_layouts(clang, structs):
    expressions = {}
    for struct in structs:
        name = struct["name"]
        expressions[name] = f"sizeof({name})"
        for path, _ in paths_of(struct["fields"]):
            expressions[f"{name}.{path}"] = f"__builtin_offsetof({name}, {path})"
            expressions[f"{name}.{path} size"] = f"sizeof((({name} *)0)->{path})"
    measured = {kind: measure(clang, expressions, target) for kind, target in TARGETS.items()}

    def of(key):
        return {kind: values[key] for kind, values in measured.items()}

    for struct in structs:
        name = struct["name"]
        struct["size"] = of(name)
        for path, field in paths_of(struct["fields"]):
            field["offset"] = of(f"{name}.{path}")
            field["size"] = of(f"{name}.{path} size")


def declare(declared_type, name):
    """Declares a variable of a type, as C writes it: inside function pointers, before brackets."""
    if "(*)" in declared_type:
        return declared_type.replace("(*)", f"(*{name})", 1)
    found = re.match(r"(.*?)\s*((\[\d+\])+)$", declared_type)
    if found:
        return f"{found.group(1)} {name}{found.group(2)}"
    return f"{declared_type}{'' if declared_type.endswith('*') else ' '}{name}"


def write_fields(fields, indent):
    for field in fields:
        if "fields" in field:
            yield f"{indent}{field['type']} {{"
            yield from write_fields(field["fields"], indent + "    ")
            yield f"{indent}}} {field['name']};"
        else:
            yield f"{indent}{declare(field['type'], field['name'])};"


def in_order(structs):
    """Structs, each after the structs that it contains."""
    by_name = {struct["name"]: struct for struct in structs}
    ordered = []

    def put(struct):
        for _, field in paths_of(struct["fields"]):
            held = by_name.get(field["type"].split("[")[0].strip())
            if held is not None and held is not struct:
                put(held)
        if struct not in ordered:
            ordered.append(struct)

    for struct in structs:
        put(struct)
    return ordered


def write_header(interface, constants):
    yield from (f"typedef struct {name} {name};" for name in interface.opaque)
    yield from (f"typedef struct {struct['name']} {struct['name']};" for struct in interface.structs)
    yield from (f"typedef {declare(alias['type'], alias['name'])};" for alias in interface.aliases)
    for enum in interface.enums:
        yield f"typedef enum {enum['name']} {{"
        yield ",\n".join(f"    {constant['name']} = {constant['value']}" for constant in enum["constants"])
        yield f"}} {enum['name']};"
    for constant in constants:
        if isinstance(constant["value"], int):
            yield f"enum {{ {constant['name']} = {constant['value']} }};"
    yield from (f"typedef {declare(callback['type'], callback['name'])};"
                for callback in interface.callbacks)
    for struct in interface.structs:
        yield f"struct {struct['name']} {{"
        yield from write_fields(struct["fields"], "    ")
        yield "};"
    for function in interface.functions:
        parameters = ", ".join(declare(parameter["type"], parameter["name"])
                               for parameter in function["parameters"])
        yield f"{declare(function['returns'], function['name'])}({parameters or 'void'});"


def check_types(interface):
    """Fails when a declaration uses a type that haetae_ffi.h does not have."""
    known = BORROWED | set(interface.opaque)
    for part in (interface.structs, interface.aliases, interface.enums, interface.callbacks):
        known |= {item["name"] for item in part}
    known |= {"void", "char", "double", "int", "unsigned", "const", "long", "struct", "union"}
    used = [(f["name"], p["type"]) for f in interface.functions for p in f["parameters"]]
    used += [(f["name"], f["returns"]) for f in interface.functions]
    used += [(s["name"], field["type"]) for s in interface.structs
             for _, field in paths_of(s["fields"])]
    for name, used_type in used:
        for word in re.findall(r"[A-Za-z_]\w*", used_type):
            if word not in known:
                sys.exit(f"ffi_headers: {name} uses the unknown type {word}")


def make_files(clang):
    interface = Interface(clang)
    check_types(interface)
    constants = read_constants(clang)
    add_layouts(clang, interface.structs)
    content = {"constants": constants, **vars(interface)}
    return {"haetae_ffi.h": "\n".join(write_header(interface, constants)) + "\n",
            "haetae_ffi.json": json.dumps(content, indent=1) + "\n"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "ffi")
    parser.add_argument("--clang", default="clang")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = make_files(Clang(arguments.clang, folder))
    failed = False
    for name, text in files.items():
        path = arguments.folder / name
        if not arguments.check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            print(f"ffi_headers: {name} does not agree with the headers: run make ffi")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

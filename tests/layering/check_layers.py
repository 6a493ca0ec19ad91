#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that #includes point downward only, docs/architecture.md has the layers; and that SQL stands in the parts
of haetae-view that are for it.

Usage: check_layers.py <root of the source tree>
Prints one line for each include and each statement that breaks a rule; exits 1 if there was one.
"""
import re
import sys
from pathlib import Path

from source_tree import LITERAL, line_of, run, without_comments

# A layer may include itself and what has a lower rank. Equal rank: siblings.
RANKS = {"base": 0, "wire": 1, "recorder": 2, "context": 3, "spool": 3,
         "trace": 4, "metrics": 4, "logs": 4,
         "pipeline": 4, "resource": 4, "host": 4, "propagation": 5, "recovery": 6, "sdk": 7}
# What exporters and tools may take of the core.
SHARED = {("lib", "base"), ("lib", "wire")}
# What the OTLP exporters, exporters/otlp_*, share.
OTLP = ("exporters", "otlp")
# Folders of exporters/ that others may include, and their ranks among each other.
MODULES = {("exporters", "otlp_unpack"): 0, ("exporters", "otlp_json"): 1,
           ("exporters", "otlp_lines"): 2}
# The folders of haetae-view, and their ranks; what lies beside them may include all.
VIEW = Path("tools", "haetae-view")
VIEW_RANKS = {"util": 0, "store": 1, "query": 2, "decode": 3, "show": 3, "alert": 3, "api": 5,
              "receive": 6, "page": 7, "commands": 7}
# Where SQL may stand: the database, the questions, what alerts keep, and tables that are made of answers in JSON.
VIEW_SQL = ("store/", "query/", "alert/kept.c", "commands/")
SQL = re.compile(r"\"\s*(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|CREATE|DROP|ALTER|PRAGMA)\s")
SCHEMA = {"otlp.pb-c.h", "otlp_requests.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


class Tree:
    def __init__(self, root):
        self.root = Path(root).resolve()
        self.exporters = sorted(p for p in (self.root / "exporters").glob("*") if p.is_dir())
        self.includes = {path: self.read_includes(path) for path in self.sources()}

    def sources(self):
        for folder in ("include", "lib", "exporters", "examples", "tools"):
            yield from sorted(p for p in (self.root / folder).rglob("*.[ch]"))

    def read_includes(self, path):
        """What `path` includes: (as written, the file in the tree or None)."""
        text = path.read_text(encoding="utf-8")
        return [(name, self.resolve(path, name, quote == '"'))
                for quote, name in INCLUDE.findall(text)]

    def resolve(self, path, name, is_quoted):
        folders = [self.root / "lib", self.root / "include", self.root / "exporters"]
        folders += [e / "include" for e in self.exporters]
        if is_quoted:
            folders = [path.parent] + folders
            folders += [e for e in self.exporters if e in path.parents]
            if "tools" in path.parts or "examples" in path.parts:
                folders += path.parents
        for folder in folders:
            found = folder / name
            if found.is_file():
                return found.resolve()
        return None

    def place(self, path):
        """("lib", layer), ("exporters", name), ("include",), ("examples",), ..."""
        parts = path.relative_to(self.root).parts
        if parts[0] in ("lib", "exporters"):
            return parts[:2] if len(parts) > 2 else (parts[0], "")
        return parts[:1]

    def name(self, path):
        return str(path.relative_to(self.root))


def complaint(tree, path, target):
    """Why `path` must not include `target`, or None."""
    here, there = tree.place(path), tree.place(target)
    if here == there:
        return None
    if here[0] == "include":
        return "public headers include public headers only"
    if there == ("include",):
        return None
    if here[0] == "lib":
        if there[0] != "lib":
            return "the core includes nothing outside lib/ and include/"
        if there[1] not in RANKS or here[1] not in RANKS:
            return "not a known layer"
        if RANKS[there[1]] == RANKS[here[1]]:
            return f"{here[1]} and {there[1]} are siblings"
        return None if RANKS[there[1]] < RANKS[here[1]] else f"{there[1]} is above {here[1]}"
    if here[0] == "exporters":
        if (there in SHARED or MODULES.get(there, 9) < MODULES.get(here, 9) or
                (there == OTLP and here not in MODULES and here[1].startswith("otlp_"))):
            return None
        return ("an exporter includes public headers, lib/base, lib/wire, its own folder and shared "
                "modules only")
    if there[0] == "exporters" and "include" in target.relative_to(tree.root).parts:
        return None
    if here == ("tools",):
        if there in SHARED or there in MODULES:
            return None
        return "a tool includes public headers, lib/base, lib/wire and shared modules only"
    return "examples include public headers only"


def view_complaint(tree, path, target):
    """Why one folder of haetae-view must not include another's header, or None."""
    here, there = (p.relative_to(tree.root / VIEW).parts if (tree.root / VIEW) in p.parents else ()
                   for p in (path, target))
    if not here or not there or len(here) == 1 or here[0] == there[0]:
        return None
    if len(there) == 1 or not {here[0], there[0]} <= VIEW_RANKS.keys():
        return f"{here[0]} includes folders below it only"
    if VIEW_RANKS[there[0]] < VIEW_RANKS[here[0]]:
        return None
    return f"{there[0]} is not below {here[0]}"


def check_file(tree, path):
    for name, target in tree.includes[path]:
        if ".." in Path(name).parts:
            yield f"{tree.name(path)}: {name}: name headers from the layer's root, without .."
        if target is None:
            if tree.place(path)[0] == "lib" and re.match(r"curl/|microhttpd", name):
                yield f"{tree.name(path)}: {name}: the core does no HTTP of its own"
            if tree.place(path)[0] == "include" and name in SCHEMA:
                yield f"{tree.name(path)}: {name}: public headers include public headers only"
            continue
        why = complaint(tree, path, target) or view_complaint(tree, path, target)
        if why:
            yield f"{tree.name(path)}: {name}: {why}"


def check_resolved(tree, path):
    """A quoted include that nobody can find would escape every rule."""
    for quote, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
        if quote == '"' and name not in SCHEMA and tree.resolve(path, name, True) is None:
            yield f"{tree.name(path)}: {name}: there is no such file in the tree"


def check_sql(tree, path):
    """Statements of SQL in a part of haetae-view that is not for it."""
    if tree.root / VIEW not in path.parents or path.relative_to(tree.root / VIEW).as_posix().startswith(VIEW_SQL):
        return
    text = without_comments(path.read_text(encoding="utf-8"))
    for match in LITERAL.finditer(text):
        if SQL.match(match[0]):
            yield f"{tree.name(path)}:{line_of(text, match.start())}: SQL belongs in query or store"


def check_circles(tree):
    """Modules (a source with its header) that include each other in a loop."""
    modules = {}
    for path, included in tree.includes.items():
        module = path.with_suffix("")
        others = {target.with_suffix("") for _, target in included if target}
        modules.setdefault(module, set()).update(others - {module})
    for circle in circles(modules):
        yield "a circle: " + ", ".join(sorted(tree.name(module) for module in circle))


def circles(graph):
    """The strongly connected parts of a graph that have more than one node."""
    reached = {node: reachable(graph, node) for node in graph}
    seen = set()
    for node in sorted(graph):
        circle = {other for other in reached[node] if node in reached.get(other, ())}
        if len(circle) > 1 and not circle & seen:
            seen |= circle
            yield circle


def reachable(graph, start):
    """All nodes that edges lead to from `start`, and `start` where they lead back to it."""
    found = set()
    rest = list(graph[start])
    while rest:
        node = rest.pop()
        if node not in found:
            found.add(node)
            rest += graph.get(node, ())
    return found


# ---- The picture in docs/architecture.md ------------------------------------------------

PICTURE = re.compile(r"^```layers\n(.*?)^```", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^ *(\w+) *(?:->|─+►) *(.*)$")


def layer_includes(tree):
    """{layer: the layers of lib that it includes}"""
    found = {}
    for path, included in tree.includes.items():
        here = tree.place(path)
        if here[0] != "lib" or here[1] not in RANKS:
            continue
        layers = found.setdefault(here[1], set())
        for _, target in included:
            there = tree.place(target) if target else ("",)
            if there[0] == "lib" and there[1] != here[1]:
                layers.add(there[1])
    return found


def check_picture(tree):
    """The picture names each layer above those it includes, and exactly those."""
    page = tree.root / "docs/architecture.md"
    picture = PICTURE.search(page.read_text(encoding="utf-8")) if page.exists() else None
    rows = [ROW.match(line) for line in picture[1].splitlines()] if picture else []
    drawn = {row[1]: set(row[2].split()) for row in rows if row}
    found = layer_includes(tree)
    for layer in sorted(found.keys() | drawn.keys()):
        if layer not in drawn:
            yield f"docs/architecture.md: the picture of the layers lacks {layer}"
            continue
        for other in sorted(found.get(layer, set()) - drawn[layer]):
            yield f"docs/architecture.md: the picture lacks that {layer} includes {other}"
        for other in sorted(drawn[layer] - found.get(layer, set())):
            yield f"docs/architecture.md: the picture says that {layer} includes {other}; it does not"
    ranks = [RANKS.get(layer, -1) for layer in drawn]
    if ranks != sorted(ranks, reverse=True):
        yield "docs/architecture.md: the picture does not have each layer above those it includes"


def check(root):
    tree = Tree(root)
    complaints = []
    for path in tree.includes:
        complaints += check_file(tree, path)
        complaints += check_resolved(tree, path)
        complaints += check_sql(tree, path)
    complaints += check_circles(tree)
    complaints += check_picture(tree)
    return len(tree.includes), complaints


def main(arguments):
    return run(check, __doc__, arguments, "layers: {} files, {} wrong includes")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what comments say about code: that it is still so.

- A function that a comment names, as name(), is defined, declared or called somewhere in the tree.
- Where a comment says that an atomic operation pairs with an acquire or release in name(), that function contains an
  operation of this order.

Usage: check_comments.py <root of the source tree>
Prints a line for each comment that is wrong; exits 1 if there was one.
"""
import re
import sys
from collections import defaultdict
from pathlib import Path

from source_tree import COMMENT, MACRO, code_of, functions_of, line_of, run, sources

# "…_start()" stands for several names.
NAMED = re.compile(r"(?<![…\w])([A-Za-z_]\w*)\(\)")
CALLED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
# What a comment may name though nothing in the tree calls it.
ELSEWHERE = {"main", "closefrom", "daemon", "vfork", "clone", "execve", "exec", "longjmp", "atexit", "exit", "_exit",
             "vprintf", "syslog", "openlog", "__syslog_chk", "sd_journal_send", "sd_journal_sendv", "sd_journal_print"}

PAIR = re.compile(r"\bpairs? with (?:each of )?(?:the )?(?:last )?(?P<order>acquire|release)s?"
                  r"(?:[ -](?:load|store|exchange|increment|decrement)s?)? (?:in|of) (?P<name>\w+)\(\)")
ORDERS = {"acquire": re.compile(r"memory_order_(acquire|acq_rel|seq_cst)"),
          "release": re.compile(r"memory_order_(release|acq_rel|seq_cst)")}


class Index:
    """Every name of a function in the tree, and the bodies of those that are defined."""

    def __init__(self, texts):
        self.names = set(ELSEWHERE)
        self.bodies = defaultdict(list)
        for path, text in texts.items():
            code = code_of(text)
            self.names.update(CALLED.findall(code))
            self.names.update(MACRO.findall(code))
            # Members that hold functions: an exporter's send(), a hook.
            self.names.update(re.findall(r"\(\*(\w+)\)\s*\(", code))
            self.names.update(re.findall(r"\.(\w+)\s*=", code))
            for function in functions_of(path, code):
                self.names.add(function.name)
                self.bodies[function.name].append(function.body)


def as_sentence(comment):
    """A comment on one line, without its frame."""
    return re.sub(r"\s+(?:\*\s+)?", " ", comment)


def wrong_names(index, comment):
    for name in NAMED.findall(comment):
        if name not in index.names:
            yield f"{name}() does not exist"


def wrong_pairs(index, comment):
    for match in PAIR.finditer(as_sentence(comment)):
        bodies = index.bodies.get(match["name"])
        if bodies and not any(ORDERS[match["order"]].search(body) for body in bodies):
            yield f"{match['name']}() has no {match['order']}"


def check(root):
    root = Path(root).resolve()
    texts = {path: path.read_text(encoding="utf-8") for path in sources(root)}
    index = Index(texts)
    count = 0
    complaints = []
    for path, text in texts.items():
        for match in COMMENT.finditer(text):
            count += 1
            for why in [*wrong_names(index, match[0]), *wrong_pairs(index, match[0])]:
                complaints.append(f"{path.relative_to(root)}:{line_of(text, match.start())}: {why}")
    return count, complaints


def main(arguments):
    return run(check, __doc__, arguments, "comments: {}, {} wrong")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

# SPDX-License-Identifier: Apache-2.0
"""Compares what a collector received with what a program recorded.

    compare.py EXPECTED RECEIVED [--self-test]

RECEIVED is OTLP/JSON, one request per line. README.md describes the lines of
EXPECTED. Prints every difference with its path. With --self-test, it changes each
leaf of the received documents in turn, and the comparison must notice.
"""

import argparse
import collections
import copy
import json
import re
import sys

import otlp_json

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
A_DAY_NS = 86400 * 10**9


class Expectation:
    """What the program recorded, and when it ran."""

    def __init__(self, lines):
        self.window = None
        self.items = []
        resources, scopes = {}, {}
        for line in filter(str.strip, lines):
            entry = otlp_json.parse(line)
            if "window" in entry:
                self.window = tuple(int(edge) for edge in entry["window"])
            elif "define_resource" in entry:
                resources[entry["define_resource"]] = entry["is"]
            elif "define_scope" in entry:
                scopes[entry["define_scope"]] = entry["is"]
            else:
                self._add(entry, resources, scopes)
        if self.window is None:
            raise ValueError("the expectation has no window")

    def _add(self, entry, resources, scopes):
        raw_resource = dict(resources[entry["resource"]])
        resource_schema_url = raw_resource.pop("schemaUrl", "")
        resource = dict(otlp_json.message("resource", raw_resource), schemaUrl=resource_schema_url)
        raw_scope = dict(scopes[entry["scope"]])
        schema_url = raw_scope.pop("schemaUrl", "")
        scope = dict(otlp_json.message("scope", raw_scope), schemaUrl=schema_url)
        for kind in ("span", "log", "metric"):
            if kind in entry:
                self.items += otlp_json.read_item(resource, scope, kind, entry[kind])


# ---- Matching items ---------------------------------------------------

def _service(item):
    name = item["resource"]["attributes"].get("service.name", {})
    return name.get("stringValue", "?")


def _base_key(item):
    """Names an item; the order distinguishes items of the same name."""
    where = f"{_service(item)}/{item['scope']['name']}"
    if "span" in item:
        return f"span {where}/{item['span']['spanId']}"
    if "log" in item:
        return f"log {where}"
    series = json.dumps(item["point"]["attributes"], sort_keys=True)
    return f"metric {where}/{item['metric']['name']} {series}"


def by_key(items, base_key=_base_key):
    """Items under unique names. The points of one series are in the order of
    time, log records and spans of one name in the order of arrival."""
    groups = collections.defaultdict(list)
    for item in items:
        groups[base_key(item)].append(item)
    result = {}
    for key, group in groups.items():
        if key.startswith("metric ") and all(
                isinstance(item["point"]["timeUnixNano"], int) for item in group):
            group.sort(key=lambda item: item["point"]["timeUnixNano"])
        for index, item in enumerate(group):
            result[f"{key} #{index}"] = item
    return result


# ---- Differences -------------------------------------------------------------

def _matches(matcher, received, window):
    if matcher == "$now":
        return isinstance(received, int) and window[0] <= received <= window[1]
    if matcher == "$uuid":
        return isinstance(received, str) and UUID.fullmatch(received) is not None
    raise ValueError(f"no such matcher: {matcher}")


def _same_leaf(expected, received, window):
    if isinstance(expected, str) and expected.startswith("$"):
        return _matches(expected, received, window)
    # repr distinguishes 1 from 1.0 and from True, 0.0 from -0.0, and makes NaN equal itself.
    return type(expected) is type(received) and repr(expected) == repr(received)


def differences(path, expected, received, window):
    """Yields (path, expected, received) for each leaf that differs."""
    if isinstance(expected, dict) and isinstance(received, dict):
        for name in list(expected) + [n for n in received if n not in expected]:
            yield from differences(f"{path}.{name}", expected.get(name, "(absent)"),
                                   received.get(name, "(absent)"), window)
    elif isinstance(expected, list) and isinstance(received, list):
        if len(expected) != len(received):
            yield f"{path} (length)", len(expected), len(received)
        for index, (one, other) in enumerate(zip(expected, received)):
            yield from differences(f"{path}[{index}]", one, other, window)
    elif not _same_leaf(expected, received, window):
        yield path, expected, received


def _time_differences(key, item):
    """Checks the order of an item's times, given or measured."""
    if "span" in item:
        span = item["span"]
        start, end = span["startTimeUnixNano"], span["endTimeUnixNano"]
        if start > end:
            yield f"{key}.span.endTimeUnixNano", f"at least {start}", end
    elif "point" in item:
        point = item["point"]
        start, time = point["startTimeUnixNano"], point["timeUnixNano"]
        if start > time:
            yield f"{key}.point.startTimeUnixNano", f"at most {time}", start


def _start_differences(received):
    """Checks that all points of a cumulative series begin at the same time."""
    starts = {}
    for key, item in received.items():
        if "point" in item:
            start = item["point"]["startTimeUnixNano"]
            first = starts.setdefault(key.rsplit(" #", 1)[0], start)
            if first != start:
                yield f"{key}.point.startTimeUnixNano", first, start


def _identity_differences(received):
    """Checks that one SDK is one service instance in every request."""
    instances = {}
    for key, item in received.items():
        attribute = item["resource"]["attributes"].get("service.instance.id")
        first = instances.setdefault(_service(item), attribute)
        if first != attribute:
            yield f"{key}.resource.attributes.service.instance.id", first, attribute


class Comparison:
    """Compares sets of received items with one expectation. It remembers items that
    are compared again, so that the self-test does not repeat their comparison."""

    def __init__(self, expectation):
        self._window = expectation.window
        self._expected = by_key(expectation.items)
        self._keys = {}  # id of an item: the item, its base key
        self._equal = set()  # (key, id) of remembered items without a difference

    def remember(self, items):
        """Remembers items that will be compared again, unchanged."""
        for item in items:
            self._keys[id(item)] = item, _base_key(item)

    def _base_key(self, item):
        known = self._keys.get(id(item))
        return known[1] if known else _base_key(item)

    def _item(self, key, item):
        if key not in self._expected:
            yield key, "(absent)", "an item that was not recorded"
            return
        if (key, id(item)) in self._equal:
            return
        found = list(differences(key, self._expected[key], item, self._window))
        found += _time_differences(key, item)
        if not found and id(item) in self._keys:
            self._equal.add((key, id(item)))
        yield from found

    def differences(self, items):
        """Yields (path, expected, received) for each leaf that differs."""
        received = by_key(items, self._base_key)
        for key in self._expected:
            if key not in received:
                yield key, "an item that was recorded", "(absent)"
        for key, item in received.items():
            yield from self._item(key, item)
        yield from _start_differences(received)
        yield from _identity_differences(received)

    def run(self, items):
        return list(self.differences(items))

    @property
    def item_count(self):
        return len(self._expected)


# ---- Self-test ---------------------------------------------------------------

def _changed(name, leaf):
    """Another value of the same type. For a time, one far from the run's window."""
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, float):
        return leaf + 0.5 if abs(leaf) < 1e15 else leaf / 2
    if isinstance(leaf, int):
        return leaf + 1
    if name.endswith("imeUnixNano"):
        return str(int(leaf) + A_DAY_NS)
    if name in ("intValue", "asInt", "count", "bucketCounts"):
        return str(int(leaf) - 1)
    if leaf in ("NaN", "Infinity", "-Infinity"):
        return 1.5
    return leaf + "x"


def mutations(node, name="", path=""):
    """Yields (path, apply, undo) for each small change to a parsed document."""
    children = node.items() if isinstance(node, dict) else enumerate(node)
    for index, child in list(children):
        label = index if isinstance(node, dict) else name
        where = f"{path}/{index}"
        if isinstance(child, (dict, list)):
            yield from mutations(child, label, where)
        else:
            yield _replacement(node, index, _changed(label, child), where)
        if isinstance(node, list):
            yield (f"{where} (left out)", lambda i=index: node.pop(i),
                   lambda i=index, c=child: node.insert(i, c))
            yield (f"{where} (twice)",
                   lambda i=index, c=child: node.insert(i, copy.deepcopy(c)),
                   lambda i=index: node.pop(i))
        elif child not in ({}, []):
            yield (f"{where} (left out)", lambda i=index: node.pop(i),
                   lambda i=index, c=child: node.update({i: c}))
    if isinstance(node, dict):
        yield (f"{path}/(unknown field)", lambda: node.update(unexpected=1),
               lambda: node.pop("unexpected"))


def _replacement(node, index, value, where):
    old = node[index]
    return (where, lambda: node.__setitem__(index, value), lambda: node.__setitem__(index, old))


def _split(request):
    """The same items as requests of one item each, in the same order."""
    for outer, inner, leaf, _ in otlp_json.SIGNALS:
        for by_resource in request.get(outer, []):
            for by_scope in by_resource.get(inner, []):
                for item in by_scope.get(leaf, []):
                    one = dict(by_resource, **{inner: [dict(by_scope, **{leaf: [item]})]})
                    yield copy.deepcopy({outer: [one]})


def _envelope(path):
    """True for a part that items share: the resource and the scope."""
    return re.search(r"/(resource|scope)(/| )", path) is not None


def self_test(comparison, requests):
    """Returns the paths of unnoticed changes, and the number of changes tried."""
    singles = [single for request in requests for single in _split(request)]
    parts = [otlp_json.read_request(single) for single in singles]
    items = [item for part in parts for item in part]
    comparison.remember(items)
    if comparison.run(items):
        raise ValueError("there are differences already")
    unnoticed, tried = [], 0
    envelopes_tried = set()
    for number, single in enumerate(singles):
        envelope = json.dumps([{name: part[name] if name in ("resource", "scope") else None
                                for name in part} for part in parts[number]], sort_keys=True)
        for path, apply, undo in mutations(single):
            if envelope in envelopes_tried and _envelope(path):
                continue
            apply()
            tried += 1
            if not _notices(comparison, parts, number, single):
                unnoticed.append(f"item {number + 1}: {path}")
            undo()
        envelopes_tried.add(envelope)
    return unnoticed, tried


def _notices(comparison, parts, number, changed):
    try:
        part = otlp_json.read_request(changed)
    except (ValueError, TypeError, KeyError, AttributeError):
        return True  # not OTLP any more
    items = [item for p in (*parts[:number], part, *parts[number + 1:]) for item in p]
    return next(comparison.differences(items), None) is not None


# ---- Command line --------------------------------------------------------------

def read_expectation(path):
    with open(path, encoding="utf-8") as file:
        return Expectation(file)


def read_requests(path):
    with open(path, "rb") as file:
        return [otlp_json.parse(line) for line in file if line.strip()]


def report(comparison, requests):
    """Prints the differences and returns their number."""
    try:
        items = [item for request in requests for item in otlp_json.read_request(request)]
    except ValueError as problem:
        print(f"what was received is not OTLP: {problem}")
        return 1
    found = comparison.run(items)
    for path, expected, received in found:
        print(f"{path}: expected {expected!r}, received {received!r}")
    print(f"{comparison.item_count} items expected, {len(items)} received, "
          f"{len(found)} differences")
    return len(found)


def report_self_test(comparison, requests):
    """Prints the unnoticed changes and returns their number."""
    unnoticed, tried = self_test(comparison, requests)
    for path in unnoticed:
        print(f"a change went unnoticed: {path}")
    print(f"{tried} changes tried, {len(unnoticed)} unnoticed")
    return len(unnoticed)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("expected")
    parser.add_argument("received")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    comparison = Comparison(read_expectation(arguments.expected))
    requests = read_requests(arguments.received)
    if report(comparison, requests):
        return 1
    return 1 if arguments.self_test and report_self_test(comparison, requests) else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files of haetae-view: what is exported and imported again is the same.

Usage: transfer_test.py PATH-TO-HAETAE-VIEW [unittest arguments]"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import view_process
from view_process import PATIENCE, View
from otlp_bodies import (any_value, attributes, data, double, fixed64, histogram_point, log, metric, number, number_point, packed_doubles,
                         packed_fixed64, request, span, varint)

S = 1_000_000_000
MAX = 2**64 - 1
TRACE = bytes(range(1, 17))
OTHER = bytes(range(2, 18))
HARD = {"big": 2**63 - 1, "small": -2**63, "half": 0.5, "huge": 1e300, "whole": 3.0, "minus": -0.0, "yes": True, "no": False, "empty": "", "bytes": b"\x00\xff\x10",
        "text": 'a"b\\c\n\u202eü😀', "list": [1, "a", True, [0.25], {"k": 2**62}], "none": [], "map": {"deep": {"er": [b"\x01"]}, "": {}}, "": "no name",
        "nan": float("nan"), "infinity": float("-inf")}

# Each table with what it points to in place of numbers of rows.
ROWS = {
    "span": "SELECT hex(s.trace_id), hex(s.span_id), hex(s.parent_id), coalesce(s.name, o.name), o.kind, o.entry, s.entry, s.status, s.start_ns, s.duration_ns, s.message,"
            " s.trace_state, s.flags, s.attributes, r.attributes, c.name, c.version, c.attributes FROM span s JOIN op o ON o.id = s.op JOIN resource r ON r.id = s.resource"
            " JOIN scope c ON c.id = s.scope",
    "event": "SELECT hex(s.span_id), e.time_ns, e.name, e.attributes FROM event e JOIN span s ON s.id = e.span",
    "link": "SELECT hex(s.span_id), hex(l.trace_id), hex(l.span_id), l.attributes FROM link l JOIN span s ON s.id = l.span",
    "log": "SELECT l.time_ns, l.severity, hex(l.trace_id), hex(l.span_id), l.event_name, l.body, l.attributes, r.attributes, c.name FROM log l"
           " JOIN resource r ON r.id = l.resource JOIN scope c ON c.id = l.scope",
    "point": "SELECT m.service, m.name, m.unit, m.kind, m.temporality, m.description, s.attributes, r.attributes, c.name, p.time_ns, p.start_ns, p.value, p.integer, p.count,"
             " p.sum, p.min, p.max, p.p50, p.p99, p.buckets FROM point p JOIN series s ON s.id = p.series JOIN metric m ON m.id = s.metric JOIN resource r ON r.id = s.resource"
             " JOIN scope c ON c.id = m.scope",
    "exemplar": "SELECT m.name, s.attributes, e.time_ns, e.value, hex(e.trace_id), hex(e.span_id), e.attributes FROM exemplar e JOIN series s ON s.id = e.series"
                " JOIN metric m ON m.id = s.metric",
    "error_group": "SELECT service, kind, fingerprint, sample, count, first_ns, last_ns FROM error_group",
    "rollup": "SELECT r.bucket_s, o.name, r.requests, r.errors, r.duration_sum, r.duration_max, hex(r.histogram) FROM rollup r JOIN op o ON o.id = r.op",
}


def rows(view):
    found = {}
    for table, question in ROWS.items():
        answer = view.question("sql", q=question)
        assert not answer["more"]
        found[table] = sorted(answer["rows"], key=repr)
    return found


def exemplar(at, value, attrs=None, ids=b""):
    return data(8, fixed64(2, at) + double(3, value) + ids + attributes(7, attrs or {}))


def number_exemplar(at, value):
    return data(5, fixed64(2, at) + double(3, value) + data(4, b"rootroot") + data(5, TRACE) + attributes(7, HARD))


def feed(view, now):
    def send(kind, items, service="shop", **more):
        assert view.post("/v1/" + kind, request(items, service, resource_attributes=more))[0] == 200

    link = data(1, OTHER) + data(2, b"otherotr") + attributes(4, HARD)
    root = span(TRACE, b"rootroot", "GET /rides", start=now - S, end=now, kind=2, error="no map 17", attrs=HARD,
                events=[("exception", HARD), ("", {})]) + data(3, "vendor=1") + data(13, link) + data(13, data(1, OTHER)) + varint_flags(257)
    send("traces", [root, span(TRACE, b"childchd", "", b"rootroot", now - 800, now - 100, 3)], **{"service.instance.id": "one", "hard": HARD})
    send("traces", [span(b"", b"noidnoid", "invalid", start=5, end=4), span(OTHER, b"otherotr", "GET /fares", start=1, end=2**62)], "maps")
    send("traces", [span(bytes([9]) * 8 + i.to_bytes(8, "big"), i.to_bytes(8, "big"), f"n{i % 7}", start=now - i, end=now + i) for i in range(1, 901)], "many")
    send("logs", [log("ride lost", 17, now, TRACE, b"rootroot", HARD), log({"a": [1, b"\x00"]}, 9, now - 1), log("", 0, now - 2), log('{"a": 1}', 5, now - 3),
                  fixed64(1, now - 4) + number(2, 13) + data(12, "an.event"), log(7, 21, now - 5)], "shop")
    full = histogram_point([9, 1, 0], [0.1, 2.0], 0.7, now - 50, attrs={"b": 1, "a": 2}, low=0.01, high=0.2)
    full += exemplar(now - 60, 0.2, HARD, data(4, b"rootroot") + data(5, TRACE)) + exemplar(now - 55, float("inf"))
    later = histogram_point([9, 2, 0], [0.1, 2.0], 0.9, now, attrs={"b": 1, "a": 2}) + exemplar(now - 10, 0.3) + exemplar(now + 10, 0.4)
    bare = fixed64(2, 1) + fixed64(3, now) + fixed64(4, 3)
    exponential = (fixed64(2, 1) + fixed64(3, now) + fixed64(4, 12) + double(5, -3.5) + number(6, (-3 << 1) ^ -1) + fixed64(7, 2**53 + 1)
                   + data(8, number(1, (-2 << 1) ^ -1) + data(2, bytes([1, 2, 3]))) + data(9, number(1, 8) + data(2, bytes([4]))) + double(12, -1.5) + double(14, 0.25))
    summary = fixed64(2, 1) + fixed64(3, now) + fixed64(4, 9) + double(5, 4.5) + data(6, double(1, 0.5) + double(2, 1.25)) + data(6, double(1, 1.0) + double(2, 7.0))
    send("metrics", [
        metric("http.time", "s", 9, [full, later, bare], 1) + data(2, "how long"),
        metric("rides", "1", 7, [number_point(2**62, now - 10), number_point(2**62 + 1, now) + number_exemplar(now - 5, 1.5)], 2, True),
        metric("open", "{door}", 7, [number_point(-0.25, now)], 1, False),
        metric("load", "1", 5, [number_point(0.25, now, attrs=HARD), number_point(float("nan"), now), number_point(float("inf"), now - 1)]),
        metric("sizes", "By", 10, [exponential], 2), metric("old", "s", 11, [summary, fixed64(3, now - 1) + fixed64(4, 2) + double(5, float("nan"))])], "shop", hard=HARD)
    huge = fixed64(2, 1) + fixed64(3, now) + fixed64(4, MAX)
    send("metrics", [
        metric("huge", "s", 9, [huge + packed_fixed64(6, [MAX, 2**53 + 1, 0]) + packed_doubles(7, [0.1, 2.0])]),
        metric("huge.sizes", "By", 10, [huge + fixed64(7, MAX) + data(8, data(2, varint(MAX) + varint(2**63)))]),
        metric("huge.old", "s", 11, [huge])], "counts")
    gone = fixed64(2, 1) + fixed64(3, now)
    send("metrics", [metric("gone", "s", 9, [gone + number(10, 1)]), metric("gone.sizes", "By", 10, [gone + number(10, 1)]),
                     metric("gone.old", "s", 11, [gone + number(8, 1)]), metric("gone.load", "1", 5, [gone + number(8, 1)])], "gone")


def varint_flags(value):
    return b"\x85\x01" + value.to_bytes(4, "little")  # field 16, fixed32


def run(*arguments, stdin=None):
    done = subprocess.run([view_process.PROGRAM, *arguments], stdin=stdin, capture_output=True, text=True, timeout=PATIENCE, check=False)
    return done.returncode, done.stdout, done.stderr


class Opened(View):
    """One that has opened files."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.hint = self.process.stderr.readline()  # where they are seen


class Transfer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.directory.name)
        cls.view = View().__enter__()
        cls.now = time.time_ns()
        feed(cls.view, cls.now)
        cls.url = f"http://127.0.0.1:{cls.view.port}"
        cls.rows = rows(cls.view)
        cls.file = cls.folder / "all.jsonl"
        assert run("export", str(cls.file), "--url", cls.url) == (0, "", "")

    @classmethod
    def tearDownClass(cls):
        cls.view.__exit__(None)
        cls.directory.cleanup()

    def check(self, view, expected=None):
        found = rows(view)
        for table, content in (expected or self.rows).items():
            self.assertTrue(content, table)
            self.assertEqual(found[table], content, table)

    def export(self, **arguments):
        """The lines of the answer, read."""
        path = "/api/export?" + "&".join(f"{name}={value}" for name, value in arguments.items())
        status, headers, body = self.view.ask("GET", path)
        self.assertEqual((status, headers["Content-Type"]), (200, "application/x-ndjson"), body)
        return [json.loads(line) for line in body.splitlines()]

    def test_what_is_sent_again_is_the_same(self):
        with View() as other:
            status, out, err = run("import", str(self.file), "--url", f"http://127.0.0.1:{other.port}")
            self.assertEqual((status, err), (0, ""))
            self.assertEqual(out, f"{len(self.file.read_bytes().splitlines())} lines\n")
            self.check(other)

    def test_a_file_is_opened(self):
        with Opened(str(self.file)) as other:
            self.check(other)
            totals = other.totals()
            self.assertEqual(totals["spans"], len(self.rows["span"]))

    def test_the_page_of_a_file_begins_with_its_time(self):
        small = self.folder / "small.jsonl"
        small.write_text(json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "1700000000000000001", "body": {"stringValue": "x"}}]}]}]}))
        with Opened(str(small), "--once") as view:
            self.assertEqual(view.hint, f"haetae-view: http://127.0.0.1:{view.port}/#/overview?from=1700000000000000001&to=1700000000000000002\n")

    def test_a_database_takes_and_gives_it(self):
        file = str(self.folder / "view.db")
        again = self.folder / "again.jsonl"
        self.assertEqual(run("import", str(self.file), "--db", file)[0], 0)
        self.assertEqual(run("export", str(again), "--db", file), (0, "", ""))
        with View("--db", file) as other:
            self.check(other)
        self.assertEqual(sorted(again.read_text().splitlines()), sorted(self.file.read_text().splitlines()))

    def test_lines_are_what_other_programs_read(self):
        """Each is one request, whose numbers of 64 bits are texts; whose ids are hexadecimal."""
        lines = [json.loads(line) for line in self.file.read_text().splitlines()]
        self.assertEqual({name for line in lines for name in line}, {"resourceSpans", "resourceLogs", "resourceMetrics"})
        spans = [s for line in lines for r in line.get("resourceSpans", []) for c in r["scopeSpans"] for s in c["spans"]]
        self.assertEqual(len(spans), 904)
        self.assertTrue(all(len(r["scopeSpans"][0]["spans"]) <= 500 for line in lines for r in line.get("resourceSpans", [])))
        root = next(s for s in spans if s["name"] == "GET /rides")
        self.assertEqual((root["traceId"], root["spanId"], root["kind"], root["flags"], root["traceState"]), (TRACE.hex(), b"rootroot".hex(), 2, 257, "vendor=1"))
        self.assertEqual((root["startTimeUnixNano"], root["endTimeUnixNano"]), (str(self.now - S), str(self.now)))
        self.assertEqual(root["status"], {"message": "no map 17", "code": 2})
        values = {a["key"]: a["value"] for a in root["attributes"]}
        self.assertEqual(values["big"], {"intValue": str(2**63 - 1)})
        self.assertEqual(values["half"], {"doubleValue": 0.5})
        self.assertEqual(values["yes"], {"boolValue": True})
        self.assertEqual(values["list"]["arrayValue"]["values"][4], {"kvlistValue": {"values": [{"key": "k", "value": {"intValue": str(2**62)}}]}})
        metrics = {m["name"]: m for line in lines for r in line.get("resourceMetrics", []) for c in r["scopeMetrics"] for m in c["metrics"]}
        self.assertEqual(metrics["rides"]["sum"]["isMonotonic"], True)
        self.assertEqual(metrics["rides"]["sum"]["dataPoints"][0]["asInt"], str(2**62))
        self.assertEqual(metrics["http.time"]["histogram"]["aggregationTemporality"], 1)
        self.assertEqual([len(p["exemplars"]) for p in metrics["http.time"]["histogram"]["dataPoints"]], [2, 2, 0])

    def test_counts_have_all_their_64_bits(self):
        def points(name):
            known = next(m for m in self.view.question("metrics", service="counts")["metrics"] if m["name"] == name)
            return self.view.question("metric", id=known["id"], buckets=1)["series"][0]["points"]

        self.assertEqual([points(name)[0]["count"] for name in ("huge", "huge.sizes", "huge.old")], [MAX] * 3)
        self.assertEqual(points("huge")[0]["buckets"]["counts"], [MAX, 2**53 + 1, 0])
        buckets = points("huge.sizes")[0]["buckets"]
        self.assertEqual((buckets["zero_count"], buckets["positive"]["counts"]), (MAX, [MAX, 2**63]))
        self.assertEqual(self.view.question("sql", q="SELECT count, printf('%u', count) FROM point WHERE count < 0")["rows"], [["-1", str(MAX)]] * 3)
        metrics = {m["name"]: m for line in self.export(service="counts", signal="points") for r in line["resourceMetrics"] for c in r["scopeMetrics"] for m in c["metrics"]}
        found = {name: next(iter(v for k, v in m.items() if isinstance(v, dict)))["dataPoints"][0] for name, m in metrics.items()}
        self.assertEqual({p["count"] for p in found.values()}, {str(MAX)})
        self.assertEqual(found["huge"]["bucketCounts"], [str(MAX), str(2**53 + 1), "0"])
        self.assertEqual((found["huge.sizes"]["zeroCount"], found["huge.sizes"]["positive"]["bucketCounts"]), (str(MAX), [str(MAX), str(2**63)]))
        # An expectation compares them as numbers.
        status, _, err = run("--expect", "points where count > 1e19", "--exactly", "3", "--timeout", "0", "--url", self.url)
        self.assertEqual((status, err), (0, ""))

    def test_a_distribution_without_a_value_has_none_afterwards(self):
        metrics = [m for line in self.export(service="gone", signal="points") for r in line["resourceMetrics"] for c in r["scopeMetrics"] for m in c["metrics"]]
        found = {m["name"]: next(iter(v for v in m.values() if isinstance(v, dict)))["dataPoints"][0] for m in metrics}
        self.assertEqual({name: point.get("flags") for name, point in found.items()}, {"gone": 1, "gone.sizes": 1, "gone.old": 1, "gone.load": None})
        self.assertFalse(any("count" in point for point in found.values()))

    def test_a_part_is_exported(self):
        def services(lines):
            return {a["value"]["stringValue"] for line in lines for group in line.values() for r in group for a in r["resource"]["attributes"] if a["key"] == "service.name"}

        of_trace = self.export(trace=TRACE.hex())
        self.assertEqual([list(line) for line in of_trace], [["resourceSpans"], ["resourceLogs"]])
        self.assertEqual(services(of_trace), {"shop"})
        self.assertEqual(services(self.export(service="maps", window=900)), set())  # it began long ago
        self.assertEqual(services(self.export(service="maps", **{"from": 0})), {"maps"})
        self.assertEqual(self.export(**{"from": 1, "to": 2, "service": "many"}), [])
        file = self.folder / "trace.jsonl"
        self.assertEqual(run("export", str(file), "--trace", TRACE.hex(), "--url", self.url)[0], 0)
        self.assertEqual([json.loads(line) for line in file.read_text().splitlines()], of_trace)
        status, out, _ = run("export", "-", "--since", "15m", "--service", "shop", "--url", self.url)
        self.assertEqual((status, services(map(json.loads, out.splitlines()))), (0, {"shop"}))

    def test_answers_come_in_parts(self):
        spans, after = [], 0
        while after is not None:
            *lines, last = self.export(signal="spans", after=after, limit=400, **{"from": 0})
            after = last.get("haetaeView", {}).get("after")
            lines += [last] if after is None else []
            spans += [s["spanId"] for line in lines for r in line["resourceSpans"] for c in r["scopeSpans"] for s in c["spans"] if "spanId" in s]
        self.assertEqual(len(spans), len(set(spans)))
        self.assertEqual(len(spans), 903)  # one has invalid ids

    def test_wrong_questions_are_refused(self):
        for arguments, words in (("signal=x", "signal"), ("limit=5", "signal="), ("signal=logs&limit=0", "limit=0"), ("trace=12", "trace=12"), ("incident=x", "incident=x")):
            status, headers, body = self.view.ask("GET", "/api/export?" + arguments)
            self.assertEqual((status, headers["Content-Type"]), (400, "application/json"))
            self.assertIn(words, json.loads(body)["error"])
        self.assertEqual(self.view.ask("GET", "/api/export?incident=77")[0], 404)
        self.assertEqual(self.view.ask("GET", "/api/export", None, {"Host": "evil.example"})[0], 403)

    def test_an_incident_is_a_file(self):
        body = {"title": "<b>slow\n", "from_ns": str(self.now - 2 * S), "to_ns": str(self.now + S), "created_ns": "5"}
        status, _, answer = self.view.ask("POST", "/api/incidents", json.dumps(body), {"X-Haetae": "1"})
        self.assertEqual(status, 200)
        incident = json.loads(answer)["id"]
        for at, text in ((self.now, "seen"), (self.now - S, 'a "note"')):
            self.view.ask("POST", "/api/note", json.dumps({"incident": incident, "text": text, "time_ns": str(at)}), {"X-Haetae": "1"})
        status, _, content = self.view.ask("GET", f"/api/export?incident={incident}")
        self.assertEqual(status, 200)
        head = json.loads(content.splitlines()[0])["haetaeView"]
        self.assertEqual(head["incident"], body)
        self.assertEqual([n["text"] for n in head["notes"]], ['a "note"', "seen"])
        file = self.folder / "incident.jsonl"
        file.write_bytes(content)
        mine = self.view.question("incident", id=incident)

        def same(other):
            found = other.question("incidents")["incidents"][0]
            self.assertEqual({**found, "id": incident}, mine["incident"])
            theirs = other.question("incident", id=found["id"])["timeline"]
            self.assertEqual([t for t in theirs if t["kind"] in ("note", "error")], [t for t in mine["timeline"] if t["kind"] in ("note", "error")])

        with Opened(str(file)) as other:
            same(other)
        with View() as other:
            self.assertEqual(run("import", str(file), "--url", f"http://127.0.0.1:{other.port}")[0], 0)
            same(other)

    def test_an_incident_that_could_not_be_marked_is_not_taken_from_a_file(self):
        good = {"title": "t", "from_ns": "1", "to_ns": "2", "created_ns": "3"}
        cases = (({**good, "title": "x" * 4001}, [], "a text has more than 4000 bytes"), ({**good, "title": ""}, [], "a text is empty"),
                 ({}, [], "a text is empty"), ({**good, "from_ns": "-1"}, [], "its times are not in order"), ({**good, "to_ns": "0"}, [], "its times are not in order"),
                 (good, [{"time_ns": "1", "text": "n"}, {"time_ns": "1", "text": "x" * 4001}], "a text has more than 4000 bytes"),
                 (good, [{"time_ns": "-1", "text": "n"}], "a note has no time"), (good, [{}], "a text is empty"))
        file = self.folder / "bad_incident.jsonl"
        database = self.folder / "incidents.db"
        with View() as other:
            for incident, notes, problem in cases:
                file.write_text(json.dumps({"haetaeView": {"incident": incident, "notes": notes}}) + "\n")
                for where in (("--url", f"http://127.0.0.1:{other.port}"), ("--db", str(database))):
                    status, out, err = run("import", str(file), *where)
                    self.assertEqual((status, out), (1, "0 lines\n"), (incident, notes))
                    self.assertIn("first line 1: the incident cannot be kept: " + problem, err)
            self.assertEqual(other.question("incidents")["incidents"], [])
        file.write_text(json.dumps({"haetaeView": {"incident": good, "notes": [{"time_ns": "1", "text": "x" * 4000}]}}) + "\n")
        self.assertEqual(run("import", str(file), "--db", str(database)), (0, "1 lines\n", ""))
        with View("--db", str(database)) as other:
            self.assertEqual([i["notes"] for i in other.question("incidents")["incidents"]], [1])

    def test_what_is_no_otlp_is_named(self):
        file = self.folder / "bad.jsonl"
        good = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}'
        file.write_text(f"\n{good}\nno json\n{{\"resourceSpans\":7}}\n{{\"haetaeView\":{{}}}}\n  \n{good}")  # the last line has no end
        with View() as other:
            status, out, err = run("import", str(file), "--url", f"http://127.0.0.1:{other.port}")
            self.assertEqual((status, out), (1, "2 lines\n"))
            self.assertIn("3 lines were not taken, first line 3: it is no OTLP in JSON", err)
            self.assertEqual(other.totals()["logs"], 2)
        with Opened(str(file)) as view:
            self.assertIn("3 lines were not taken", view.first_line)
            self.assertEqual(view.totals()["logs"], 2)
            self.assertIn("listening", view.hint)
            self.assertIn("overview?from=", view.process.stderr.readline())
        file.write_text("no json at all\n")
        status, _, err = run(str(file), "--listen", "127.0.0.1:0")
        self.assertEqual(status, 1)
        self.assertIn("first line 1", err)
        for expected, *arguments in ((2, str(self.folder / "gone"), "--listen", "127.0.0.1:0"), (1, "import", str(self.folder / "gone"), "--db", str(self.folder / "new.db"))):
            status, _, err = run(*arguments)
            self.assertEqual(status, expected)
            self.assertIn("No such file", err)
        self.assertEqual(run("import")[0], 2)
        self.assertEqual(run("export")[0], 2)

    def test_a_file_that_is_there_stays_until_another_is_whole(self):
        file = self.folder / "kept.jsonl"
        file.write_text("before")
        status, _, err = run("export", str(file), "--url", "http://127.0.0.1:1")
        self.assertEqual(status, 1)
        self.assertIn("cannot reach", err)
        self.assertEqual(file.read_text(), "before")
        self.assertFalse(pathlib.Path(str(file) + ".part").exists())
        self.assertEqual(run("export", str(file), "--url", self.url, "--service", "maps")[0], 0)
        self.assertNotEqual(file.read_text(), "before")


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    unittest.main()

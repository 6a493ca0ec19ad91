#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Incidents that haetae-view keeps: marking, notes, the timeline, and who may change them.

Usage: incidents_test.py PATH-TO-HAETAE-VIEW [unittest arguments]"""
import json
import pathlib
import sqlite3
import sys
import tempfile
import time
import unittest

import view_process
from view_process import PATIENCE, View, view_with_rules
from otlp_bodies import log, metric, number_point, request, span

S = 1_000_000_000
TRACE = bytes(range(1, 17))
MOST, MOST_NOTES = 100, 1000


def order(view, method, path, body=None, **headers):
    """The status and the answer."""
    headers = {"X-Haetae": "1", **{name.replace("_", "-"): value for name, value in headers.items()}}
    headers = {name: value for name, value in headers.items() if value is not None}
    text = json.dumps(body) if isinstance(body, dict) else body
    status, _, answer = view.ask(method, "/api/" + path, text, headers)
    return status, json.loads(answer) if answer.startswith(b"{") else None


def mark(view, title="slow", begin=0, end=None):
    status, answer = order(view, "POST", "incidents", {"title": title, "from_ns": str(begin), "to_ns": str(end or time.time_ns())})
    assert status == 200, answer
    return answer["id"]


class Incidents(unittest.TestCase):
    def test_one_is_marked_noted_and_deleted(self):
        with View() as view:
            self.assertEqual(view.question("incidents")["incidents"], [])
            view.question("incident", 404, id=1)
            old, new = mark(view, "old", 5, 9), mark(view, "<b>ü\n\u202e", 2**62, 2**62 + 1)
            found = view.question("incidents")["incidents"]
            self.assertEqual([(i["id"], i["title"], i["from_ns"], i["to_ns"], i["notes"]) for i in found],
                             [(new, "<b>ü\n\u202e", str(2**62), str(2**62 + 1), 0), (old, "old", "5", "9", 0)])
            self.assertAlmostEqual(int(found[0]["created_ns"]), time.time_ns(), delta=60 * S)
            self.assertEqual(order(view, "POST", "note", {"incident": old, "text": "seen", "time_ns": 7})[0], 200)
            self.assertEqual(order(view, "POST", "note", {"incident": int(old), "text": "later"})[0], 200)
            answer = view.question("incident", id=old)
            self.assertEqual([(t["kind"], t["text"], t["trace_id"]) for t in answer["timeline"]], [("note", "seen", None), ("note", "later", None)])
            self.assertEqual(answer["timeline"][0]["time_ns"], "7")
            # A note after its end moves that.
            self.assertEqual((answer["incident"]["notes"], answer["incident"]["to_ns"]), (2, answer["timeline"][1]["time_ns"]))
            self.assertEqual(order(view, "DELETE", f"incident?id={old}")[0], 200)
            self.assertEqual([i["id"] for i in view.question("incidents")["incidents"]], [new])
            view.question("incident", 404, id=old)
            self.assertEqual(view.question("sql", q="SELECT count(*) FROM note")["rows"], [["0"]])
            for method, path, body in (("DELETE", f"incident?id={old}", None), ("POST", "note", {"incident": old, "text": "x"})):
                status, answer = order(view, method, path, body)
                self.assertEqual((status, answer["error"]), (404, "there is no incident of this number"))

    def test_the_timeline_has_what_happened(self):
        now = time.time_ns()
        begin = now - 60 * S

        def serve(view, instance, version, at, error=None):
            view.post("/v1/traces", request([span(TRACE, at.to_bytes(8, "big"), "GET /", start=at, end=at + 1, kind=2, error=error)], "shop",
                      resource_attributes={"service.instance.id": instance, "service.version": version, "zone": "ab"[version == "1.5"], "process.pid": int(instance[1:])}))

        def count(view, value, at, start):
            view.post("/v1/metrics", request([metric("n", "1", 7, [number_point(value, at, start)], 2, True)], "stock"))

        with View() as view:
            serve(view, "i1", "1.4", begin - 500 * S)
            serve(view, "i2", "1.5", begin + 20 * S)
            serve(view, "i2", "1.5", begin + 30 * S, error="no map 17")
            serve(view, "i2", "1.5", begin + 40 * S, error="no map 18")
            count(view, 5, begin + 10 * S, begin - 100 * S)
            count(view, 1, begin + 51 * S, begin + 50 * S)
            mark(view, "other", 1, 2)
            incident = mark(view, "slow", begin, now)
            order(view, "POST", "note", {"incident": incident, "text": "rolled back", "time_ns": str(begin + 45 * S)})
            timeline = view.question("incident", id=incident)["timeline"]
            self.assertEqual([t["time_ns"] for t in timeline], sorted(t["time_ns"] for t in timeline))
            self.assertCountEqual([(t["kind"], t["text"]) for t in timeline], [
                ("restart", "shop 1.5 i2 began"), ("change", "shop: service.version 1.4 → 1.5"), ("change", "shop: zone a → b"),
                ("error", "shop: GET /: no map 18 (for the first time)"), ("error", "shop: GET /: no map 18 (the last of 2 so far)"),
                ("note", "rolled back"), ("restart", "stock restarted")])
            times = {t["text"]: int(t["time_ns"]) for t in timeline}
            self.assertEqual(times["stock restarted"], begin + 50 * S)
            self.assertAlmostEqual(times["shop 1.5 i2 began"], begin + 20 * S, delta=10 * S)
            self.assertEqual({t["trace_id"] for t in timeline if t["kind"] == "error"}, {TRACE.hex()})

    def test_alerts_are_in_the_timeline(self):
        rules = "every: 1s\nrules:\n  - {name: fails, kind: error_rate, above: 0.5, summary: many fail}\n"
        with view_with_rules(self, rules) as view:
            now = time.time_ns()
            view.post("/v1/traces", request([span(TRACE, b"12345678", start=now - 1000, end=now, kind=2, error="broken")]))
            incident = mark(view, "fails", now - S, now + 600 * S)
            end = time.monotonic() + PATIENCE
            alerts = []
            while not alerts and time.monotonic() < end:
                alerts = [t["text"] for t in view.question("incident", id=incident)["timeline"] if t["kind"] == "alert"]
                time.sleep(0.05)
            self.assertEqual(alerts, ["fails fires: many fail"])

    def test_a_file_keeps_them(self):
        with tempfile.TemporaryDirectory() as folder:
            file = str(pathlib.Path(folder) / "view.db")
            with View("--db", file) as view:
                view.post("/v1/logs", request([log("x", 9)]))
                incident = mark(view, "kept", 1, 2)
                order(view, "POST", "note", {"incident": incident, "text": "noted"})
                self.assertEqual(view.question("incident", id=incident)["timeline"][0]["text"], "noted")
            with View("--db", file) as view:
                view.post("/v1/logs", request([log("y", 9)]))
                self.assertEqual(view.question("incidents")["incidents"][0]["title"], "kept")
                order(view, "DELETE", f"incident?id={incident}")
            with sqlite3.connect(file) as db:
                self.assertEqual(db.execute("SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM note), (SELECT count(*) FROM log)").fetchone(), (0, 0, 2))

    def test_there_are_only_so_many(self):
        with View() as view:
            ids = [mark(view, f"{i}", i, i + 1) for i in range(MOST)]
            status, answer = order(view, "POST", "incidents", {"title": "one more", "from_ns": 1, "to_ns": 2})
            self.assertEqual((status, answer["error"]), (503, "there are too many: delete an incident"))
            order(view, "DELETE", f"incident?id={ids[0]}")
            mark(view)
            for i in range(MOST_NOTES):
                self.assertEqual(order(view, "POST", "note", {"incident": ids[1], "text": "n"})[0], 200)
            self.assertEqual(order(view, "POST", "note", {"incident": ids[2], "text": "one more"})[0], 503)
            self.assertEqual(view.question("incident", id=ids[1])["incident"]["notes"], MOST_NOTES)

    def test_only_the_own_page_and_programs_change_them(self):
        good = {"title": "x", "from_ns": "1", "to_ns": "2"}
        with View() as view:
            for headers in ({"X_Haetae": None}, {"X_Haetae": "2"}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"},
                            {"Origin": f"https://127.0.0.1:{view.port}"}):
                for method, path, body in (("POST", "incidents", good), ("POST", "note", {"incident": 1, "text": "x"}), ("DELETE", "incident?id=1", None)):
                    self.assertEqual(order(view, method, path, body, **headers)[0], 403, (headers, path))
            self.assertEqual(view.question("incidents")["incidents"], [])
            self.assertEqual(order(view, "POST", "incidents", good, Origin=f"http://127.0.0.1:{view.port}")[0], 200)
            for method, path, allow in (("PUT", "incidents", "GET, HEAD, POST"), ("DELETE", "incidents", "GET, HEAD, POST"), ("POST", "incident", "GET, HEAD, DELETE"),
                                        ("GET", "note", "POST"), ("OPTIONS", "incidents", "GET, HEAD, POST")):
                status, headers, _ = view.ask(method, "/api/" + path, None, {"X-Haetae": "1"})
                self.assertEqual((status, headers["Allow"]), (405, allow))
                self.assertIsNone(headers["Access-Control-Allow-Origin"])

    def test_wrong_bodies_are_refused(self):
        with View() as view:
            for body, words in (("[]", "an object"), ("{", "an object"), ('{"title":{}}', "an object"), ('{"title":"a"} x', "an object"), ('{"a\\u0000b":"1"}', "an object"),
                                ("{}", "title= is missing"), ('{"title":"a","from_ns":"x"}', "from_ns=x"), ('{"title":"a","from_ns":3,"to_ns":2}', "in this order"),
                                ('{"title":"a","from_ns":3}', "in this order"), ('{"title":"a","to_ns":3}', "in this order"), ('{"title":"a","from_ns":-1,"to_ns":2}', "from_ns=-1"),
                                (json.dumps({"title": "ü" * 2001, "from_ns": 1, "to_ns": 2}), "at most 4000 bytes")):
                status, answer = order(view, "POST", "incidents", body)
                self.assertEqual(status, 400, body)
                self.assertIn(words, answer["error"])
            self.assertEqual(order(view, "POST", "incidents", json.dumps({"title": "x" * 17_000}))[0], 413)
            for path in ("incident", "incident?id=0", "incident?id=x"):
                self.assertEqual(order(view, "DELETE", path)[0], 400)
            self.assertEqual(view.question("incidents")["incidents"], [])


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What haetae-view answers under /api/: the content of each answer, from what was sent as OTLP.

Usage: api_test.py PATH-TO-HAETAE-VIEW [unittest arguments]"""
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

import view_process
from view_process import PATIENCE, PROTOBUF, View
from otlp_bodies import (attributes, data, double, fixed64, histogram_point, log, metric, number,
                         number_point, request, span)

MS = 1_000_000
S = 1_000_000_000
TRACE = bytes(range(1, 17))
OTHER = bytes(range(2, 18))


def ids_of(traces):
    return [trace["trace_id"] for trace in traces]


def exemplar(value, time_, trace, span_id, attrs=None):
    return (fixed64(2, time_) + double(3, value) + data(4, span_id) + data(5, trace) +
            attributes(7, attrs or {}))


class Fed(unittest.TestCase):
    """A view that has got one of everything, a second ago."""

    @classmethod
    def setUpClass(cls):
        cls.view = View()
        cls.now = time.time_ns() - S
        now = cls.now
        link = data(1, OTHER) + data(2, b"otherotr") + attributes(4, {"why": "retry"})
        root = span(TRACE, b"rootroot", "GET /rides", start=now - 900 * MS, end=now, kind=2,
                    error="no map 17", attrs={"http.route": "/rides", "big": 2**63 - 1, "x": 0.5,
                                              "list": [1, "a", None or "b"], "map": {"k": True},
                                              "raw": b"\x00\xff"})
        child = span(TRACE, b"childchd", "match", b"rootroot", now - 800 * MS, now - 100 * MS, 3,
                     events=[("exception", {"exception.type": "E"})])
        shop = {"service.instance.id": "one", "service.version": "2.0"}
        cls.post("traces", request([root + data(3, "vendor=1") + data(13, link), child],
                                   resource_attributes=shop))
        cls.post("traces", request([root], resource_attributes=shop))  # a duplicate
        cls.post("traces", request([span(TRACE, b"mapsmaps", "GET /map", b"childchd",
                                         now - 700 * MS, now - 200 * MS, 2)], service="maps"))
        cls.post("traces", request([span(OTHER, b"otherotr", "GET /fares", start=now - 20 * MS,
                                         end=now - 10 * MS, kind=2)],
                                   resource_attributes={"service.instance.id": "two"}))
        cls.post("logs", request([
            log("ride 1 lost", 17, now, TRACE, b"rootroot", {"ride": 1}), log("ride 2 lost", 17, now),
            log({"a": [1, 2]}, 9, now), log("slow", 13, now)]))
        buckets = histogram_point([9, 1], [0.1], 0.7, now, attrs={"b": 1, "a": 2}, low=0.01, high=0.2)
        buckets += data(8, exemplar(0.2, now, TRACE, b"rootroot", {"user": "u"}))
        cls.post("metrics", request([
            metric("http.time", "s", 9, [buckets]) + data(2, "how long"),
            metric("rides", "1", 7, [number_point(2**62, now - 10), number_point(2**62 + 1, now)], 2,
                   True),
            metric("load", "1", 5, [number_point(0.25, now)])]))

    @classmethod
    def post(cls, path, body):
        assert cls.view.post("/v1/" + path, body)[0] == 200

    @classmethod
    def tearDownClass(cls):
        cls.view.__exit__(None)

    def ask(self, path, code=200, /, **arguments):
        return self.view.question(path, code, **arguments)

    # ---- Services ---------------------------------------------------------------------------

    def test_overview_has_totals_and_each_service(self):
        answer = self.ask("overview")
        totals = answer["totals"]
        self.assertEqual([totals[n] for n in ("spans", "duplicate_spans", "logs", "data_points")],
                         [5, 1, 4, 4])
        self.assertEqual([answer["kept"][n] for n in ("spans", "logs", "points")], [4, 4, 4])
        self.assertGreater(answer["kept"]["bytes_max"], answer["kept"]["bytes"])
        self.assertEqual(int(answer["to_ns"]) - int(answer["from_ns"]), 900 * S + 1)
        services = {s["name"]: s for s in answer["services"]}
        self.assertEqual(sorted(services), ["maps", "shop"])
        shop = services["shop"]
        self.assertEqual((shop["requests"], shop["errors"], shop["error_share"]), (2, 1, 0.5))
        self.assertEqual(shop["max_ns"], str(900 * MS))
        self.assertEqual(shop["p99_ns"], shop["max_ns"])
        self.assertAlmostEqual(int(shop["p50_ns"]), 10 * MS, delta=0.02 * 10 * MS)
        self.assertEqual(int(shop["mean_ns"]), 455 * MS)
        self.assertEqual(sum(step["requests"] for step in shop["steps"]), 2)
        self.assertTrue(all(step["time_s"] % answer["step_s"] == 0 for step in shop["steps"]))
        self.assertEqual(ids_of(answer["slowest"]), [TRACE.hex(), OTHER.hex()])
        self.assertEqual([e["count"] for e in answer["errors"]], [2, 1])

    def test_services_have_their_instances(self):
        services = {s["name"]: s["instances"] for s in self.ask("services")["services"]}
        self.assertEqual(sorted(services), ["maps", "shop"])
        self.assertEqual({i["instance"] for i in services["shop"]}, {"one", "two", None})
        one = next(i for i in services["shop"] if i["instance"] == "one")
        self.assertEqual(one["version"], "2.0")
        self.assertEqual(one["attributes"]["service.name"], "shop")

    def test_service_has_operations_and_calls(self):
        answer = self.ask("service", name="shop")
        self.assertEqual({o["name"]: (o["kind"], o["requests"], o["errors"])
                          for o in answer["operations"]},
                         {"GET /rides": ("server", 1, 1), "GET /fares": ("server", 1, 0)})
        self.assertEqual([(c["name"], c["kind"], c["requests"], c["max_ns"])
                          for c in answer["calls"]], [("match", "client", 1, str(700 * MS))])
        self.assertEqual(len(answer["instances"]), 3)
        self.assertEqual([s["name"] for s in answer["services"]], ["shop"])
        self.assertEqual(ids_of(answer["slowest"]), [TRACE.hex(), OTHER.hex()])
        self.ask("service", 404, name="nobody")
        self.assertIn("name", self.ask("service", 400)["error"])

    # ---- Traces -----------------------------------------------------------------------------

    def test_calls_name_whom_they_go_to(self):
        with View() as view:
            def post(service, *spans):
                view.post("/v1/traces", request(list(spans), service))

            post("shop", span(TRACE, b"rootroot", "GET /", start=1, end=9, kind=2), span(TRACE, b"callcall", "match", b"rootroot", 2, 8, 3, attrs={"server.address": "maps.local"}),
                 span(TRACE, b"inthesam", "inside", b"callcall", 2, 8), span(TRACE, b"tothesto", "select", b"rootroot", 2, 3, 3, attrs={"server.address": "db.local", "peer.service": "orders-db"}),
                 span(TRACE, b"elsewher", "GET", b"rootroot", 2, 3, 3, attrs={"server.address": "pay.example"}), span(OTHER, b"elsewhe2", "GET", b"", 2, 3, 3, attrs={"server.address": "mail.example"}),
                 span(TRACE, b"queueque", "send", b"rootroot", 2, 3, 4, attrs={"messaging.destination.name": "rides"}), span(TRACE, b"nobodyno", "who", b"rootroot", 2, 3, 3))
            post("maps", span(TRACE, b"mapsmaps", "GET /map", b"callcall", 3, 7, 2))
            answer = view.question("service", name="shop", **{"from": 0})
            self.assertCountEqual([(p["name"], p["kind"], p["peer"]) for p in answer["peers"]],
                                  [("match", "client", "maps"), ("select", "client", "orders-db"), ("GET", "client", "pay.example"), ("GET", "client", "mail.example"),
                                   ("send", "producer", "rides")])
            self.assertEqual(view.question("service", name="maps", **{"from": 0})["peers"], [])

    def test_errors_of_one_side_only(self):
        with View() as view:
            now = time.time_ns()

            def serve(n, version, instance, back, error, service="shop"):
                at = now - back * S
                view.post("/v1/traces", request([span(TRACE, n.to_bytes(8, "big"), "GET /", start=at, end=at + 1, kind=2, error=error)], service,
                          resource_attributes={"service.version": version, "service.instance.id": instance}))

            serve(1, "1.4", "a", 100, "no map 17")
            serve(2, "1.5", "b", 50, "no map 18")
            serve(3, "1.5", "b", 40, "no seats")
            serve(4, "1.5", "c", 30, "too late")
            serve(5, "1.5", "c", 20, "other's", "maps")
            view.post("/v1/logs", request([log("only logged", 17, now - 10 * S)], resource_attributes={"service.version": "1.5", "service.instance.id": "b"}))

            def new(**arguments):
                return sorted(e["text"] for e in view.question("new_errors", **arguments)["errors"])

            self.assertEqual(new(by="version", a="1.4", b="1.5", service="shop"), ["GET /: no seats", "GET /: too late", "only logged"])
            self.assertEqual(new(by="version", a="1.5", b="1.4", service="shop"), [])
            self.assertEqual(new(by="version", a="1.4", b="1.5"), ["GET /: no seats", "GET /: other's", "GET /: too late", "only logged"])
            self.assertEqual(new(by="instance", a="b", b="c", service="shop"), ["GET /: too late"])
            self.assertEqual(new(by="instance", a="c", b="b", service="shop"), ["GET /: no map 18", "GET /: no seats", "only logged"])
            # The 35 seconds before have nothing, the 60 seconds before the error that is the same.
            self.assertEqual(new(**{"from": now - 60 * S, "to": now - 25 * S}), ["GET /: no map 18", "GET /: no seats", "GET /: too late"])
            self.assertEqual(new(by="window", **{"from": now - 60 * S, "to": now}, service="shop"), ["GET /: no seats", "GET /: too late", "only logged"])
            for arguments in ({"by": "x"}, {"by": "version"}, {"by": "version", "a": "1"}):
                view.question("new_errors", 400, **arguments)

    def test_traces_are_shown_by_their_first_entry_span_the_newest_first(self):
        traces = self.ask("traces")["traces"]
        self.assertEqual(ids_of(traces), [OTHER.hex(), TRACE.hex()])
        first = traces[1]
        self.assertEqual([first[n] for n in ("service", "instance", "name", "kind", "status",
                                             "message", "spans", "errors", "services")],
                         ["shop", "one", "GET /rides", "server", "error", "no map 17", 3, 1, 2])
        self.assertEqual(first["duration_ns"], str(900 * MS))
        self.assertEqual(first["start_ns"], str(self.now - 900 * MS))

    def test_traces_are_found_by_what_is_asked(self):
        for arguments, found in (
                ({"service": "maps"}, [TRACE]), ({"op": "GET /fares"}, [OTHER]),
                ({"service": "maps", "op": "GET /fares"}, []), ({"min_ms": 100}, [TRACE]),
                ({"min_ms": 1000}, []), ({"status": "error"}, [TRACE]), ({"limit": 1}, [OTHER]),
                ({"sort": "slowest"}, [TRACE, OTHER]), ({"q": "no map"}, [TRACE]),
                ({"q": "/fares"}, [OTHER]), ({"q": '"k":true'}, [TRACE]), ({"q": "%"}, []),
                ({"from": self.now - 30 * MS, "to": self.now}, [OTHER]),
                ({"from": 0, "to": 1000}, []), ({"q": "GET", "service": "maps"}, [TRACE])):
            traces = self.ask("traces", **arguments)["traces"]
            self.assertEqual(ids_of(traces), [t.hex() for t in found], arguments)
        maps = self.ask("traces", service="maps")["traces"][0]
        self.assertEqual((maps["name"], maps["duration_ns"]), ("GET /map", str(500 * MS)))

    def test_traces_are_found_by_instance_and_longest_duration(self):
        for arguments, found in (({"instance": "one"}, [TRACE]), ({"instance": "two"}, [OTHER]), ({"instance": "three"}, []), ({"max_ms": 10}, [OTHER]),
                                 ({"max_ms": 9}, []), ({"max_ms": 900}, [OTHER, TRACE]), ({"min_ms": 11, "max_ms": 900}, [TRACE]),
                                 ({"instance": "one", "max_ms": 899}, []), ({"instance": "two", "q": "fares"}, [OTHER]), ({"instance": "two", "q": "rides"}, []),
                                 ({"q": "GET", "max_ms": 10}, [OTHER]), ({"instance": "two", "service": "maps"}, [])):
            self.assertEqual(ids_of(self.ask("traces", **arguments)["traces"]), [t.hex() for t in found], arguments)
        self.ask("traces", 400, max_ms=0)

    def test_logs_of_a_window(self):
        self.assertEqual(len(self.ask("logs", window=900)["logs"]), 4)
        for arguments in ({"to": self.now}, {"from": self.now + 1}, {"from": 0, "to": 1000}):
            self.assertEqual(self.ask("logs", **arguments)["logs"], [], arguments)
        self.assertEqual(len(self.ask("logs", level="error", **{"from": self.now})["logs"]), 2)

    def test_trace_has_all_that_was_sent(self):
        answer = self.ask("trace", id=TRACE.hex())
        self.assertEqual((answer["span_count"], answer["duration_ns"]), (3, str(900 * MS)))
        self.assertEqual([s["name"] for s in answer["spans"]], ["GET /rides", "match", "GET /map"])
        root, child, maps = answer["spans"]
        self.assertEqual(root["span_id"], b"rootroot".hex())
        self.assertIsNone(root["parent_id"])
        self.assertEqual(child["parent_id"], b"rootroot".hex())
        self.assertEqual(root["attributes"],
                         {"http.route": "/rides", "big": 2**63 - 1, "x": 0.5,
                          "list": [1, "a", "b"], "map": {"k": True}, "raw": "AP8="})
        self.assertEqual(root["trace_state"], "vendor=1")
        self.assertEqual(root["links"], [{"trace_id": OTHER.hex(), "span_id": b"otherotr".hex(),
                                          "attributes": {"why": "retry"}}])
        self.assertEqual(child["events"], [{"time_ns": str(self.now - 100 * MS), "name": "exception",
                                            "attributes": {"exception.type": "E"}}])
        self.assertEqual((root["entry"], child["entry"], maps["entry"]), (True, False, True))
        self.assertEqual((child["kind"], child["status"]), ("client", "unset"))
        self.assertEqual((root["scope"], root["scope_version"]), ("tests", "1.0"))
        resources = {r["resource"]: r for r in answer["resources"]}
        self.assertEqual(resources[root["resource"]]["instance"], "one")
        self.assertEqual(resources[maps["resource"]]["service"], "maps")
        self.assertEqual([entry["body"] for entry in answer["logs"]], ["ride 1 lost"])
        self.ask("trace", 404, id="f" * 32)
        self.ask("trace", 404, id="f" * 31)
        for digits in (8, 20, 31):  # as many as only it begins with
            self.assertEqual(self.ask("trace", id=TRACE.hex()[:digits])["trace_id"], TRACE.hex())
        for wrong in ("f" * 7, "f" * 33, "F" * 31, "F" * 32, "g" * 32):
            self.assertIn("trace id", self.ask("trace", 400, id=wrong)["error"])

    # ---- Logs and errors ----------------------------------------------------------------------

    def test_a_trace_becomes_trace_events(self):
        answer = self.ask("perfetto", trace=TRACE.hex())
        self.assertEqual(answer["otherData"], {"trace_id": TRACE.hex()})
        events = {e["name"]: e for e in answer["traceEvents"] if e["ph"] == "X"}
        self.assertEqual({name: (e["ts"], e["dur"], e["cat"], e["pid"], e["tid"]) for name, e in events.items()},
                         {"GET /rides": (0, 900e3, "server", 1, 1), "match": (100e3, 700e3, "client", 1, 1),
                          "GET /map": (200e3, 500e3, "server", 2, 1)})
        self.assertEqual([(e["pid"], e["args"]["name"]) for e in answer["traceEvents"] if e["ph"] == "M"], [(1, "shop"), (2, "maps")])
        arguments = events["GET /rides"]["args"]
        self.assertEqual([arguments[n] for n in ("big", "x", "list", "map", "span_id", "status", "start_ns")],
                         [str(2**63 - 1), "0.5", '[1,"a","b"]', '{"k":true}', b"rootroot".hex(), "error", str(self.now - 900 * MS)])
        for arguments, code in (({}, 400), ({"trace": "12"}, 400), ({"trace": "1" * 32}, 404)):
            self.ask("perfetto", code, **arguments)

    def test_spans_that_overlap_are_on_threads_of_their_own(self):
        with View() as view:
            spans = [(b"rootroot", 0, 100), (b"firstfir", 0, 40), (b"lastlast", 50, 100), (b"insideii", 60, 70), (b"latelate", 95, 200)]
            view.post("/v1/traces", request([span(TRACE, i, i.decode(), start=S + a, end=S + b) for i, a, b in spans]))
            events = view.question("perfetto", trace=TRACE.hex())["traceEvents"]
            threads = {e["name"]: e["tid"] for e in events if e["ph"] == "X"}
            self.assertEqual([threads[i.decode()] for i, _, _ in spans], [1, 1, 1, 1, 2])

    def test_logs_are_filtered(self):
        logs = self.ask("logs")["logs"]
        self.assertEqual([entry["body"] for entry in logs],
                         ["slow", '{"a":[1,2]}', "ride 2 lost", "ride 1 lost"])
        first = logs[3]
        self.assertEqual((first["trace_id"], first["span_id"], first["attributes"], first["level"]),
                         (TRACE.hex(), b"rootroot".hex(), {"ride": 1}, "error"))
        self.assertEqual(first["time_ns"], str(self.now))
        self.assertGreater(int(first["received_ns"]), self.now)
        for arguments, found in (
                ({"level": "error"}, [2, 3]), ({"level": "warn"}, [0, 2, 3]), ({"level": 17}, [2, 3]),
                ({"level": "info"}, [0, 1, 2, 3]), ({"q": "ride"}, [2, 3]), ({"q": "Ride"}, []),
                ({"q": '"ride":1'}, [3]), ({"trace": TRACE.hex()}, [3]), ({"limit": 2}, [0, 1]),
                ({"after": logs[2]["id"]}, [0, 1]), ({"before": logs[1]["id"]}, [2, 3]),
                ({"service": "shop"}, [0, 1, 2, 3]), ({"service": "maps"}, []),
                ({"q": "lost", "level": "error", "before": logs[2]["id"]}, [3])):
            self.assertEqual([entry["id"] for entry in self.ask("logs", **arguments)["logs"]],
                             [logs[i]["id"] for i in found], arguments)

    def test_errors_that_differ_in_digits_are_one(self):
        errors = self.ask("errors")["errors"]
        self.assertEqual([(e["kind"], e["text"], e["count"]) for e in errors],
                         [("log", "ride 2 lost", 2), ("span", "GET /rides: no map 17", 1)])
        self.assertEqual({e["trace_id"] for e in errors}, {TRACE.hex()})
        self.assertEqual(errors[0]["last_ns"], str(self.now))
        self.assertEqual(self.ask("errors", service="maps")["errors"], [])
        self.assertEqual(self.ask("errors", **{"from": self.now + 1})["errors"], [])

    def test_error_has_its_occurrences(self):
        log_error, span_error = self.ask("errors")["errors"]
        answer = self.ask("error", id=log_error["id"])
        self.assertEqual((answer["text"], answer["count"]), ("ride 2 lost", 2))
        self.assertEqual([o["text"] for o in answer["occurrences"]], ["ride 2 lost", "ride 1 lost"])
        occurrence, = self.ask("error", id=span_error["id"])["occurrences"]
        self.assertEqual([occurrence[n] for n in ("text", "instance", "trace_id", "span_id")],
                         ["GET /rides: no map 17", "one", TRACE.hex(), b"rootroot".hex()])
        self.assertEqual(len(self.ask("error", id=log_error["id"], limit=1)["occurrences"]), 1)
        self.ask("error", 404, id=9999)
        self.assertIn("id", self.ask("error", 400, id="x")["error"])

    # ---- Metrics ------------------------------------------------------------------------------

    def test_metrics_are_listed(self):
        metrics = self.ask("metrics")["metrics"]
        self.assertEqual([(m["name"], m["unit"], m["kind"], m["temporality"], m["series_count"])
                          for m in metrics],
                         [("http.time", "s", "histogram", "cumulative", 1),
                          ("load", "1", "gauge", "unspecified", 1),
                          ("rides", "1", "counter", "cumulative", 1)])
        self.assertEqual(metrics[0]["description"], "how long")
        self.assertEqual({m["scope"] for m in metrics}, {"tests"})
        self.assertEqual(self.ask("metrics", service="maps")["metrics"], [])

    def metric(self, name, **arguments):
        metric_id = next(m["id"] for m in self.ask("metrics")["metrics"] if m["name"] == name)
        return self.ask("metric", id=metric_id, **arguments)

    def test_histogram_has_buckets_and_exemplars(self):
        series, = self.metric("http.time", buckets=1)["series"]
        self.assertEqual(series["attributes"], {"a": 2, "b": 1})
        point, = series["points"]
        self.assertEqual([point[n] for n in ("count", "sum", "min", "max", "buckets", "start_ns")],
                         [10, 0.7, 0.01, 0.2, {"bounds": [0.1], "counts": [9, 1]}, "1"])
        self.assertTrue(0.01 < point["p50"] < 0.1 < point["p99"] <= 0.2)
        found, = series["exemplars"]
        self.assertEqual(found, {"time_ns": str(self.now), "value": 0.2, "trace_id": TRACE.hex(),
                                 "span_id": b"rootroot".hex(), "attributes": {"user": "u"}})
        self.assertNotIn("buckets", self.metric("http.time")["series"][0]["points"][0])

    def test_sum_keeps_its_history_and_all_digits(self):
        points = self.metric("rides")["series"][0]["points"]
        self.assertEqual([p["integer"] for p in points], [str(2**62 + 1), str(2**62)])
        self.assertEqual([p["time_ns"] for p in points], [str(self.now), str(self.now - 10)])
        point, = self.metric("load")["series"][0]["points"]
        self.assertEqual(point["value"], 0.25)
        self.assertNotIn("integer", point)
        self.assertEqual(self.metric("rides", **{"from": 0, "to": 9})["series"][0]["points"], [])

    # ---- SQL ------------------------------------------------------------------------------------

    def test_sql_reads(self):
        answer = self.ask("sql", q="SELECT name, kind, 1.5, NULL, x'00ff' FROM op "
                                   "WHERE service = 'maps'; ")
        self.assertEqual(answer["columns"][:2], ["name", "kind"])
        self.assertEqual((answer["rows"], answer["more"]),
                         ([["GET /map", "2", 1.5, None, "00ff"]], False))
        quantile, = self.ask("sql", q="SELECT histogram_quantile(sum_histograms(histogram), "
                                      "max(duration_max), 1.0) FROM rollup")["rows"]
        self.assertEqual(quantile, [str(900 * MS)])

    def test_sql_gives_no_more_than_a_thousand_rows(self):
        answer = self.ask("sql", q="SELECT 1 FROM log a, log b, log c, log d, log e, log f")
        self.assertEqual((len(answer["rows"]), answer["more"]), (1000, True))

    def test_sql_changes_nothing(self):
        for question in ("DELETE FROM span", "UPDATE log SET body = ''", "DROP TABLE span",
                         "PRAGMA user_version = 9", "PRAGMA page_count", "ATTACH ':memory:' AS x",
                         "CREATE TEMP TABLE t(x)", "BEGIN", "VACUUM", "REPLACE INTO op VALUES(1,2,3,4,5)",
                         "SELECT load_extension('x')", "SELECT 1; SELECT 2", "", "--", "SELECT nothing",
                         'SELECT "nothing" FROM span',
                         "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                         "SELECT count(*) FROM n", "SELECT zeroblob(100000000)", "SELEC"):
            self.assertIn("error", self.ask("sql", 400, q=question), question)
        self.assertEqual(self.ask("sql", q="SELECT count(*) FROM span")["rows"], [["4"]])

    # ---- Asking wrongly ---------------------------------------------------------------------------

    def test_wrong_arguments_are_named(self):
        for path, arguments, part in (
                ("traces", {"limit": 0}, "limit=0"), ("traces", {"min_ms": "fast"}, "min_ms=fast"),
                ("traces", {"status": "bad"}, "status"), ("traces", {"sort": "x"}, "sort"),
                ("overview", {"window": "-1"}, "window=-1"), ("errors", {"window": "1h"}, "window=1h"),
                ("metric", {"id": "1", "from": 5, "to": 5}, "from"), ("logs", {"level": "loud"}, "level"),
                ("logs", {"trace": "1"}, "trace=1"), ("logs", {"after": 2**64}, "after")):
            self.assertIn(part, self.ask(path, 400, **arguments)["error"])
        for path in ("", "overviews", "x" * 200, "overview/", "../totals.json"):
            self.ask(path, 404)

    def test_every_error_has_one_form_and_names_the_value(self):
        for path, headers, status, part in (
                ("traces?status=bad", {}, 400, "status=bad: error is expected"),
                ("traces?sort=best", {}, 400, "sort=best: newest or slowest is expected"),
                ("logs?level=zz", {}, 400, "level=zz: trace, debug, info, warn, error, fatal or a number from 0 to 24 is expected"),
                ("overview", {"Sec-Fetch-Site": "cross-site"}, 403, "other sites"),
                ("overview", {"Host": "evil.example"}, 403, "Host"),
                ("x" * 100, {}, 404, "no such question")):
            got, answered, body = self.view.ask("GET", f"/api/{path}", headers=headers)
            self.assertEqual((got, answered["Content-Type"]), (status, "application/json"), path)
            self.assertEqual(list(json.loads(body)), ["error"])
            self.assertIn(part, json.loads(body)["error"])

    def test_arguments_are_left_out_by_nobody(self):
        many = "&".join(f"a{i}=1" for i in range(16))
        self.assertEqual(self.view.ask("GET", f"/api/overview?{many}")[0], 200)
        status, _, body = self.view.ask("GET", f"/api/overview?{many}&window=zz")
        self.assertEqual((status, json.loads(body)["error"]), (400, "there are more than 16 arguments"))

    def test_a_question_that_takes_much_memory_ends(self):
        rows = " UNION ALL ".join(f"SELECT {i} AS id" for i in range(100))
        status, headers, body = self.view.ask("GET", "/api/sql?q=" + urllib.parse.quote(
            f"WITH n AS ({rows}) SELECT count(*) FROM (SELECT DISTINCT zeroblob(1000000) || a.id || b.id FROM n a, n b)"))
        self.assertEqual((status, headers["Retry-After"] is not None), (503, True))
        self.assertIn("more memory", json.loads(body)["error"])

    def test_only_get_from_this_machine_is_answered(self):
        status, headers, _ = self.view.ask("POST", "/api/overview", b"x", PROTOBUF)
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        status, _, _ = self.view.ask("GET", "/api/overview", None, {"Host": "evil.example"})
        self.assertEqual(status, 403)
        status, headers, body = self.view.ask("HEAD", "/api/overview")
        self.assertEqual((status, body), (200, b""))
        self.assertIsNone(headers["Access-Control-Allow-Origin"])

    def test_many_questions_at_the_same_time_are_answered_or_told_to_wait(self):
        connections = []
        for _ in range(100):
            connection = self.view.connect()
            connection.request("GET", "/api/overview")
            connections.append(connection)
        statuses = {}
        for connection in connections:
            answer = connection.getresponse()
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
            answer.read()
            connection.close()
        self.assertEqual(set(statuses) - {503}, {200})


class Json(unittest.TestCase):
    """OTLP in JSON gives what the same in protobuf gives."""

    def send(self, view, path, body):
        status, headers, answer = view.ask("POST", "/v1/" + path, json.dumps(body),
                                           {"Content-Type": "application/json"})
        self.assertEqual((status, answer, headers["Content-Type"]), (200, b"{}", "application/json"))

    def test_everything_arrives(self):
        def block(name, items):
            return {"resource": {"attributes": [
                {"key": "service.name", "value": {"stringValue": "해태"}},
                {"key": "service.instance.id", "value": {"stringValue": "i"}}]},
                    "scope" + name[:1].upper() + name[1:]: [{"scope": {"name": "lib", "version": "2"}, **items}]}

        now = time.time_ns() - S
        with View() as view:
            self.send(view, "traces", {"resourceSpans": [block("spans", {"spans": [{
                "traceId": TRACE.hex().upper(), "spanId": b"rootroot".hex(), "parentSpanId": "",
                "name": "GET \u0000 😀", "kind": 2, "startTimeUnixNano": str(now - MS),
                "endTimeUnixNano": str(now), "traceState": "a=b", "flags": 257,
                "status": {"code": "STATUS_CODE_ERROR", "message": "broken"},
                "attributes": [{"key": "n", "value": {"intValue": "-9223372036854775808"}},
                               {"key": "m", "value": {"intValue": 7}},
                               {"key": "b", "value": {"bytesValue": "AP8="}},
                               {"key": "l", "value": {"arrayValue": {"values": [{"boolValue": True}, {}]}}},
                               {"key": "o", "value": {"kvlistValue": {"values": [
                                   {"key": "x", "value": {"doubleValue": "NaN"}}]}}}],
                "events": [{"timeUnixNano": str(now), "name": "e"}],
                "links": [{"traceId": OTHER.hex(), "spanId": b"otherotr".hex()}],
                "unknownMember": [{"a": None}]}]})]})
            self.send(view, "logs", {"resourceLogs": [block("logs", {"logRecords": [
                {"timeUnixNano": str(now), "severityNumber": 13, "body": {"stringValue": "slow"},
                 "traceId": TRACE.hex(), "spanId": b"rootroot".hex()}]})]})
            self.send(view, "metrics", {"resourceMetrics": [block("metrics", {"metrics": [
                {"name": "c", "unit": "1", "sum": {"isMonotonic": True, "aggregationTemporality": 2,
                                                   "dataPoints": [{"timeUnixNano": str(now), "asInt": "5"}]}},
                {"name": "h", "histogram": {"aggregationTemporality": 2, "dataPoints": [
                    {"timeUnixNano": str(now), "count": "3", "sum": 1.5, "bucketCounts": ["1", 2],
                     "explicitBounds": [0.5]}]}}]})]})
            answer = view.question("trace", id=TRACE.hex())
            root, = answer["spans"]
            self.assertEqual([root[n] for n in ("service", "instance", "name", "kind", "status", "message",
                                                "trace_state", "flags", "scope", "scope_version")],
                             ["해태", "i", "GET \\x00 😀", "server", "error", "broken", "a=b", 257, "lib", "2"])
            self.assertEqual(root["attributes"], {"n": -2**63, "m": 7, "b": "AP8=", "l": [True, None],
                                                  "o": {"x": "NaN"}})
            self.assertEqual(root["duration_ns"], str(MS))
            self.assertEqual([e["name"] for e in root["events"]], ["e"])
            self.assertEqual(root["links"][0]["trace_id"], OTHER.hex())
            self.assertEqual([entry["body"] for entry in answer["logs"]], ["slow"])
            points = {m["name"]: view.question("metric", id=m["id"], buckets=1)["series"][0]["points"][0]
                      for m in view.question("metrics")["metrics"]}
            self.assertEqual(points["c"]["integer"], "5")
            self.assertEqual(points["h"]["buckets"], {"bounds": [0.5], "counts": [1, 2]})
            totals = view.totals()
            self.assertEqual([totals[n] for n in ("requests", "spans", "logs", "measurements")], [3, 1, 1, 8])


class Extremes(unittest.TestCase):
    def test_durations_whose_sum_is_no_integer_are_answered(self):
        """As of six spans that say when they end only."""
        longest, all_time = 2**63 - 1, {"from": 0, "to": 2**63 - 1}
        with View() as view:
            for service, duration in (("shop", 2**61), ("maps", longest)):
                for i in range(6):
                    start = 20 * S * i
                    body = request([span(TRACE, service.encode() + b"000%d" % i, "GET /", start=start,
                                         end=start + duration, kind=2)], service=service)
                    self.assertEqual(view.post("/v1/traces", body)[0], 200)
            overview = view.question("overview", **all_time)
            self.assertEqual({s["name"]: (s["requests"], s["mean_ns"], s["max_ns"]) for s in overview["services"]},
                             {"shop": (6, str(2**61), str(2**61)), "maps": (6, str(longest), str(longest))})
            service = view.question("service", name="maps", **all_time)
            self.assertEqual([o["requests"] for o in service["operations"]], [6])
            self.assertEqual({s["name"]: s["spans"] for s in view.totals()["services"]}, {"shop": 6, "maps": 6})


class Elsewhere(unittest.TestCase):
    def test_other_machines_get_no_answers(self):
        with View("--listen", "0.0.0.0:0") as view:
            view.first_line += view.process.stderr.readline()
            self.assertEqual(view.ask("GET", "/api/overview")[0], 403)
            self.assertEqual(view.ask("GET", "/totals.json")[0], 200)


class Nul(unittest.TestCase):
    def test_an_encoded_nul_is_refused(self):
        with View() as view:
            for path in ("/api/overview%00", "/api/overview%00x?window=5", "/api/traces?q=a%00b", "/api/traces?limit%00=5",
                         "/totals.json%00", "/%00"):
                status, _, body = view.ask("GET", path)
                self.assertEqual(status, 400, path)
                self.assertIn(b"must not contain NUL (%00)", body)
            status, _, body = view.ask("GET", "/api/overview%00")
            self.assertEqual(json.loads(body), {"error": "the path and its arguments must not contain NUL (%00)"})
            # What is posted is counted as refused, and on the same connection others are answered.
            self.assertEqual(view.post("/v1/traces%00", request([span(TRACE, b"spanspan", "work")]))[0], 400)
            connection = view.connect()
            for path, expected in (("/api/overview%00", 400), ("/api/overview", 200), ("/api/traces?q=%2500", 200),
                                   ("/api/overview%00", 400)):
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                self.assertEqual(answer.status, expected, path)
            connection.close()
            totals = view.totals()
            self.assertEqual((totals["spans"], totals["refused_requests"]), (0, 1))


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.folder.name, "view.db")
        self.addCleanup(self.folder.cleanup)

    def spans(self, first, count):
        now = time.time_ns()
        return request([span(TRACE, i.to_bytes(8, "big"), "work", start=now - MS, end=now, kind=2)
                        for i in range(first, first + count)])

    def test_a_file_is_read_again(self):
        with View("--db", self.file) as view:
            view.post("/v1/traces", self.spans(1, 10))
            view.post("/v1/logs", request([log("kept", 17)]))
        with View("--db", self.file) as view:
            self.assertEqual(view.question("trace", id=TRACE.hex())["span_count"], 10)
            view.post("/v1/traces", self.spans(6, 10))
            view.post("/v1/logs", request([log("kept", 17)]))
            self.assertEqual(view.question("trace", id=TRACE.hex())["span_count"], 15)
            rows = view.question("sql", q="SELECT (SELECT count(*) FROM resource), "
                                          "(SELECT count(*) FROM op), (SELECT sum(requests) FROM rollup), "
                                          "(SELECT max(count) FROM error_group)")["rows"]
            self.assertEqual(rows, [["2", "3", "15", "2"]])

    def test_a_killed_program_leaves_what_was_answered(self):
        view = View("--db", self.file)
        for i in range(20):
            self.assertEqual(view.post("/v1/traces", self.spans(1 + 10 * i, 10))[0], 200)
        view.process.kill()
        view.process.communicate(timeout=PATIENCE)
        view.directory.cleanup()
        with View("--db", self.file) as again:
            self.assertEqual(again.question("trace", id=TRACE.hex())["span_count"], 200)
            self.assertEqual(again.question("sql", q="SELECT count(*) FROM span")["rows"], [["200"]])

    def test_a_limit_of_file_size_makes_the_oldest_go(self):
        def limit():
            """Files of this process end at a megabyte; a write beyond would kill it."""
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))

        sent = 30000
        with View("--db", self.file, before=limit) as view:
            refused = 0
            for first in range(1, sent, 500):
                for attempt in range(4):
                    status, headers, _ = view.post("/v1/traces", self.spans(first, 500))
                    if status == 200:
                        break
                    self.assertEqual((status, headers["Retry-After"]), (503, "1"))
                    refused += 1
                self.assertEqual(status, 200, f"after {first} spans")
            self.assertLess(refused, 30)
            totals = view.totals()
            self.assertEqual((totals["spans"], totals["duplicate_spans"]), (sent, 0))
            kept, newest = map(int, view.question("sql", q="SELECT count(*), max(id) FROM span")["rows"][0])
            self.assertEqual((newest, kept + totals["forgotten_ids"]), (sent, sent))
            self.assertGreater(kept, 500)
            # With room it keeps all again.
            resource.prlimit(view.process.pid, resource.RLIMIT_FSIZE,
                             (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            for first in range(sent + 1, 2 * sent, 500):
                self.assertEqual(view.post("/v1/traces", self.spans(first, 500))[0], 200)
            rows = view.question("sql", q="SELECT count(*), max(id) FROM span")["rows"]
            self.assertEqual(rows, [[str(kept + sent), str(2 * sent)]])

    def run_with(self, *arguments):
        return subprocess.run([view_process.PROGRAM, "--listen", "127.0.0.1:0", "--exit-after-ms", "1",
                               *arguments], capture_output=True, text=True, timeout=PATIENCE,
                              check=False)

    def test_files_of_others_are_left_alone(self):
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("a letter " * 1000)
        result = self.run_with("--db", self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn(self.file + " cannot be read: file is not a database", result.stderr)
        with open(self.file, encoding="utf-8") as file:
            self.assertEqual(file.read(), "a letter " * 1000)

        os.unlink(self.file)
        with sqlite3.connect(self.file) as database:
            database.execute("CREATE TABLE mine(x)")
        database.close()
        result = self.run_with("--db", self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn("is a database of another program", result.stderr)

    def test_one_program_uses_a_file_at_a_time(self):
        with View("--db", self.file) as view:
            result = self.run_with("--db", self.file)
            self.assertEqual(result.returncode, 1)
            self.assertIn("is used by another haetae-view", result.stderr)
            self.assertEqual(view.post("/v1/traces", self.spans(1, 1))[0], 200)
        self.assertEqual(self.run_with("--db", self.file).returncode, 0)

    def test_another_version_is_refused_by_its_number(self):
        with View("--db", self.file):
            pass
        with sqlite3.connect(self.file) as database:
            database.execute("PRAGMA user_version = 7")
        database.close()
        result = self.run_with("--db", self.file)
        self.assertEqual(result.returncode, 1)
        self.assertIn("has version 7 of the tables", result.stderr)

    def test_a_place_that_cannot_be_written_is_a_clear_error(self):
        result = self.run_with("--db", os.path.join(self.folder.name, "no", "view.db"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("cannot be locked: No such file or directory", result.stderr)
        result = self.run_with("--db", "")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--db '': expected a file", result.stderr)

    def test_a_damaged_file_is_named(self):
        with View("--db", self.file) as view:
            self.assertEqual(view.post("/v1/traces", self.spans(1, 2000))[0], 200)
        with open(self.file, "r+b") as file:
            file.seek(20_000)
            file.write(b"\xa5" * 8000)
        result = self.run_with("--db", self.file, "--once")
        self.assertEqual(result.returncode, 1)
        self.assertIn(self.file, result.stderr)


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands of haetae-view and --expect: what they print, and how they end.

Usage: commands_test.py PATH-TO-HAETAE-VIEW [unittest arguments]"""
import http.server
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import view_process
from view_process import PATIENCE, View
from otlp_bodies import log, metric, number_point, request, span

MS = 1_000_000
S = 1_000_000_000
TRACE = bytes(range(1, 17))
HOSTILE = "\x1b]0;owned\x07\x1b[31m\u202eevil\u009b2J\nx"


def run(*arguments, **more):
    """Runs it to its end: status, standard output, standard error."""
    done = subprocess.run([view_process.PROGRAM, *arguments], capture_output=True, text=True,
                          timeout=PATIENCE, **more)
    return done.returncode, done.stdout, done.stderr


def start(*arguments, **more):
    return subprocess.Popen([view_process.PROGRAM, *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **more)


def send(view, now, **more):
    """One of everything, an hour after another trace."""
    old = now - 3600 * S
    root = span(TRACE, b"rootroot", "GET /rides", start=now - 900 * MS, end=now, kind=2,
                error="no map 17", attrs={"http.route": "/rides"})
    child = span(TRACE, b"childchd", "match", b"rootroot", now - 800 * MS, now - 100 * MS, 3)
    for path, body in (
            ("traces", request([root, child], resource_attributes={"service.version": "2.0"})),
            ("traces", request([span(b"o" * 16, b"oldoldol", "GET /old", start=old, end=old + MS,
                                     kind=2)], service="maps")),
            ("logs", request([log("ride 1 lost", 17, now, TRACE, b"rootroot", {"ride": 1}),
                              log("hello", 9, now - 1)])),
            ("logs", request([log("old", 13, old)], service="maps")),
            ("metrics", request([metric("rides", "1", 7, [number_point(41, now)], 2, True)]))):
        assert view.post("/v1/" + path, body)[0] == 200


class Commands(unittest.TestCase):
    """Each asks a haetae-view that runs, and the database that it writes."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.db = os.path.join(cls.directory.name, "view.db")
        cls.view = View("--db", cls.db)
        cls.now = time.time_ns() - S
        send(cls.view, cls.now)
        cls.sources = (("--url", f"http://127.0.0.1:{cls.view.port}"), ("--db", cls.db),
                       ("--url", f"http://localhost:{cls.view.port}/"))

    @classmethod
    def tearDownClass(cls):
        cls.view.__exit__(None)
        cls.directory.cleanup()

    def good(self, *arguments):
        """What is printed, which is the same whoever is asked."""
        outputs = []
        for source in self.sources:
            status, out, err = run(*arguments, *source)
            self.assertEqual((status, err), (0, ""), (arguments, source))
            outputs.append(out)
        if "--json" not in arguments:
            self.assertEqual(outputs[0], outputs[1])
            self.assertEqual(outputs[0], outputs[2])
        return outputs[1]

    def rows(self, *arguments):
        return [line.split() for line in self.good(*arguments).splitlines()]

    def test_query_shows_a_table_or_json(self):
        question = "SELECT service, count(*) AS n, 'a+b&c#%' AS t FROM op WHERE id > 2 GROUP BY 1 ORDER BY 1"
        self.assertEqual(self.good("query", question),
                         "service  n  t\nmaps     1  a+b&c#%\nshop     2  a+b&c#%\n")
        answer = json.loads(self.good("query", question, "--json"))
        self.assertEqual(answer["columns"], ["service", "n", "t"])
        self.assertEqual(answer["rows"], [["maps", "1", "a+b&c#%"], ["shop", "2", "a+b&c#%"]])
        self.assertEqual(self.good("query", "SELECT NULL AS a, 1 AS b WHERE 0"), "a  b\n")

    def test_query_only_reads(self):
        for question in ("DELETE FROM span", "PRAGMA user_version = 3", "ATTACH '/tmp/x' AS x",
                         "SELECT 1; SELECT 2", "SELEC", "SELECT * FROM nothing"):
            for source in self.sources[:2]:
                status, out, err = run("query", question, *source)
                self.assertEqual((status, out), (2, ""), question)
                self.assertTrue(err.startswith("haetae-view: "), err)
        self.assertEqual(self.view.totals()["spans"], 3)

    def test_more_rows_than_are_shown_are_mentioned(self):
        status, out, err = run("query", "SELECT a.id FROM span a, span b, span c, span d, span e, span f, span g",
                               *self.sources[1])
        self.assertEqual((status, len(out.splitlines())), (0, 1001))
        self.assertIn("more rows", err)

    def test_traces_of_a_time_or_all(self):
        rows = self.rows("traces")
        self.assertEqual(rows[0][:4], ["time", "trace", "service", "name"])
        self.assertEqual([row[1] for row in rows[1:]], [TRACE.hex(), (b"o" * 16).hex()])
        self.assertEqual(rows[1][2:8], ["shop", "GET", "/rides", "900.0", "error", "2"])
        self.assertEqual([r[1] for r in self.rows("traces", "--since", "15m")[1:]], [TRACE.hex()])
        self.assertEqual(len(self.rows("traces", "--since", "2h")), 3)
        self.assertEqual([r[2] for r in self.rows("traces", "--service", "maps")[1:]], ["maps"])
        self.assertEqual(len(self.rows("traces", "--limit", "1")), 2)
        answer = json.loads(self.good("traces", "--json", "--service=shop"))
        self.assertEqual([t["message"] for t in answer["traces"]], ["no map 17"])

    def test_trace_has_its_spans_below_their_parents(self):
        lines = self.good("trace", TRACE.hex()).splitlines()
        self.assertEqual(len(lines), 3)
        at = lines[1].index("GET /rides")
        self.assertEqual(lines[2].index("match"), at + 2)
        self.assertIn("no map 17", lines[1])
        self.assertEqual(json.loads(self.good("trace", TRACE.hex(), "--json"))["span_count"], 2)
        for source in self.sources[:2]:
            self.assertEqual(run("trace", "0" * 31 + "1", *source)[:2], (1, ""))
            self.assertEqual(run("trace", "xyz", *source)[:2], (2, ""))

    def test_errors_logs_metrics_and_services(self):
        self.assertEqual([r[1:4] for r in self.rows("errors")[1:]],
                         [["1", "shop", "log"], ["1", "shop", "span"]])
        self.assertEqual([r[1] for r in self.rows("logs")[1:]], ["error", "info", "warn"])
        self.assertEqual([r[4:] for r in self.rows("logs", "--level", "error")[1:]],
                         [["ride", "1", "lost", '{"ride":1}']])
        self.assertEqual([r[1] for r in self.rows("logs", "--since", "10m")[1:]], ["error", "info"])
        self.assertEqual([r[4] for r in self.rows("logs", "--service", "maps")[1:]], ["old"])
        self.assertEqual(len(json.loads(self.good("logs", "--json"))["logs"]), 3)
        self.assertEqual([r[2:4] for r in self.rows("metrics")[1:]], [["rides", "counter"]])
        self.assertEqual(self.rows("metrics", "--service", "maps")[1:], [])
        self.assertEqual([r[0] for r in self.rows("services")[1:]],
                         ["maps", "shop", "shop"])

    # ---- Expectations ---------------------------------------------------------------------

    def expect(self, text, *arguments, source=1):
        return run("--expect", text, *arguments, "--timeout", "0", *self.sources[source])

    def test_expectations_of_each_signal(self):
        for text, count in (
                ("spans where service = 'shop' and status = 'error'", 1), ("spans", 3),
                ("  spans where kind='client' and duration_ms = 700", 1),
                ("spans where attributes ->> '$.\"http.route\"' = '/rides'", 1),
                ("spans where(name like 'GET %' and entry)", 2),
                (f"spans where trace_id = '{TRACE.hex()}' and parent_id is not null", 1),
                ("spans where version = '2.0'", 2), ("spans where message = 'a;b)--'", 0),
                ("spans where scope = 'tests' and resource_attributes like '%maps%'", 1),
                ("logs where level = 'error' and body like '%lost'", 1), ("logs", 3),
                ("logs where severity >= 13", 2),
                ("points where name = 'rides' and value = 41 and kind = 'counter'", 1),
                ("points where temporality = 'cumulative' and unit = '1'", 1),
                ("logs where trace_id in (select lower(hex(trace_id)) from span)", 1)):
            for source in (0, 1):
                self.assertEqual(self.expect(text, "--exactly", str(count), source=source),
                                 (0, "", ""), text)
                self.assertEqual(self.expect(text, "--exactly", str(count + 1), source=source)[0], 1)
                self.assertEqual(self.expect(text, "--at-most", str(count))[0], 0)
                self.assertEqual(self.expect(text, "--at-least", str(count + 1))[0], 1)
        self.assertEqual(self.expect("spans", "--at-most", "2")[0], 1)

    def test_a_failed_expectation_shows_what_there_is(self):
        status, out, err = self.expect("spans where service = 'shop' and name = 'GET /fares'")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("expected at least 1, found 0: spans where service = 'shop'", err)
        rows = [line.split() for line in err.splitlines()]
        self.assertIn(["1", "shop", "GET", "/rides", "server", "error"], rows)
        self.assertIn("ride 1 lost", self.expect("logs where body = 'x'")[2])
        self.assertIn("rides", self.expect("points where name = 'x'")[2])

    def test_expectations_that_are_none(self):
        for text in ("", "span", "spans when 1", "spans where", "spans where ", "spanswhere 1",
                     "spans where nothing = 1", "spans where 1)", "spans where (1", "spans where 'a",
                     "spans where 1; delete from span", "spans where 1 -- x", "spans where 1 /* x",
                     "spans where 1) union select (1", "spans where load_extension('x')",
                     "spans where 1 group by 1"):
            for source in (0, 1):
                status, out, err = self.expect(text, source=source)
                self.assertEqual((status, out), (2, ""), text)
                self.assertTrue(err.startswith("haetae-view: "), err)
        status, _, err = run("--expect", "spans where nothing = 1", "--listen", "127.0.0.1:0")
        self.assertEqual(status, 2)
        self.assertNotIn("listening", err)


class Alone(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.folder = pathlib.Path(self.directory.name)

    def test_wrong_use(self):
        for arguments in (("query",), ("query", "SELECT 1", "SELECT 2"), ("query", ""), ("trace",),
                          ("traces", "x"), ("traces", "--since", "15"), ("traces", "--since", "0s"),
                          ("traces", "--level", "error"), ("services", "--limit", "1"),
                          ("traces", "--follow"), ("logs", "--foll"), ("logs", "--nothing"),
                          ("logs", "--since"), ("logs", "--service", ""), ("logs", "--db", "a", "--url", "b"),
                          ("logs", "--url", "https://localhost:1"), ("logs", "--url", "http://localhost"),
                          ("logs", "--url", "http://localhost:1/x"), ("logs", "--url", "http://:1"),
                          ("logs", "--url", "http://localhost:99999"), ("logs", "--url", "http://a b:1"),
                          ("logs", "--timeout", "1"), ("--expect",), ("--expect", "spans", "--json"),
                          ("--expect", "spans", "--at-least", "x"), ("--expect", "spans", "--timeout", "1x"),
                          ("--expect", "spans", "--timeout", "2d"), ("--expect", "spans", "--exactly", "-1"),
                          ("--expect", "spans", "--at-least", "1", "--at-most", "2"),
                          ("--expect", "spans", "--once"), ("--expect", "spans", "x"),
                          ("--port-file", "--expect"), ("--expect", "spans", "--db", "a", "--listen", "b"),
                          ("nothing",)):
            status, out, err = run(*arguments)
            self.assertEqual((status, out), (2, ""), (arguments, err))
            self.assertTrue(err, arguments)

    def test_help(self):
        for command in ("query", "traces", "trace", "errors", "logs", "metrics", "services", "export", "import"):
            status, out, err = run(command, "--help")
            self.assertEqual((status, err), (0, ""))
            self.assertIn(command, out)
            self.assertIn(command, run("--help")[1])
        self.assertIn("--at-most", run("--expect", "spans", "--help")[1])

    def test_who_cannot_be_asked(self):
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
            status, out, err = run("logs", "--url", url)
            self.assertEqual((status, out), (1, ""))
            self.assertIn("cannot reach " + url, err)
            self.assertEqual(run("logs", "--follow", "--url", url)[0], 1)
            self.assertEqual(run("--expect", "spans", "--url", url, "--timeout", "0")[0], 1)
        (self.folder / "text").write_text("no database")
        (self.folder / "empty").write_text("")
        for name, why in (("missing", "cannot be opened"), ("text", "cannot be read"), ("empty", "is empty")):
            status, out, err = run("logs", "--db", str(self.folder / name))
            self.assertEqual((status, out), (1, ""))
            self.assertIn(why, err)
        self.assertEqual(sorted(os.listdir(self.folder)), ["empty", "text"])

    def test_another_server(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            answers = {}

            def do_GET(self):
                self.wfile.write(self.answers[self.path.split("?")[0]])

            def log_message(self, *_):
                pass

        head = b"HTTP/1.0 200 OK\r\n"
        with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            url = f"http://127.0.0.1:{server.server_address[1]}"
            for answer in (b"", b"x", b"SSH-2.0-x\r\n\r\n", head + b"\r\n", head + b"\r\nhello",
                           head + b"\r\n{}", head + b"\r\n[1]", head + b"Content-Length: 9\r\n\r\n{}",
                           b"HTTP/1.0 404 No\r\n\r\nno \x1b[31m", b"HTTP/1.0 301 No\r\n\r\n",
                           head + b'\r\n{"now_ns":"1'):
                for question in ("logs", "sql", "services"):
                    Handler.answers["/api/" + question] = answer
                for arguments in (("logs",), ("query", "SELECT 1"), ("services",), ("logs", "--follow")):
                    status, out, err = run(*arguments, "--url", url)
                    self.assertEqual((status, out), (1, ""), (answer, arguments))
                    self.assertNotIn("\x1b", err)
            for answer in (b'{"now_ns":"1"}', b'{"now_ns":1,"logs":7,"columns":[],"rows":[[1]]}',
                           b'{"now_ns":1,"columns":["a"],"rows":[[1,2,3],4,{"a":1}],"services":["x"]}'):
                for question in ("logs", "sql", "services"):
                    Handler.answers["/api/" + question] = head + b"\r\n" + answer
                for arguments in (("logs",), ("query", "SELECT 1"), ("services",)):
                    self.assertIn(run(*arguments, "--url", url)[0], (0, 1))
            server.shutdown()
            thread.join()

    def test_an_empty_database(self):
        db = str(self.folder / "view.db")
        View("--db", db).__exit__(None)
        for command in ("traces", "errors", "logs", "metrics", "services"):
            status, out, err = run(command, "--db", db)
            self.assertEqual((status, err, len(out.splitlines())), (0, "", 1), command)
        self.assertEqual(run("--expect", "logs", "--db", db, "--timeout", "0")[::2],
                         (1, "haetae-view: expected at least 1, found 0: logs\nThere are no logs at all.\n"))
        self.assertEqual(run("--expect", "logs", "--at-most", "0", "--db", db, "--timeout", "0")[0], 0)

    def test_a_database_is_read_after_its_writer_and_not_changed(self):
        db = str(self.folder / "view.db")
        with View("--db", db) as view:
            send(view, time.time_ns() - S)
        before = (self.folder / "view.db").read_bytes()
        self.assertEqual(len(run("logs", "--db", db)[1].splitlines()), 4)
        self.assertEqual(run("query", "DELETE FROM log", "--db", db)[0], 2)
        self.assertEqual((self.folder / "view.db").read_bytes(), before)

    def test_hostile_text_reaches_no_terminal(self):
        with View() as view:
            now = time.time_ns() - S
            hostile = span(TRACE, b"rootroot", HOSTILE, start=now - MS, end=now, kind=2, error=HOSTILE,
                           attrs={HOSTILE: HOSTILE})
            view.post("/v1/traces", request([hostile], HOSTILE, HOSTILE, {"service.version": HOSTILE}))
            view.post("/v1/logs", request([log(HOSTILE, 17, now, attrs={HOSTILE: HOSTILE})], HOSTILE))
            view.post("/v1/metrics", request([metric(HOSTILE, HOSTILE, 5, [number_point(1.0, now)])], HOSTILE))
            url = ("--url", f"http://127.0.0.1:{view.port}")
            for arguments in (("traces",), ("errors",), ("logs",), ("metrics",), ("services",),
                              ("trace", TRACE.hex()), ("query", "SELECT name, message AS '\x1b[1m' FROM span"),
                              ("query", "SELECT body, attributes FROM log")):
                for json_ in ((), ("--json",)):
                    status, out, err = run(*arguments, *json_, *url)
                    self.assertEqual((status, err), (0, ""))
                    self.assertFalse(set(out) & set("\x1b\x07\u202e\u009b"), (arguments, out))
                    self.assertIn("evil", json.dumps(json.loads(out)) if json_ else out)
            answer = json.loads(run("query", "SELECT body FROM log", "--json", *url)[1])
            self.assertEqual(answer["rows"], [[HOSTILE]])
            status, _, err = run("--expect", "logs where body = '\x1b[31m'", "--timeout", "0", *url)
            self.assertEqual(status, 1)
            self.assertFalse(set(err) & set("\x1b\x07\u202e\u009b"), err)
            self.assertIn("evil", err)
            status, _, err = run("query", "SELECT '\x1b[31m", *url)
            self.assertEqual((status, "\x1b" in err), (2, False))
            follower = start("logs", "--follow", "--json", *url)
            line = follower.stdout.readline()
            self.assertFalse(set(line) & set("\x1b\x07\u202e\u009b"), line)
            self.assertEqual(json.loads(line)["body"], HOSTILE)
            follower.send_signal(signal.SIGINT)
            self.assertEqual(follower.communicate(timeout=PATIENCE), ("", ""))
            self.assertEqual(follower.returncode, 0)

    # ---- Following --------------------------------------------------------------------------

    def test_follow_shows_what_comes_until_sigint(self):
        db = str(self.folder / "view.db")
        with View("--db", db) as view:
            now = time.time_ns()
            view.post("/v1/logs", request([log(f"past {i}", 9, now) for i in range(15)]))
            followers = [start("logs", "--follow", "--level", "info", *source) for source in (
                ("--db", db), ("--url", f"http://127.0.0.1:{view.port}"))]
            for follower in followers:
                self.assertIn("time", follower.stdout.readline())
                self.assertEqual([follower.stdout.readline().split()[-1] for _ in range(10)],
                                 [str(i) for i in range(5, 15)])
            # Many at once: all come, in their order; and then one more, older than all.
            view.post("/v1/logs", request([log(f"new {i}", 9 - 8 * (i % 2), now)
                                           for i in range(900)]))
            view.post("/v1/logs", request([log("last", 9, 1)]))
            for number, follower in zip((signal.SIGINT, signal.SIGTERM), followers):
                self.assertEqual([follower.stdout.readline().split()[-1] for _ in range(450)],
                                 [str(i) for i in range(0, 900, 2)])
                self.assertEqual(follower.stdout.readline().split()[-1], "last")
                follower.send_signal(number)
                self.assertEqual(follower.communicate(timeout=PATIENCE), ("", ""))
                self.assertEqual(follower.returncode, 0)

    def test_a_closed_pipe_ends_quietly(self):
        db = str(self.folder / "view.db")
        with View("--db", db) as view:
            view.post("/v1/logs", request([log("x" * 1000, 9, time.time_ns()) for i in range(900)]))
            for arguments in (("logs", "--limit", "900"), ("logs", "--follow"),
                              ("query", "SELECT body FROM log", "--json")):
                process = start(*arguments, "--db", db)
                process.stdout.read(1)
                process.stdout.close()
                self.assertEqual((process.wait(PATIENCE), process.stderr.read()), (0, ""), arguments)
                process.stderr.close()

    @unittest.skipUnless(os.path.exists("/dev/full"), "/dev/full is needed")
    def test_output_that_cannot_be_written_is_an_error(self):
        db = str(self.folder / "view.db")
        View("--db", db).__exit__(None)
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([view_process.PROGRAM, "services", "--db", db], stdout=full,
                                  stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"cannot write", done.stderr)

    # ---- Expectations that wait --------------------------------------------------------------

    def receiver(self, *arguments):
        """A receiver that expects something: its process, and who can send to it."""
        port = self.folder / "port"
        process = start("--listen", "127.0.0.1:0", "--port-file", str(port), "--expect", *arguments)
        self.assertIn("listening", process.stderr.readline())
        end = time.monotonic() + PATIENCE
        while not port.exists() and time.monotonic() < end:
            time.sleep(0.01)
        view = View.__new__(View)
        view.port = int(port.read_text(encoding="utf-8"))
        return process, view

    def end(self, process):
        out, err = process.communicate(timeout=PATIENCE)
        self.assertEqual(out, "")
        return process.returncode, err

    def test_what_comes_late_is_waited_for(self):
        process, view = self.receiver("spans where status = 'error'", "--timeout", "1h")
        self.assertEqual(view.post("/v1/traces", request([span(b"a" * 16, b"b" * 8)]))[0], 200)
        self.assertIsNone(process.poll())
        self.assertEqual(view.post("/v1/traces", request([span(b"a" * 16, b"c" * 8, error="no")]))[0], 200)
        self.assertEqual(self.end(process), (0, ""))

    def test_what_does_not_come_is_missed_when_the_time_is_over(self):
        process, _ = self.receiver("spans where status = 'error'", "--timeout", "1")
        status, err = self.end(process)
        self.assertEqual(status, 1)
        self.assertIn("found 0", err)
        with View() as view:
            view.post("/v1/traces", request([span(b"a" * 16, b"b" * 8)]))
            status, _, err = run("--expect", "spans where status = 'error'", "--timeout", "1s", "--url",
                                 f"http://127.0.0.1:{view.port}")
        self.assertEqual(status, 1)
        self.assertIn("work", err)

    def test_one_too_many_ends_at_once(self):
        for bound in ("--at-most", "--exactly"):
            process, view = self.receiver("spans", bound, "1", "--timeout", "1h")
            view.post("/v1/traces", request([span(b"a" * 16, bytes([i]) * 8) for i in (1, 2)]))
            status, err = self.end(process)
            self.assertEqual(status, 1)
            self.assertIn("found 2", err)
            (self.folder / "port").unlink()

    def test_a_signal_is_the_end_of_the_time(self):
        for sent, bound, expected in ((1, "--exactly", 0), (0, "--exactly", 1), (0, "--at-least", 1),
                                      (0, "--at-most", 0)):
            process, view = self.receiver("logs", bound, "1", "--timeout", "1h")
            for _ in range(sent):
                view.post("/v1/logs", request([log("x", 9, time.time_ns())]))
            process.send_signal(signal.SIGTERM)
            self.assertEqual(self.end(process)[0], expected, (sent, bound))
            (self.folder / "port").unlink()

    def test_another_haetae_view_is_waited_for(self):
        with View() as view:
            process = start("--expect", "logs", "--timeout", "1h", "--url", f"http://localhost:{view.port}")
            view.post("/v1/logs", request([log("x", 9, time.time_ns())]))
            self.assertEqual(self.end(process), (0, ""))


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stream of events of haetae-view, /api/stream, as a raw client reads it.

Usage: stream_test.py PATH-TO-HAETAE-VIEW [unittest arguments]"""
import concurrent.futures
import http.client
import json
import socket
import sys
import time
import unittest

import view_process
from view_process import PATIENCE, View, view_with_rules
from otlp_bodies import log, request, span

MOST = 8
SILENCE = 60  # seconds after which a connection that says nothing is closed
TRACE = bytes(range(1, 17))


class Stream:
    """One that is open."""

    def __init__(self, view, arguments="", headers=None):
        self.connection = view.connect()
        self.connection.request("GET", "/api/stream" + arguments, headers=headers or {})
        self.answer = self.connection.getresponse()
        self.status, self.headers = self.answer.status, self.answer.headers

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answer.close()
        self.connection.close()

    def read(self):
        """The next event as (name, data); None at the end."""
        name = data = None
        while line := self.answer.readline():
            if line == b"\n":
                return name, json.loads(data)
            field, value = line.decode().rstrip("\n").split(": ", 1)
            if field == "event":
                name = value
            elif field == "data":
                assert data is None, "an event has one line of data"
                data = value
            else:
                raise AssertionError(line)
        return None

    def wait(self, name, true=lambda data: True):
        """The first event of a kind that is so."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            event = self.read()
            assert event is not None, "the stream ended"
            if event[0] == name and true(event[1]):
                return event[1]
        raise AssertionError(f"no event {name}")


def send_logs(view, *records, service="shop"):
    assert view.post("/v1/logs", request(list(records), service))[0] == 200


class Streams(unittest.TestCase):
    def test_counts_come_at_once_and_whenever_something_came(self):
        with View() as view, Stream(view) as stream:
            self.assertEqual((stream.status, stream.headers["Content-Type"], stream.headers["Cache-Control"]),
                             (200, "text/event-stream", "no-store"))
            self.assertIsNone(stream.headers["Access-Control-Allow-Origin"])
            name, first = stream.read()
            self.assertEqual((name, first["requests"], first["spans"]), ("counts", 0, 0))
            self.assertEqual(stream.read()[0], "alerts")
            view.post("/v1/traces", request([span(TRACE, b"12345678", error="broken")]))
            send_logs(view, log("late", 17))
            counts = stream.wait("counts", lambda c: c["requests"] == 2)
            self.assertEqual([counts[n] for n in ("spans", "error_spans", "logs", "error_logs", "data_points")],
                             [1, 1, 1, 1, 0])
            again = stream.wait("counts")  # also when nothing came
            self.assertGreater(int(again["now_ns"]), int(counts["now_ns"]))
            self.assertEqual(again["requests"], 2)

    def test_log_records_come_as_they_are_kept(self):
        with View() as view:
            send_logs(view, log("before"))
            with Stream(view, "?logs=1&level=warn&service=shop&q=late") as some, Stream(view, "?logs=1") as all_of_them, \
                    Stream(view) as none, Stream(view, "?logs=1&after=0") as from_the_start:
                self.assertEqual([record["body"] for record in from_the_start.wait("logs")["logs"]], ["before"])
                for stream in (some, all_of_them, none):
                    stream.wait("counts")
                    stream.wait("counts")  # it has looked where the records end
                send_logs(view, log("late", 17, attrs={"big": 2**63 - 1}), log("late\nand quiet", 9), log("early", 17))
                send_logs(view, log("late", 17), service="other")
                record, = some.wait("logs")["logs"]
                self.assertEqual((record["body"], record["service"], record["attributes"]), ("late", "shop", {"big": 2**63 - 1}))
                bodies = []
                while len(bodies) < 4:
                    bodies = [r["body"] for r in all_of_them.wait("logs")["logs"]] + bodies
                self.assertEqual(bodies, ["late", "early", "late\nand quiet", "late"])  # the newest first
                answer = view.question("logs", limit=1)["logs"][0]
                self.assertEqual(answer, from_the_start.wait("logs", lambda d: len(d["logs"]) and d["logs"][0]["service"] == "other")["logs"][0])
                for _ in range(3):
                    self.assertNotEqual(none.read()[0], "logs")

    def test_streams_that_come_and_go_stop_nothing_beside_a_silent_connection(self):
        def come_and_go(_):
            for _ in range(60):
                with socket.create_connection(("127.0.0.1", view.port), timeout=SILENCE / 2) as reader:
                    reader.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")

        with View() as view, socket.create_connection(("127.0.0.1", view.port)) as silent:
            silent.sendall(b"GET /api/over")
            for _ in range(6):
                with concurrent.futures.ThreadPoolExecutor(10) as readers:
                    list(readers.map(come_and_go, range(10)))
                connection = http.client.HTTPConnection("127.0.0.1", view.port, timeout=SILENCE / 2)
                try:
                    connection.request("GET", "/totals.json")
                    self.assertEqual(connection.getresponse().status, 200)
                finally:
                    connection.close()

    def test_numbers_that_grow_anew_are_followed(self):
        """As of a program that was started again, with its database in memory."""
        with View() as view, Stream(view, "?logs=1&after=1000000") as stream:
            stream.wait("counts")
            stream.wait("counts")
            send_logs(view, log("anew"))
            self.assertEqual(stream.wait("logs")["logs"][0]["body"], "anew")

    def test_a_record_that_is_too_long_is_passed_over(self):
        with View() as view, Stream(view, "?logs=1&after=0") as stream:
            stream.wait("counts")
            long = "x" * 100_000
            send_logs(view, *[log(long) for _ in range(30)])  # too long together
            self.assertEqual([len(record["body"]) for record in stream.wait("logs")["logs"]], [len(long)] * 2)
            send_logs(view, log("before"), log("y" * 300_000), log("z" * 40_000 + '"' * 200_000), log("after"))
            self.assertEqual([record["body"] for record in stream.wait("logs")["logs"]], ["after", "before"])
            send_logs(view, log("y" * 300_000))
            stream.wait("counts")
            send_logs(view, log("short"))
            self.assertEqual([record["body"] for record in stream.wait("logs")["logs"]], ["short"])

    def test_alerts_come_when_they_change(self):
        rules = "every: 1s\nrules:\n  - {name: fails, kind: error_rate, above: 0.5}\n"
        with view_with_rules(self, rules) as view, Stream(view) as stream:
            self.assertEqual(stream.wait("alerts")["alerts"], [])
            now = time.time_ns()
            view.post("/v1/traces", request([span(TRACE, b"12345678", start=now - 1000, end=now, kind=2, error="broken")]))
            alert, = stream.wait("alerts", lambda d: d["alerts"])["alerts"]
            self.assertEqual((alert["rule"], alert["state"]), ("fails", "firing"))

    def test_there_are_only_so_many(self):
        with View() as view:
            streams = [Stream(view) for _ in range(MOST)]
            self.assertEqual({stream.status for stream in streams}, {200})
            for stream in streams:
                stream.wait("counts")
            with Stream(view) as refused:
                self.assertEqual((refused.status, refused.headers["Retry-After"]), (503, "1"))
                self.assertIn("too many streams", refused.answer.read().decode())
            send_logs(view, log("received all the same"))
            self.assertEqual(view.question("logs")["logs"][0]["body"], "received all the same")
            streams.pop().__exit__()
            end = time.monotonic() + PATIENCE
            while True:  # until it is noticed that nobody listens
                with Stream(view) as again:
                    if again.status == 200 or time.monotonic() > end:
                        self.assertEqual(again.status, 200)
                        break
                time.sleep(0.1)
            for stream in streams:
                stream.__exit__()

    def test_who_reads_slowly_holds_up_nothing_and_misses_some(self):
        count, size = 400, 100_000
        with View("--db-size", "128M") as view, socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.settimeout(PATIENCE)
            slow.connect(("127.0.0.1", view.port))
            slow.sendall(b"GET /api/stream?logs=1&after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with Stream(view, "?logs=1&after=0") as quick:
                for i in range(count):
                    send_logs(view, log(f"{i} " + "x" * size))
                    if i % 40 == 0:  # this one goes on meanwhile
                        quick.wait("logs")
                send_logs(view, log("the last"))
                quick.wait("logs", lambda d: d["logs"][0]["body"] == "the last")
            got = b""
            while b"the last" not in got:
                piece = slow.recv(1 << 20)
                self.assertTrue(piece)
                got += piece
            # What was neither here nor in the sockets was never kept for it.
            self.assertLess(len(got), count * size // 2)

    def test_it_ends_with_the_program(self):
        view = View("--once")
        with Stream(view, "?logs=1") as busy, Stream(view) as idle:
            busy.wait("counts")
            idle.wait("counts")
            code, _, _ = view.stop()
            self.assertEqual(code, 0)
            for stream in (busy, idle):
                while stream.read() is not None:
                    pass
        view.directory.cleanup()

    def test_wrong_questions_are_refused(self):
        with View() as view:
            for arguments, words in (("?level=loud", "level"), ("?logs=2", "logs=2"), ("?after=x", "after=x"), ("?trace=12", "trace=12")):
                with Stream(view, arguments) as stream:
                    self.assertEqual((stream.status, stream.headers["Content-Type"]), (400, "application/json"))
                    self.assertIn(words, json.loads(stream.answer.read())["error"])
            with Stream(view, headers={"Host": "evil.example"}) as stream:
                self.assertEqual(stream.status, 403)
            for method in ("POST", "HEAD", "PUT"):
                status, headers, _ = view.ask(method, "/api/stream", b"" if method == "POST" else None)
                self.assertEqual(status, 405)
                self.assertIn("GET", headers["Allow"])


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""haetae-view as a whole: started on a free port, fed over HTTP, read through
/totals.json, its summary and its exit status.

Usage: end_to_end_test.py PATH-TO-HAETAE-VIEW [unittest arguments]"""
import concurrent.futures
import gzip
import http.client
import json
import os
import pathlib
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import view_process
from view_process import PATIENCE, PROTOBUF, View
from otlp_bodies import (data, histogram_point, log, metric, number, number_point, request, span)

SENDER = None  # the example quickstart, from a build with zstd
TRACE = bytes(range(1, 17))
MS = 1_000_000


def span_ids(count, start=1):
    return [i.to_bytes(8, "big") for i in range(start, start + count)]


class Receiving(unittest.TestCase):
    def test_slow_connections_lock_nobody_out(self):
        beginnings = (b"POST /v1/traces HTTP/1.1\r\n",
                      b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n"
                      b"Content-Type: application/x-protobuf\r\nContent-Length: 9999\r\n\r\n")
        spans = [span(TRACE, i, start=MS, end=3 * MS) for i in span_ids(3)]
        with View() as view:
            for beginning in beginnings:
                slow = []
                for _ in range(600):
                    slow.append(socket.create_connection(("127.0.0.1", view.port), PATIENCE))
                    slow[-1].sendall(beginning)
                done = threading.Event()

                def drip():
                    """Never silent for long: a limit of idle time does not help."""
                    while not done.wait(2):
                        for connection in slow:
                            try:
                                connection.send(b"x")
                            except OSError:
                                pass

                dripping = threading.Thread(target=drip)
                dripping.start()
                try:
                    self.assertEqual(view.post("/v1/traces", request(spans))[0], 200)
                finally:
                    done.set()
                    dripping.join()
                    for connection in slow:
                        connection.close()
            self.assertEqual(view.totals()["spans"], 6)

    def test_only_names_of_this_machine_are_served(self):
        with View() as view:
            for host, status in (("localhost", 200), ("LOCALHOST:4318", 200), ("127.0.0.1", 200),
                                 ("127.1.2.3:80", 200), ("[::1]:4318", 200),
                                 ("evil.example", 403), ("localhost.evil.example", 403),
                                 ("127.0.0.1.evil.example", 403), ("10.0.0.1", 403), ("", 403)):
                self.assertEqual(view.ask("GET", "/totals.json", headers={"Host": host})[0],
                                 status, host)
            spans = [span(TRACE, b"12345678", start=MS, end=3 * MS)]
            self.assertEqual(view.post("/v1/traces", request(spans), Host="evil.example")[0], 403)
            self.assertEqual(view.totals()["spans"], 0)

    def test_a_body_of_empty_messages_is_refused(self):
        with View() as view:
            body = gzip.compress(b"\x0a\x00" * (8 << 20))
            status, _, answer = view.post("/v1/traces", body, Content_Encoding="gzip")
            self.assertEqual(status, 413)
            self.assertIn(b"too many messages", answer)

    def test_a_small_body_of_many_items_is_refused(self):
        """Compressed, it takes a few hundred bytes; kept, it would take a quarter of a minute."""
        with View() as view:
            for path, scope in (("traces", data(2, b"") * (600 << 10)), ("logs", data(2, b"") * (600 << 10)),
                                ("metrics", data(2, data(5, data(1, b"") * (300 << 10))) * 2)):
                body = gzip.compress(data(1, data(2, scope)))
                status, _, answer = view.post("/v1/" + path, body, Content_Encoding="gzip")
                self.assertEqual(status, 413, path)
                self.assertIn(b"too many items", answer)
            self.assertEqual(view.totals()["spans"], 0)

    def test_the_port_file_follows_no_link(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            target = folder / "target"
            target.write_text("precious")
            (folder / "port").symlink_to(target)

            def plant():  # under a name that can be guessed
                (folder / f"port.{os.getpid()}").symlink_to(target)

            process = subprocess.Popen([view_process.PROGRAM, "--listen", "127.0.0.1:0", "--port-file",
                                        str(folder / "port"), "--exit-after-ms", "1", "--once"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       preexec_fn=plant)
            self.assertEqual(process.wait(PATIENCE), 0)
            self.assertEqual(target.read_text(), "precious")
            self.assertFalse((folder / "port").is_symlink())
            self.assertEqual(sorted(i.name for i in folder.iterdir()),
                             ["port", f"port.{process.pid}", "target"])

    def test_counts_what_is_posted(self):
        spans = [span(TRACE, i, start=MS, end=3 * MS, kind=2) for i in span_ids(10)]
        spans.append(span(TRACE, b"failing!", kind=2, error="no"))
        logs = [log("a", 9), log("b", 9), log("c", 13), log("d", 17, trace=TRACE)]
        metrics = [
            metric("hits", "1", 7, [number_point(5, 10, attrs={"k": 1}), number_point(7, 10)], 2,
                   True),
            metric("time", "s", 9, [histogram_point([3, 1], [0.1], 0.5, 10)]),
            metric("load", "1", 5, [number_point(0.5, 10)]),
        ]
        with View() as view:
            for path, items in (("traces", spans), ("logs", logs), ("metrics", metrics)):
                status, headers, body = view.post("/v1/" + path, request(items))
                self.assertEqual((status, body), (200, b""))
                self.assertEqual(headers["Content-Type"], "application/x-protobuf")
            totals = view.totals()
            expected = {
                "requests": 3, "trace_requests": 1, "metric_requests": 1, "log_requests": 1,
                "spans": 11, "unique_spans": 11, "duplicate_spans": 0, "error_spans": 1,
                "entry_spans": 11, "logs": 4, "error_logs": 1, "logs_with_trace": 1,
                "data_points": 4, "series": 4, "measurements": 16,
                "measurements_in_histograms": 4, "measurements_in_sums": 12,
                "refused_requests": 0,
            }
            self.assertEqual({key: totals[key] for key in expected}, expected)
            self.assertEqual(totals["logs_by_severity"]["info"], 2)
            service, = totals["services"]
            self.assertEqual((service["name"], service["spans"]), ("shop", 11))
            self.assertEqual(service["scopes"][0]["name"], "tests")
            self.assertEqual(service["scopes"][0]["measurements"], 16)
            code, out, _ = view.stop()
            self.assertEqual(code, 0)
            self.assertIn("11 spans", out)

    def test_counts_duplicates_exactly(self):
        bodies = [request([span(TRACE, i) for i in span_ids(500, 1 + 500 * n)]) for n in range(20)]
        with View() as view:
            for body in bodies + bodies[:3]:
                self.assertEqual(view.post("/v1/traces", body)[0], 200)
            totals = view.totals()
            self.assertEqual(totals["spans"], 11500)
            self.assertEqual(totals["duplicate_spans"], 1500)
            self.assertEqual(totals["unique_spans"], 10000)
            self.assertIs(totals["duplicates_exact"], True)

    def test_forgets_ids_beyond_the_limit_and_says_so(self):
        with View("--db-size", "4M") as view:
            for first in range(1, 60001, 1000):
                view.post("/v1/traces", request([span(TRACE, i) for i in span_ids(1000, first)]))
            view.post("/v1/traces", request([span(TRACE, i) for i in span_ids(1000, 59001)]))
            totals = view.totals()
            self.assertEqual(totals["spans"], 61000)
            self.assertEqual(totals["duplicate_spans"], 1000)
            self.assertGreater(totals["forgotten_ids"], 0)
            self.assertEqual(totals["forgotten_ids"] + totals["remembered_ids"], 60000)
            self.assertFalse(totals["duplicates_exact"])

    def test_takes_gzip(self):
        body = gzip.compress(request([span(TRACE, i) for i in span_ids(1000)]))
        with View() as view:
            self.assertEqual(view.post("/v1/traces", body, Content_Encoding="gzip")[0], 200)
            totals = view.totals()
            self.assertEqual(totals["spans"], 1000)
            self.assertEqual(totals["wire_bytes"], len(body))
            self.assertGreater(totals["body_bytes"], len(body))

    def test_refuses_other_encodings(self):
        with View() as view:
            for encoding in ("br", "deflate", "gzip, gzip"):
                status, _, answer = view.post("/v1/traces", b"\x00", Content_Encoding=encoding)
                self.assertEqual(status, 415)
                self.assertRegex(answer, b"must be gzip(, zstd)? or none")

    def test_takes_zstd(self):
        if SENDER is None:
            self.skipTest("built without zstd, or without the examples")
        with View() as view:
            environment = {name: value for name, value in os.environ.items()
                           if not name.startswith(("OTEL_", "HAETAE_"))}
            environment.update(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{view.port}",
                               OTEL_EXPORTER_OTLP_COMPRESSION="zstd")
            result = subprocess.run([SENDER], env=environment, text=True, capture_output=True,
                                    timeout=PATIENCE, check=True)
            totals = view.totals()
            self.assertEqual([totals[name] for name in ("spans", "logs", "refused_requests")], [1, 1, 0])
            self.assertNotIn("zstd", result.stderr)

    def test_takes_chunked_bodies(self):
        body = request([span(TRACE, i) for i in span_ids(1000)])
        pieces = [body[i:i + 1000] for i in range(0, len(body), 1000)]
        with View() as view:
            connection = view.connect()
            connection.request("POST", "/v1/traces", iter(pieces), PROTOBUF, encode_chunked=True)
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
            self.assertEqual(view.totals()["spans"], 1000)

    def test_counts_from_many_connections_at_once(self):
        def send(n):
            return view.post("/v1/traces", request([span(TRACE, i)
                                                    for i in span_ids(100, 1 + 100 * n)]))[0]

        with View() as view:
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                self.assertEqual(set(pool.map(send, range(200))), {200})
            totals = view.totals()
            self.assertEqual((totals["requests"], totals["unique_spans"]), (200, 20000))

    def test_follows_a_restarted_process(self):
        def counter(value, time_, start):
            return request([metric("c", "1", 7, [number_point(value, time_, start)], 2, True)])

        with View() as view:
            for body in (counter(10, 20, 1), counter(15, 30, 1), counter(4, 50, 40)):
                view.post("/v1/metrics", body)
            view.post("/v1/metrics", counter(4, 50, 40))
            totals = view.totals()
            self.assertEqual(totals["measurements"], 19)
            self.assertEqual(totals["series_restarts"], 1)
            self.assertEqual(totals["repeated_points"], 1)


class Refusing(unittest.TestCase):
    def check(self, view, status, method, path, body=None, headers=None):
        got, answer_headers, answer = view.ask(method, path, body, headers)
        self.assertEqual(got, status, answer)
        return answer_headers, answer

    def test_wrong_methods_paths_and_types(self):
        with View() as view:
            headers, _ = self.check(view, 405, "GET", "/v1/traces")
            self.assertEqual(headers["Allow"], "POST")
            self.check(view, 405, "PUT", "/v1/logs", b"x", PROTOBUF)
            self.check(view, 405, "POST", "/totals.json", b"x", PROTOBUF)
            self.check(view, 404, "POST", "/v1/spans", b"x", PROTOBUF)
            self.check(view, 415, "POST", "/v1/traces", b"x", {"Content-Type": "text/plain"})
            self.check(view, 415, "POST", "/v1/traces", b"x",
                       {**PROTOBUF, "Content-Encoding": "br"})
            totals = view.totals()
            self.assertEqual(totals["requests"], 0)
            self.assertEqual(totals["refused_by_status"], {"404": 1, "405": 2, "415": 2})

    def test_malformed_bodies_get_a_status_message(self):
        with View() as view:
            for path in ("traces", "metrics", "logs"):
                headers, body = self.check(view, 400, "POST", "/v1/" + path, b"not protobuf",
                                           PROTOBUF)
                self.assertEqual(headers["Content-Type"], "application/x-protobuf")
                # google.rpc.Status { code: 3, message: ... }
                self.assertEqual(body[:2], number(1, 3))
                self.assertEqual(body[2], data(2, "")[0])
            headers, body = self.check(view, 400, "POST", "/v1/logs", b'{"resourceLogs":{}}',
                                       {"Content-Type": "application/json"})
            self.assertEqual(headers["Content-Type"], "application/json")
            self.assertEqual(json.loads(body), {"code": 3, "message":
                             "ExportLogsServiceRequest.resource_logs: an array is expected (byte 16)"})
            self.check(view, 400, "POST", "/v1/logs", gzip.compress(b"x" * 100)[:-4],
                       {**PROTOBUF, "Content-Encoding": "gzip"})
            self.assertEqual(view.totals()["logs"], 0)

    def test_large_bodies(self):
        with View("--max-body", "10K") as view:
            self.check(view, 413, "POST", "/v1/logs", b"x" * 10241, PROTOBUF)
            self.check(view, 400, "POST", "/v1/logs", b"\xff" * 10240, PROTOBUF)
            bomb = gzip.compress(bytes(10_000_000), 9)
            self.check(view, 413, "POST", "/v1/logs", bomb[:10240] if len(bomb) > 10240 else bomb,
                       {**PROTOBUF, "Content-Encoding": "gzip"})
            # Without a length, it shows only as it comes.
            connection = view.connect()
            connection.request("POST", "/v1/logs", iter([b"x" * 5000] * 100), PROTOBUF,
                               encode_chunked=True)
            self.assertEqual(connection.getresponse().status, 413)
            connection.close()

    def test_who_asks_first_need_not_send_a_large_body(self):
        with View("--max-body", "1K") as view:
            with socket.create_connection(("127.0.0.1", view.port), PATIENCE) as sock:
                sock.sendall(b"POST /v1/logs HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                             b"Content-Type: application/x-protobuf\r\n"
                             b"Content-Length: 1000000\r\n\r\n")
                self.assertRegex(sock.recv(100), rb"^HTTP/1.1 413 ")

    def test_hanging_up_half_way_counts_nothing(self):
        with View() as view:
            with socket.create_connection(("127.0.0.1", view.port), PATIENCE) as sock:
                sock.sendall(b"POST /v1/logs HTTP/1.1\r\nHost: x\r\n"
                             b"Content-Type: application/x-protobuf\r\n"
                             b"Content-Length: 1000\r\n\r\n" + b"x" * 500)
            totals = view.totals()
            self.assertEqual((totals["requests"], totals["refused_requests"]), (0, 0))


class Testing(unittest.TestCase):
    def test_every_tenth_request_fails(self):
        body = request([log("x")])
        with View("--fail-rate", "10%", "--retry-after", "3") as view:
            answers = [view.post("/v1/logs", body) for _ in range(30)]
            self.assertEqual([a[0] for a in answers], ([200] * 9 + [503]) * 3)
            self.assertEqual(answers[9][1]["Retry-After"], "3")
            self.assertIsNone(answers[0][1]["Retry-After"])
            totals = view.totals()
            self.assertEqual((totals["logs"], totals["failed_on_purpose"]), (27, 3))

    def test_fails_with_the_status_asked_for(self):
        with View("--fail-rate", "1", "--fail-status", "400") as view:
            status, headers, _ = view.post("/v1/logs", request([log("x")]))
            self.assertEqual((status, headers["Retry-After"]), (400, None))

    def test_delayed_answers_do_not_hold_up_others(self):
        with View("--delay-ms", "600000") as view:
            slow = view.connect()
            slow.request("POST", "/v1/logs", request([log("x")]), PROTOBUF)
            # The log is taken at once, and this is answered while the other waits.
            end = time.monotonic() + PATIENCE
            while view.totals()["logs"] == 0:
                self.assertLess(time.monotonic(), end)
            # The end does not wait for the delay, and does not swallow the answer.
            code, _, _ = view.stop()
            self.assertEqual(code, 0)
            self.assertEqual(slow.getresponse().status, 200)
            slow.close()

    def test_delayed_answers_come(self):
        with View("--delay-ms", "1") as view:
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                body = request([log("x")])
                answers = pool.map(lambda _: view.post("/v1/logs", body)[0], range(100))
                self.assertEqual(set(answers), {200})
            self.assertEqual(view.totals()["logs"], 100)


class Showing(unittest.TestCase):
    def feed(self, view):
        view.post("/v1/traces", request([
            span(TRACE, b"rootroot", "GET /rides", start=MS, end=900 * MS, kind=2, error="no map"),
            span(TRACE, b"childchd", "match \x1b[31mdriver", b"rootroot", 2 * MS, 500 * MS),
        ], service="해태"))
        view.post("/v1/logs", request([log("map down\nagain", 17, trace=TRACE)]))
        view.post("/v1/metrics", request([
            metric("http.time", "s", 9, [histogram_point([9, 1], [0.1], 0.7, 10)])]))

    def check_summary(self, text):
        self.assertNotIn("\x1b", text)
        for part in ("SERVICES", "해태", "LATEST ERRORS", "GET /rides: no map",
                     r"map down\nagain", TRACE.hex(), "SLOWEST TRACES", "899 ms",
                     r"└─ match \x1b[31mdriver", "METRICS", "http.time", "70.0 ms"):
            self.assertIn(part, text)
        self.assertTrue(all(line == line.rstrip() for line in text.split("\n")))

    def test_once_prints_a_summary_at_the_end(self):
        for number_ in (signal.SIGTERM, signal.SIGINT):
            with View("--once", "--width", "120") as view:
                self.feed(view)
                code, out, err = view.stop(number_)
                self.assertEqual(code, 0)
                self.check_summary(out)
                self.assertRegex(err, r"^haetae-view: listening on http://127.0.0.1:\d+\n$")

    def test_json_alone_writes_nothing_else_to_standard_output(self):
        with View("--json") as view:
            self.feed(view)
            code, out, _ = view.stop()
            self.assertEqual(code, 0)
            totals = json.loads(out)
            self.assertEqual(totals["slowest_traces"][0]["trace_id"], TRACE.hex())
            self.assertEqual({e["kind"] for e in totals["latest_errors"]}, {"span", "log"})
            self.assertEqual(totals["metrics"][0]["count"], 10)

    def test_once_and_json_to_a_file(self):
        for form in ("--json={}", "--json {}"):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "totals.json")
                with View("--once", *form.format(path).split(" ")) as view:
                    self.feed(view)
                    code, out, _ = view.stop()
                    self.assertEqual(code, 0)
                    self.check_summary(out)
                with open(path, encoding="utf-8") as file:
                    self.assertEqual(json.load(file)["spans"], 2)
                self.assertEqual(os.listdir(folder), ["totals.json"])

    def test_ends_by_itself(self):
        with View("--once", "--exit-after-ms", "100") as view:
            out, _ = view.process.communicate(timeout=PATIENCE)
            self.assertEqual(view.process.returncode, 0)
            self.assertIn("Nothing received yet", out)

    def read_terminal(self, master, until):
        """What the program writes to its terminal until a pattern is matched."""
        seen = b""
        end = time.monotonic() + PATIENCE
        while not re.search(until, seen, re.DOTALL):
            self.assertLess(time.monotonic(), end, seen[-2000:])
            if select.select([master], [], [], 1)[0]:
                try:
                    seen += os.read(master, 65536)
                except OSError:
                    break
        return seen

    def test_a_terminal_is_redrawn_and_given_back(self):
        master, slave = pty.openpty()
        with View(env={"TERM": "xterm", "LC_ALL": "C.UTF-8"}, stdin=subprocess.DEVNULL,
                  stdout=slave) as view:
            os.close(slave)
            self.feed(view)
            seen = self.read_terminal(master, b"GET /rides: no map")
            self.assertIn(b"\x1b[?1049h", seen)
            self.assertIn(b"no keys, as standard input is no terminal", seen)
            self.assertIn("해태".encode(), seen)
            self.assertNotIn(b"\x1b[31mdriver", seen)
            view.process.send_signal(signal.SIGTERM)
            seen = self.read_terminal(master, rb"\x1b\[\?1049l.*whole run")
            self.assertIn(b"\x1b[?25h", seen)
            self.assertEqual(view.process.wait(PATIENCE), 0)
        os.close(master)

    def test_output_that_cannot_be_written_is_an_error(self):
        with open("/dev/full", "wb") as full, View("--once", stdout=full) as view:
            view.process.send_signal(signal.SIGTERM)
            self.assertEqual(view.process.wait(PATIENCE), 1)


class CommandLine(unittest.TestCase):
    def run_with(self, *arguments):
        return subprocess.run([view_process.PROGRAM, *arguments], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def test_help_and_version(self):
        result = self.run_with("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for option in ("--listen", "--once", "--json", "--delay-ms", "--fail-rate"):
            self.assertIn(option, result.stdout)
        self.assertTrue(all(len(line) <= 80 for line in result.stdout.split("\n")))
        self.assertRegex(self.run_with("--version").stdout, r"^haetae-view \d+\.\d+\.\d+\n$")

    def test_wrong_options_name_what_is_wrong(self):
        for arguments, part in (
                (["--lisen"], "--lisen"), (["extra"], "extra"),
                (["--port", "x"], "--port-file"), (["--onc"], "--once"),
                (["--fail-rate", "1.5"], "1.5"), (["--fail-rate", "x"], "fail-rate"),
                (["--delay-ms", "-1"], "delay-ms"), (["--max-body", "1T"], "1T"),
                (["--color", "blue"], "blue"), (["--width", "3"], "width"),
                (["--fail-status", "200"], "200"), (["--db-size", "3M"], "db-size"),
                (["--db-size", "1T"], "1T"), (["--keep-for", "7"], "keep-for '7'"),
                (["--keep-for", "0d"], "keep-for '0d'"), (["--keep-for", "1w"], "1w"),
                (["--keep-for", "99999999999d"], "90s, 30m, 12h or 7d")):
            result = self.run_with(*arguments)
            self.assertEqual((result.returncode, result.stdout), (2, ""), arguments)
            self.assertIn(part, result.stderr)

    def test_addresses_that_make_no_sense(self):
        for address in ("4318", ":4318", "127.0.0.1:", "127.0.0.1:70000", "::1:4318",
                        "127.0.0.1:http"):
            result = self.run_with("--listen", address)
            self.assertEqual(result.returncode, 1, address)
            self.assertIn("ADDRESS:PORT", result.stderr)

    def test_a_port_in_use_is_a_clear_error(self):
        with View() as view:
            result = self.run_with("--listen", f"127.0.0.1:{view.port}")
            self.assertEqual(result.returncode, 1)
            self.assertIn("in use", result.stderr)
            self.assertIn(str(view.port), result.stderr)


if __name__ == "__main__":
    view_process.PROGRAM = sys.argv.pop(1)
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        SENDER = sys.argv.pop(1)
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""haetae-view receives over gRPC what haetae's own exporter sends.

Usage: grpc_test.py PATH-TO-HAETAE-VIEW PATH-TO-A-SENDER"""
import concurrent.futures
import os
import socket
import subprocess
import sys
import unittest

import view_process
from view_process import PATIENCE, View

SENDER = None
GRPC = ("--grpc-listen", "127.0.0.1:0")


def send(view, spans, **settings):
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith(("OTEL_", "HAETAE_"))}
    environment.update(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{view.grpc_port}",
                       OTEL_EXPORTER_OTLP_PROTOCOL="grpc", **settings)
    return subprocess.run([SENDER, str(spans)], env=environment, text=True, capture_output=True, timeout=PATIENCE)


class Grpc(unittest.TestCase):
    def check_all_came(self, view, spans, result):
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        totals = view.totals()
        self.assertEqual([totals[name] for name in ("spans", "duplicate_spans", "logs", "refused_requests")],
                         [spans, 0, 1, 0])
        self.assertGreaterEqual(totals["data_points"], 1)

    def test_takes_what_is_sent(self):
        with View(*GRPC) as view:
            self.check_all_came(view, 1000, send(view, 1000))

    def test_takes_gzip(self):
        with View(*GRPC) as view:
            self.check_all_came(view, 300, send(view, 300, OTEL_EXPORTER_OTLP_COMPRESSION="gzip"))

    def test_a_failure_is_tried_again(self):
        with View(*GRPC, "--fail-rate", "30%") as view:
            self.assertEqual(send(view, 500).returncode, 0)
            totals = view.totals()
            self.assertEqual((totals["spans"], totals["duplicate_spans"]), (500, 0))
            self.assertGreater(totals["refused_requests"], 0)

    def test_many_send_at_once_also_over_http(self):
        with View(*GRPC) as view, concurrent.futures.ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: send(view, 200), range(8)))
            self.assertEqual([result.returncode for result in results], [0] * 8)
            self.assertEqual(view.totals()["spans"], 1600)

    def test_silent_connections_lock_nobody_out(self):
        with View(*GRPC) as view:
            silent = [socket.create_connection(("127.0.0.1", view.grpc_port)) for _ in range(200)]
            self.check_all_came(view, 10, send(view, 10))
            for connection in silent:
                connection.close()

    def test_what_is_no_http2_is_shown_the_door(self):
        with View(*GRPC) as view, socket.create_connection(("127.0.0.1", view.grpc_port), PATIENCE) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while connection.recv(4096):
                pass
            self.check_all_came(view, 10, send(view, 10))

    def test_a_port_that_is_taken_is_an_error(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            result = subprocess.run([view_process.PROGRAM, "--listen", "127.0.0.1:0", "--grpc-listen",
                                     f"127.0.0.1:{port}"], text=True, capture_output=True, timeout=PATIENCE)
        self.assertEqual(result.returncode, 1)
        self.assertIn(str(port), result.stderr)


if __name__ == "__main__":
    view_process.PROGRAM, SENDER = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])

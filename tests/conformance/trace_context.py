#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends headers over HTTP through a service with haetae, and compares what it passes on with W3C Trace Context, Level 2.

    trace_context.py --relay PROGRAM

The service is the relay of tests/interop, which has the instrumentation of the dispatch services. It understands the
requests of the W3C's own test harness as well."""
import argparse
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"
FORMAT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
START_SECONDS = 30


class Receiver(http.server.BaseHTTPRequestHandler):
    """The next service: keeps the headers of its requests."""
    headers_seen = []

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        Receiver.headers_seen.append([(name.lower(), value) for name, value in self.headers.items()])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Relay:
    def __init__(self, program):
        self.work = tempfile.TemporaryDirectory()
        port_file = pathlib.Path(self.work.name) / "port"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "HAETAE_"))}
        for what in ("TRACES", "METRICS", "LOGS"):
            env[f"OTEL_{what}_EXPORTER"] = "none"
        self.process = subprocess.Popen([program, "--port-file", port_file], env=env, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not (port_file.exists() and port_file.read_text().strip()):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError("the relay does not listen")
            time.sleep(0.02)
        self.port = int(port_file.read_text())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


class TraceContext(unittest.TestCase):
    def send(self, headers, calls=1):
        """The headers of each request that the relay makes when it gets `headers`."""
        url = f"http://127.0.0.1:{self.next.server_port}/"
        body = json.dumps([{"url": url, "arguments": []}] * calls).encode()
        Receiver.headers_seen.clear()
        connection = http.client.HTTPConnection("127.0.0.1", self.relay.port, timeout=20)
        connection.putrequest("POST", "/")
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            connection.putheader(name, value)
        connection.endheaders(body)
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        self.assertEqual(len(Receiver.headers_seen), calls)
        return list(Receiver.headers_seen)

    def pass_on(self, *headers):
        """(trace id, span id, flags) and the members of the tracestate that come out."""
        sent = self.send(headers)[0]
        parents = [value for name, value in sent if name == "traceparent"]
        self.assertEqual(len(parents), 1)
        found = FORMAT.fullmatch(parents[0])
        self.assertTrue(found, parents)
        self.assertNotIn("0" * 32, parents[0])
        states = [value for name, value in sent if name == "tracestate"]
        return found.groups(), [member.strip() for state in states for member in state.split(",") if member.strip()]

    def goes_on(self, *headers, flags="01"):
        (trace, span, found), state = self.pass_on(*headers)
        self.assertEqual((trace, found), (TRACE, flags), headers)
        self.assertNotIn(span, (SPAN, "0" * 16))
        return state

    def begins(self, *headers):
        (trace, _, flags), state = self.pass_on(*headers)
        self.assertNotEqual(trace, TRACE, headers)
        self.assertEqual(flags, "03", headers)  # sampled, and its id is random
        self.assertEqual(state, [], headers)

    # ---- traceparent: 3.2

    def test_a_request_without_headers_begins_a_trace(self):
        self.begins()

    def test_a_trace_goes_on_with_a_new_span_id(self):
        self.goes_on(("traceparent", PARENT))

    def test_names_of_headers_have_no_case(self):
        for name in ("TraceParent", "TRACEPARENT", "tRaCePaReNt"):
            self.goes_on((name, PARENT))
        self.assertEqual(self.goes_on(("traceparent", PARENT), ("TraceState", "a=1")), ["a=1"])

    def test_other_names_are_not_read(self):
        for name in ("trace-parent", "trace.parent", "traceparents"):
            self.begins((name, PARENT))
        self.assertEqual(self.goes_on(("traceparent", PARENT), ("trace-state", "a=1")), [])

    def test_a_second_traceparent_makes_both_malformed(self):
        self.begins(("traceparent", PARENT), ("traceparent", PARENT))
        self.begins(("traceparent", PARENT), ("traceparent", PARENT.replace("-01", "-00")))

    def test_space_around_a_traceparent_is_no_part_of_it(self):
        self.goes_on(("traceparent", f" \t{PARENT} \t"))

    def test_malformed_traceparents_begin_a_trace(self):
        for text in (f"00-{TRACE}-{SPAN}", f"00-{TRACE}-{SPAN}-", f"00-{TRACE}-{SPAN}-1", f"00-{TRACE}-{SPAN}-001",
                     f"00-{TRACE}-{SPAN}-01-", f"00-{TRACE}-{SPAN}-01-more", f"00-{TRACE}-{SPAN}-.0",
                     f"00-{TRACE}-{SPAN}-0.", f"00-{TRACE}-{SPAN}-0A", f"00-{'0' * 32}-{SPAN}-01",
                     f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-{SPAN}-01", f"00-{TRACE}-{SPAN.upper()}-01",
                     f"00-{TRACE[:-1]}-{SPAN}-01", f"00-{TRACE}1-{SPAN}-01", f"00-{TRACE}-{SPAN[:-1]}-01",
                     f"00-{TRACE}-{SPAN}1-01", f"00-.{TRACE[1:]}-{SPAN}-01", f"00-{TRACE}-{SPAN[:-1]}.-01",
                     f"0-{TRACE}-{SPAN}-01", f"000-{TRACE}-{SPAN}-01", f".0-{TRACE}-{SPAN}-01",
                     f"0.-{TRACE}-{SPAN}-01", f"ff-{TRACE}-{SPAN}-01", f"FF-{TRACE}-{SPAN}-01", "", "-", PARENT[:54]):
            self.begins(("traceparent", text))
            self.begins(("traceparent", text), ("tracestate", "a=1"))

    def test_later_versions_are_read_as_far_as_they_are_known(self):
        self.goes_on(("traceparent", f"cc-{TRACE}-{SPAN}-01"))
        self.goes_on(("traceparent", f"cc-{TRACE}-{SPAN}-01-what-the-future-brings"))
        self.begins(("traceparent", f"cc-{TRACE}-{SPAN}-01.what-the-future-brings"))

    # ---- trace-flags: 3.2.2.5

    def test_sampled_is_inherited(self):
        self.goes_on(("traceparent", PARENT.replace("-01", "-00")), flags="00")

    def test_random_is_inherited(self):
        self.goes_on(("traceparent", PARENT[:-2] + "03"), flags="03")
        self.goes_on(("traceparent", PARENT[:-2] + "02"), flags="02")

    # ---- tracestate: 3.3

    def state(self, *texts):
        return self.goes_on(("traceparent", PARENT), *(("tracestate", text) for text in texts))

    def test_a_tracestate_is_passed_on_in_its_order(self):
        self.assertEqual(self.state("foo=1,bar=2"), ["foo=1", "bar=2"])

    def test_a_tracestate_alone_is_left_out(self):
        self.begins(("tracestate", "foo=1"))

    def test_several_tracestates_are_one(self):
        self.assertEqual(self.state("foo=1", "bar=2"), ["foo=1", "bar=2"])
        self.assertEqual(self.state("foo=1", "", "bar=2"), ["foo=1", "bar=2"])
        self.assertEqual(self.state("foo=1,bar=2", "rojo=1,congo=2", "baz=3"),
                         ["foo=1", "bar=2", "rojo=1", "congo=2", "baz=3"])

    def test_space_around_members_is_no_part_of_them(self):
        self.assertEqual(self.state("foo=1 \t , \t bar=2, \t baz=3"), ["foo=1", "bar=2", "baz=3"])
        self.assertEqual(self.state("foo=1\t"), ["foo=1"])
        self.assertEqual(self.state("foo=1,", ",bar=2"), ["foo=1", "bar=2"])

    def test_all_characters_of_keys_and_values_are_passed_on(self):
        key = "".join(map(chr, range(97, 123))) + "0123456789_-*/"
        value = "".join(chr(c) for c in range(0x20, 0x7F) if chr(c) not in ",=")
        self.assertEqual(self.state(f"{key}=a{value}!"), [f"{key}=a{value}!"])
        # Level 2 has "@" anywhere but at the beginning; in Level 1 it came once, before the vendor.
        for key in ("0tenant@vendor", "foo@", "foo@@bar", "foo@bar@baz"):
            self.assertEqual(self.state(f"{key}=1,bar=2"), [f"{key}=1", "bar=2"])

    def test_malformed_members_leave_the_tracestate_out(self):
        for text in ("foo =1", "FOO=1", "foo.bar=1", "@foo=1,bar=2", "foo", "foo=", "=1", "foo=bar=baz", "foo=,bar=3",
                     "bar=3,foo", "foo=\x7f"):
            self.assertEqual(self.state(text), [], text)

    def test_limits_of_keys_and_members(self):
        self.assertEqual(self.state("z" * 256 + "=1"), ["z" * 256 + "=1"])
        self.assertEqual(self.state("z" * 257 + "=1"), [])
        tenant = "t" * 241 + "@" + "v" * 14
        self.assertEqual(self.state(f"{tenant}=1"), [f"{tenant}=1"])
        members = [f"bar{i:02d}={i:02d}" for i in range(1, 34)]
        self.assertEqual(self.state(",".join(members[:32])), members[:32])
        self.assertEqual(self.state(",".join(members)), [])

    def test_512_characters_are_passed_on(self):
        members = [f"k{i:02d}={'v' * (28 if i == 15 else 27)}" for i in range(16)]
        self.assertEqual(len(",".join(members)), 512)
        self.assertEqual(self.state(",".join(members)), members)

    # ---- The whole

    def test_each_call_has_a_span_of_its_own(self):
        sent = self.send([("traceparent", PARENT), ("tracestate", "a=1")], calls=3)
        parents = {value for headers in sent for name, value in headers if name == "traceparent"}
        self.assertEqual(len(parents), 3)
        self.assertEqual({FORMAT.fullmatch(parent).group(1) for parent in parents}, {TRACE})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--relay", required=True)
    relay = TraceContext.relay = Relay(parser.parse_args().relay)
    TraceContext.next = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=TraceContext.next.serve_forever, daemon=True).start()
    outcome = unittest.main(argv=sys.argv[:1], exit=False).result
    TraceContext.next.shutdown()
    TraceContext.next.server_close()
    return 0 if relay.stop() == 0 and outcome.wasSuccessful() and outcome.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())

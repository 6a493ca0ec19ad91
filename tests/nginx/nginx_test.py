#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The module for nginx in nginx, as a receiver and a server behind it see it.

Usage: nginx_test.py NGINX MODULE PROTO_FOLDER [unittest arguments]"""
import http.server
import signal
import sys
import unittest

import nginx_server
import otlp_receiver
from nginx_server import Nginx, free_port
from otlp_receiver import LocalServer, QuietHandler, Receiver

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


class Backend(LocalServer):
    """A server behind nginx, which keeps the headers that it gets: [(path, [(name, value)])]."""

    def __init__(self):
        self.requests = []
        backend = self

        class Handler(QuietHandler):
            def do_GET(self):  # pylint: disable=invalid-name
                headers = [(name.lower(), value) for name, value in self.headers.items()]
                backend.requests.append((self.path, headers))
                self.send_response(503 if self.path == "/busy" else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        super().__init__(Handler)

    def values(self, path, name):
        return [value for at, headers in self.requests if at == path
                for key, value in headers if key == name]


def traceparent_of(span):
    """As it is passed on. The ids of a trace that begins here are random, which a flag says."""
    flags = "01" if span.trace_id == TRACE else "03"
    return f"00-{span.trace_id}-{span.span_id}-{flags}"


class NginxTest(unittest.TestCase):
    def setUp(self):
        self.receiver = self.enter(Receiver())
        self.on = f"haetae on; haetae_endpoint {self.receiver.url};"

    def enter(self, manager):
        value = manager.__enter__()
        self.addCleanup(manager.__exit__, None, None, None)
        return value

    def nginx(self, server="", http="", **more):
        return self.enter(Nginx(http=self.on + http, server=server, **more))

    def only_span(self, nginx):
        self.assertEqual(nginx.stop(), 0)
        (span,) = self.receiver.spans()
        return span

    # ---- Spans ------------------------------------------------------------------------

    def test_a_request_is_a_server_span_with_its_attributes(self):
        nginx = self.nginx("location /items/ { return 200 'four'; }")
        status, _, body = nginx.get("/items/7?a=1", {"Host": f"shop.example:{nginx.port}",
                                                     "User-Agent": "tester/1"})
        self.assertEqual((status, body), (200, b"four"))
        span = self.only_span(nginx)
        port = span.attributes.pop("client.port")
        self.assertGreater(port, 0)
        self.assertEqual(span.name, "GET /items/")
        self.assertEqual(span.kind, "SPAN_KIND_SERVER")
        self.assertEqual(span.parent_id, "")
        self.assertEqual(span.status, "STATUS_CODE_UNSET")
        self.assertLessEqual(span.start_ns, span.end_ns)
        self.assertEqual(span.resource["service.name"], "nginx")
        self.assertEqual(span.attributes, {
            "http.request.method": "GET", "url.scheme": "http", "url.path": "/items/7",
            "url.query": "a=1", "http.route": "/items/", "http.response.status_code": 200,
            "network.protocol.version": "1.1", "server.address": "shop.example",
            "server.port": nginx.port, "client.address": "127.0.0.1",
            "user_agent.original": "tester/1", "http.response.body.size": 4})

    def test_unknown_methods_and_bodies(self):
        nginx = self.nginx("location / { return 204; }")
        nginx.get("/", {"Host": "h"}, method="BREW", body=b"12345")
        span = self.only_span(nginx)
        self.assertEqual(span.name, "HTTP /")
        self.assertEqual(span.attributes["http.request.method"], "_OTHER")
        self.assertEqual(span.attributes["http.request.method_original"], "BREW")
        self.assertEqual(span.attributes["http.request.body.size"], 5)
        self.assertNotIn("user_agent.original", span.attributes)
        self.assertEqual(span.attributes["server.port"], 80)

    def test_query_is_a_known_method(self):
        nginx = self.nginx("location / { return 204; }")
        nginx.get("/", {"Host": "h"}, method="QUERY", body=b"12345")
        span = self.only_span(nginx)
        self.assertEqual(span.name, "QUERY /")
        self.assertEqual(span.attributes["http.request.method"], "QUERY")
        self.assertNotIn("http.request.method_original", span.attributes)

    def test_errors_of_the_server_are_errors_and_those_of_the_client_are_not(self):
        nginx = self.nginx("location /bad { return 500; } location /none { return 404; }")
        nginx.get("/bad")
        nginx.get("/none")
        self.assertEqual(nginx.stop(), 0)
        bad, none = self.receiver.spans()
        self.assertEqual((bad.status, bad.attributes["error.type"]), ("STATUS_CODE_ERROR", "500"))
        self.assertEqual(none.status, "STATUS_CODE_UNSET")
        self.assertNotIn("error.type", none.attributes)

    def test_a_request_that_cannot_be_read_is_a_span_too(self):
        nginx = self.nginx()
        self.assertIn(b" 400 ", nginx.send(b"GET / HTTP/1.1\r\nHost: a b c\r\n\r\n"))
        span = self.only_span(nginx)
        self.assertEqual(span.attributes["http.response.status_code"], 400)

    def test_a_request_that_ends_in_a_rewrite_of_the_server_is_a_span_too(self):
        nginx = self.nginx("return 301 http://elsewhere/;")
        self.assertEqual(nginx.get("/x")[0], 301)
        span = self.only_span(nginx)
        self.assertEqual((span.name, span.attributes["http.response.status_code"]), ("GET", 301))

    def test_the_route_is_that_of_the_last_location_but_for_error_pages(self):
        nginx = self.nginx("""
            error_page 503 /sorry;
            location /first/ { try_files /nothing @second; }
            location @second { return 200; }
            location /busy { return 503; }
            location /sorry { internal; return 503 "sorry"; }""")
        nginx.get("/first/x?q")
        self.assertEqual(nginx.get("/busy")[0], 503)
        self.assertEqual(nginx.stop(), 0)
        first, busy = self.receiver.spans()
        self.assertEqual((first.name, first.attributes["http.route"]), ("GET @second", "@second"))
        self.assertEqual(first.attributes["url.path"], "/first/x")
        self.assertEqual((busy.name, busy.attributes["http.route"]), ("GET /busy", "/busy"))
        self.assertEqual(busy.attributes["url.path"], "/busy")

    def test_names_and_attributes_of_the_configuration(self):
        nginx = self.nginx("""
            location / {
                haetae_span_name "$request_method pages";
                haetae_attribute app.flavour "$arg_flavour";
                haetae_attribute app.fixed yes;
                return 200;
            }""")
        nginx.get("/?flavour=plum")
        nginx.get("/")
        self.assertEqual(nginx.stop(), 0)
        plum, none = self.receiver.spans()
        self.assertEqual((plum.name, none.name), ("GET pages", "GET pages"))
        self.assertEqual(plum.attributes["app.flavour"], "plum")
        self.assertNotIn("app.flavour", none.attributes)
        self.assertEqual(none.attributes["app.fixed"], "yes")

    def test_signatures_in_queries_are_not_recorded(self):
        nginx = self.nginx("location / { return 200; }")
        nginx.get("/?a=1&sig=secret&&Signature=alsosecret&sigma=2&X-Goog-Signature=")
        span = self.only_span(nginx)
        self.assertEqual(span.attributes["url.query"],
                         "a=1&sig=REDACTED&&Signature=REDACTED&sigma=2&X-Goog-Signature=REDACTED")

    def test_a_slow_request_begins_with_its_first_byte(self):
        nginx = self.nginx("location / { return 200; }")
        with nginx_server.socket.create_connection(("127.0.0.1", nginx.port)) as connection:
            connection.sendall(b"GET /slow HT")
            nginx.get("/other")  # the worker has read the first part before
            nginx_server.time.sleep(0.05)  # nginx counts milliseconds
            between_ns = nginx_server.time.time_ns()
            connection.sendall(b"TP/1.0\r\n\r\n")
            while connection.recv(4096):
                pass
        self.assertEqual(nginx.stop(), 0)
        spans = {span.attributes["url.path"]: span for span in self.receiver.spans()}
        self.assertLess(spans["/slow"].start_ns, between_ns)
        self.assertGreater(spans["/slow"].end_ns, between_ns)

    # ---- Where nothing is recorded -----------------------------------------------------

    def test_a_location_that_is_off_is_not_recorded(self):
        nginx = self.nginx("location /on { return 200; } location /off { haetae off; return 200; }")
        nginx.get("/off")
        nginx.get("/on")
        self.assertEqual(self.only_span(nginx).name, "GET /on")
        self.assertEqual(sum(self.receiver.points("http.server.request.duration").values()), 1)

    def test_nothing_starts_where_nothing_is_on(self):
        nginx = self.enter(Nginx(http=f"haetae_endpoint {self.receiver.url};"))
        self.assertEqual(nginx.get("/")[0], 200)
        (pid,) = nginx.worker_pids()
        threads = list(nginx_server.pathlib.Path(f"/proc/{pid}/task").iterdir())
        self.assertEqual(len(threads), 1)
        self.assertEqual(nginx.stop(), 0)
        self.assertEqual(self.receiver.requests, [])

    def test_of_spans_that_are_sampled_out_only_the_context_goes_on(self):
        backend = self.enter(Backend())
        nginx = self.nginx(f"location / {{ proxy_pass {backend.url}; }}",
                           http="haetae_sample_ratio 0;")
        nginx.get("/new")
        nginx.get("/kept", {"traceparent": TRACEPARENT})
        span = self.only_span(nginx)  # as its parent
        self.assertEqual((span.trace_id, span.parent_id), (TRACE, PARENT))
        (header,) = backend.values("/new", "traceparent")
        self.assertRegex(header, "^00-[0-9a-f]{32}-[0-9a-f]{16}-02$")
        self.assertEqual(sum(self.receiver.points("http.server.request.duration").values()), 2)

    # ---- Propagation -------------------------------------------------------------------

    def test_a_remote_parent_is_the_parent(self):
        nginx = self.nginx("location / { return 200; }")
        nginx.get("/", [("TraceParent", TRACEPARENT), ("tracestate", "a=1,b=2"),
                        ("tracestate", "c=3")])
        span = self.only_span(nginx)
        self.assertEqual((span.trace_id, span.parent_id), (TRACE, PARENT))
        self.assertEqual(span.trace_state, "a=1,b=2,c=3")

    def test_the_context_goes_on_to_the_server_behind(self):
        backend = self.enter(Backend())
        nginx = self.nginx(f"location / {{ proxy_pass {backend.url}; }}")
        nginx.get("/x", [("traceparent", TRACEPARENT), ("tracestate", "a=1")])
        span = self.only_span(nginx)
        self.assertEqual(backend.values("/x", "traceparent"),
                         [traceparent_of(span)])
        self.assertEqual(backend.values("/x", "tracestate"), ["a=1"])

    def test_two_parents_are_none_and_one_context_goes_on(self):
        backend = self.enter(Backend())
        nginx = self.nginx(f"location / {{ proxy_pass {backend.url}; }}")
        nginx.get("/x", [("traceparent", TRACEPARENT), ("traceparent", TRACEPARENT),
                         ("tracestate", "a=1")])
        span = self.only_span(nginx)
        self.assertEqual(span.parent_id, "")
        self.assertNotEqual(span.trace_id, TRACE)
        self.assertEqual(backend.values("/x", "traceparent"),
                         [traceparent_of(span)])
        self.assertEqual("".join(backend.values("/x", "tracestate")), "")

    def test_other_formats_replace_what_the_client_sent(self):
        backend = self.enter(Backend())
        nginx = self.nginx(f"location / {{ proxy_pass {backend.url}; }}",
                           http="haetae_set OTEL_PROPAGATORS b3multi;")
        nginx.get("/x", [("X-B3-TraceId", TRACE), ("x-b3-spanid", PARENT), ("x-b3-sampled", "1"),
                         ("x-b3-parentspanid", PARENT), ("baggage", "a=1"),
                         ("traceparent", "another's")])
        span = self.only_span(nginx)
        self.assertEqual((span.trace_id, span.parent_id), (TRACE, PARENT))
        self.assertEqual(backend.values("/x", "x-b3-traceid"), [TRACE])
        self.assertEqual(backend.values("/x", "x-b3-spanid"), [span.span_id])
        self.assertEqual(backend.values("/x", "x-b3-sampled"), ["1"])
        self.assertEqual(backend.values("/x", "x-b3-parentspanid"), [])
        self.assertEqual(backend.values("/x", "baggage"), ["a=1"])
        self.assertEqual(backend.values("/x", "traceparent"), ["another's"])

    def test_subrequests_carry_the_context_of_the_request(self):
        backend = self.enter(Backend())
        nginx = self.nginx(f"""
            location / {{ auth_request /auth; }}
            location /auth {{ internal; proxy_pass {backend.url}; }}""")
        self.assertEqual(nginx.get("/index.html")[0], 200)
        span = self.only_span(nginx)
        self.assertEqual(backend.values("/auth", "traceparent"), [traceparent_of(span)])

    def test_a_redirected_request_is_one_span_with_one_context(self):
        backend = self.enter(Backend())
        nginx = self.nginx(f"""
            location /busy {{ proxy_pass {backend.url}; proxy_intercept_errors on;
                              error_page 503 = /other; }}
            location /other {{ proxy_pass {backend.url}/other; }}""")
        self.assertEqual(nginx.get("/busy")[0], 200)
        span = self.only_span(nginx)
        header = [traceparent_of(span)]
        self.assertEqual(backend.values("/busy", "traceparent"), header)
        self.assertEqual(backend.values("/other", "traceparent"), header)
        self.assertEqual(span.attributes["http.response.status_code"], 200)

    def test_what_of_the_context_is_taken_and_passed_on(self):
        backend = self.enter(Backend())
        nginx = self.nginx("".join(
            f"location /{word} {{ haetae_context {word}; proxy_pass {backend.url}; }}"
            for word in ("ignore", "extract", "inject", "propagate")))
        for word in ("ignore", "extract", "inject", "propagate"):
            nginx.get(f"/{word}", {"traceparent": TRACEPARENT})
        self.assertEqual(nginx.stop(), 0)
        for span in self.receiver.spans():
            word = span.name.removeprefix("GET /")
            with self.subTest(word):
                takes = word in ("extract", "propagate")
                self.assertEqual(span.parent_id, PARENT if takes else "")
                passes_on = word in ("inject", "propagate")
                own = traceparent_of(span)
                self.assertEqual(backend.values(f"/{word}", "traceparent"),
                                 [own if passes_on else TRACEPARENT])

    def test_variables_have_the_context(self):
        nginx = self.nginx("""
            location / {
                add_header X-Ids "$haetae_trace_id $haetae_span_id $haetae_sampled";
                add_header X-Parent $haetae_traceparent;
                return 200;
            }
            location /off { haetae off; add_header X-Ids "<$haetae_trace_id>"; return 200; }""")
        _, headers, _ = nginx.get("/")
        self.assertEqual(nginx.get("/off")[1]["X-Ids"], "<>")
        span = self.only_span(nginx)
        self.assertEqual(headers["X-Ids"], f"{span.trace_id} {span.span_id} 1")
        self.assertEqual(headers["X-Parent"], traceparent_of(span))

    # ---- Metrics and logs ----------------------------------------------------------------

    def test_metrics_count_each_request_by_what_it_was(self):
        nginx = self.nginx("location / { return 200; } location /bad { return 502; }")
        for _ in range(3):
            nginx.get("/")
        nginx.get("/", method="POST", body=b"")
        nginx.get("/bad")
        self.assertEqual(nginx.stop(), 0)

        def key(method, route, status, **more):
            return tuple(sorted({
                "http.request.method": method, "url.scheme": "http", "http.route": route,
                "http.response.status_code": status, "network.protocol.version": "1.1",
                **more}.items()))

        self.assertEqual(self.receiver.points("http.server.request.duration"), {
            key("GET", "/", 200): 3, key("POST", "/", 200): 1,
            key("GET", "/bad", 502, **{"error.type": "502"}): 1})
        active = self.receiver.points("http.server.active_requests")
        self.assertEqual(set(active.values()), {0})
        self.assertEqual(len(active), 2)  # GET and POST

    def test_more_series_than_a_location_keeps_are_recorded_all_the_same(self):
        nginx = self.nginx("".join(
            f"if ($arg_status = {status}) {{ return {status}; }}" for status in range(451, 491)))
        for _ in range(2):
            for status in range(451, 491):
                nginx.get(f"/?status={status}")
        self.assertEqual(nginx.stop(), 0)
        counts = self.receiver.points("http.server.request.duration")
        self.assertEqual({dict(key)["http.response.status_code"]: count
                          for key, count in counts.items()},
                         {status: 2 for status in range(451, 491)})

    def test_messages_of_the_error_log_are_log_records_of_their_span(self):
        nginx = self.nginx("location /own { error_log own.log error; }",
                           http="haetae_log warn;")
        nginx.get("/missing.html")
        nginx.get("/own/missing.html")
        self.assertEqual(nginx.stop(), 0)
        spans = {span.attributes["url.path"]: span for span in self.receiver.spans()}
        logs = self.receiver.logs()
        self.assertEqual(len(logs), 2)  # notices of the start and the end are not among them
        for log, path in zip(logs, ("/missing.html", "/own/missing.html")):
            self.assertRegex(log.body, rf"^\*\d+ open\(\) .*{path}.* failed \(2: No such file")
            self.assertEqual((log.severity, log.severity_text),
                             ("SEVERITY_NUMBER_ERROR", "error"))
            self.assertEqual((log.trace_id, log.span_id),
                             (spans[path].trace_id, spans[path].span_id))
            self.assertGreater(log.time_ns, spans[path].start_ns - 1_000_000_000)
        # The files have them as well.
        self.assertIn("/missing.html", nginx.log())
        self.assertIn("/own/missing.html", (nginx.folder / "own.log").read_text())

    # ---- Starts and ends -----------------------------------------------------------------

    def test_a_reload_loses_nothing_and_brings_the_new_configuration(self):
        nginx = self.nginx("location / { return 200; }", workers=2)
        for _ in range(10):
            nginx.get("/")
        nginx.configure(http=self.on + "haetae_service_name renamed;",
                        server="location / { return 200; }")
        nginx.reload()
        for _ in range(10):
            nginx.get("/")
        self.assertEqual(nginx.stop(), 0)
        names = [span.resource["service.name"] for span in self.receiver.spans()]
        self.assertEqual(sorted(names), ["nginx"] * 10 + ["renamed"] * 10)
        self.assertEqual(sum(self.receiver.points("http.server.request.duration").values()), 20)

    def test_a_fast_end_exports_too(self):
        nginx = self.nginx("location / { return 200; }")
        nginx.get("/")
        self.assertEqual(nginx.stop(signal.SIGTERM), 0)
        # Its time is short: what is not delivered in it is reported.
        lost = "1 recorded, 0 delivered, 1 dropped" in nginx.log()
        self.assertEqual(len(self.receiver.spans()), 0 if lost else 1)

    def test_a_worker_that_is_killed_loses_nothing_with_a_recorder_directory(self):
        nginx = Nginx()
        folder = nginx.folder / "recorder"
        folder.mkdir()
        nginx.configure(http=self.on + f"haetae_set HAETAE_RECORDER_DIR {folder};",
                        server="location / { return 200; }")
        self.enter(nginx)
        for _ in range(5):
            nginx.get("/")
        nginx.kill_worker()
        nginx.get("/")
        nginx.wait_until(lambda: len(self.receiver.spans()) >= 5)
        self.assertEqual(nginx.stop(), 0)
        self.assertEqual(len(self.receiver.spans()), 6)

    def test_a_worker_that_cannot_start_telemetry_serves_without(self):
        nginx = self.nginx("location / { return 200; }",
                           http="haetae_set HAETAE_RECORDER_DIR /no/such/folder;")
        self.assertEqual(nginx.get("/", {"traceparent": TRACEPARENT})[0], 200)
        self.assertEqual(nginx.stop(), 0)
        self.assertRegex(nginx.log(), r"\[error\].*haetae: no telemetry: .*/no/such/folder")
        self.assertEqual(self.receiver.requests, [])

    def test_without_a_collector_nginx_serves_as_ever(self):
        nginx = self.enter(Nginx(
            http=f"haetae on; haetae_log error; haetae_endpoint http://127.0.0.1:{free_port()};"
                 "haetae_shutdown_timeout 500ms; haetae_set OTEL_BSP_SCHEDULE_DELAY 10;",
            server="location / { return 200; }"))
        for _ in range(200):
            self.assertEqual(nginx.get("/")[0], 200)
        self.assertEqual(nginx.get("/missing.html")[0], 200)
        self.assertEqual(nginx.stop(), 0)
        self.assertRegex(nginx.log(), r"\[warn\].*haetae: shutdown: .*201 recorded, 0 delivered, "
                                      r"201 dropped")

    def test_what_cannot_be_used_is_refused_before_anything_starts(self):
        for http, message in (
                ("haetae on; haetae_endpoint ftp://127.0.0.1;", "OTEL_EXPORTER_OTLP_ENDPOINT"),
                ("haetae_sample_ratio 2;", "OTEL_TRACES_SAMPLER_ARG"),
                ("haetae_set HAETAE_NO_SUCH_KEY 1;", "HAETAE_NO_SUCH_KEY"),
                ("haetae_context perhaps;", "perhaps"),
                ("haetae_attribute a b;" * 17, "more than 16 times")):
            with self.subTest(http):
                nginx = Nginx(http=http)
                self.addCleanup(nginx.directory.cleanup)
                messages, taken = nginx.test()
                self.assertFalse(taken)
                self.assertIn(message, messages)


if __name__ == "__main__":
    nginx_server.NGINX, nginx_server.MODULE, otlp_receiver.PROTO = sys.argv[1:4]
    del sys.argv[1:4]
    unittest.main()

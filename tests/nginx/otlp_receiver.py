# SPDX-License-Identifier: Apache-2.0
"""A receiver of OTLP/HTTP that keeps what it gets, and reads it with protoc."""
import http.server
import re
import subprocess
import threading

PROTO = None  # the folder of otlp.proto

TOKEN = re.compile(r'\s*(?:(\w+)(:|(?= \{))|([{}])|("(?:[^"\\]|\\.)*"|[^\s{}]+))')


def _parse(tokens):
    """Text that protoc writes: {field: [values]} with messages as such dicts."""
    message = {}
    for name, _, brace, value in tokens:
        if name:
            key = name
        elif brace == "{":
            message.setdefault(key, []).append(_parse(tokens))
        elif brace == "}":
            return message
        elif value.startswith('"'):
            # Octal escapes are the same in Python.
            raw = eval("b" + value, {"__builtins__": {}})  # pylint: disable=eval-used
            message.setdefault(key, []).append(raw)
        else:
            message.setdefault(key, []).append(value)
    return message


def decode(kind, body):
    """A request, e.g. of kind "Trace"."""
    text = subprocess.run(
        ["protoc", f"--decode=hae_otlp.Export{kind}ServiceRequest", "otlp.proto"], cwd=PROTO,
        input=body, stdout=subprocess.PIPE, check=True).stdout.decode()
    return _parse(iter(TOKEN.findall(text)))


def text(message, field):
    return message.get(field, [b""])[0].decode()


def number(message, field):
    return int(message.get(field, ["0"])[0])


def value_of(message):
    kind, (raw,) = next(iter(message.items()))
    return {"string_value": lambda: raw.decode(), "int_value": lambda: int(raw),
            "double_value": lambda: float(raw), "bool_value": lambda: raw == "true"}[kind]()


def attributes_of(message):
    """The attributes, none of which may be there twice."""
    pairs = [(text(a, "key"), value_of(a["value"][0])) for a in message.get("attributes", [])]
    assert len(dict(pairs)) == len(pairs), f"an attribute is there twice: {pairs}"
    return dict(pairs)


class QuietHandler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass


class LocalServer:
    """Listens on a free port of 127.0.0.1; use it by `with`."""

    def __init__(self, handler):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Receiver(LocalServer):
    """Keeps the requests that it gets by OTLP/HTTP."""

    def __init__(self):
        self.requests = []  # (kind, body)
        receiver = self

        class Handler(QuietHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                kind = {"/v1/traces": "Trace", "/v1/logs": "Logs", "/v1/metrics": "Metrics"}
                receiver.requests.append((kind[self.path], body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

        super().__init__(Handler)

    def _items(self, kind, resources, scopes, items):
        """(attributes of the resource, item)"""
        for of, body in list(self.requests):
            if of == kind:
                for resource in decode(kind, body)[resources]:
                    about = attributes_of(resource["resource"][0])
                    for scope in resource[scopes]:
                        for item in scope[items]:
                            yield about, item

    def spans(self):
        return [Span(about, item)
                for about, item in self._items("Trace", "resource_spans", "scope_spans", "spans")]

    def logs(self):
        return [Log(about, item)
                for about, item in self._items("Logs", "resource_logs", "scope_logs",
                                               "log_records")]

    def points(self, name):
        """{attributes as sorted pairs: the sum of the last points of all workers}; of a
        histogram, its count."""
        last = {}
        for about, metric in self._items("Metrics", "resource_metrics", "scope_metrics",
                                         "metrics"):
            if text(metric, "name") != name:
                continue
            for data in metric.get("sum", []) + metric.get("histogram", []):
                for point in data["data_points"]:
                    key = tuple(sorted(attributes_of(point).items()))
                    last[key, about["service.instance.id"]] = int(
                        point.get("count", point.get("as_int", ["0"]))[0])
        sums = {}
        for (key, _), count in last.items():
            sums[key] = sums.get(key, 0) + count
        return sums


class Span:
    def __init__(self, resource, item):
        self.resource = resource
        self.name = text(item, "name")
        self.kind = item["kind"][0]
        self.trace_id = item["trace_id"][0].hex()
        self.span_id = item["span_id"][0].hex()
        self.parent_id = item.get("parent_span_id", [b""])[0].hex()
        self.trace_state = text(item, "trace_state")
        self.start_ns = number(item, "start_time_unix_nano")
        self.end_ns = number(item, "end_time_unix_nano")
        self.attributes = attributes_of(item)
        self.status = item.get("status", [{}])[0].get("code", ["STATUS_CODE_UNSET"])[0]


class Log:
    def __init__(self, resource, item):
        self.resource = resource
        self.severity = item["severity_number"][0]
        self.severity_text = text(item, "severity_text")
        self.body = value_of(item["body"][0])
        self.trace_id = item.get("trace_id", [b""])[0].hex()
        self.span_id = item.get("span_id", [b""])[0].hex()
        self.time_ns = number(item, "time_unix_nano")

# SPDX-License-Identifier: Apache-2.0
"""What the semantic conventions ask of telemetry. `Checker.check()` takes requests of OTLP and collects faults, each as
(rule, what is wrong). Requirement levels of metrics come with the package; those of spans are written down here, by
"Semantic conventions for HTTP spans" and "Recording exceptions on spans"."""
import re

INTERNAL, SERVER, CLIENT = 1, 2, 3
STATUS_UNSET, STATUS_ERROR = 0, 2
CUMULATIVE = 2

TYPES = {"string": ("string_value",), "Enum": ("string_value", "int_value"), "int": ("int_value",),
         "double": ("double_value",), "boolean": ("bool_value",)}
INSTRUMENTS = {"Counter": ("sum", True), "UpDownCounter": ("sum", False), "Gauge": ("gauge", None),
               "Histogram": ("histogram", None)}
NUMBERS = {"Int64": "as_int", "Float64": "as_double"}
# Resource: "Service", "Telemetry SDK".
RESOURCE_REQUIRED = {"service.name", "telemetry.sdk.name", "telemetry.sdk.language", "telemetry.sdk.version"}
SPAN_REQUIRED = {SERVER: {"http.request.method", "url.path", "url.scheme"},
                 CLIENT: {"http.request.method", "server.address", "server.port", "url.full"}}
NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")


def plain(value):
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    return getattr(value, kind) if kind else None


def as_dict(attributes):
    return {attribute.key: plain(attribute.value) for attribute in attributes}


def has_type(value, kind):
    found = value.WhichOneof("value")
    if kind == "any":
        return True
    if kind.endswith("[]"):
        return found == "array_value" and all(has_type(item, kind[:-2]) for item in value.array_value.values)
    return found in TYPES[kind]


class Checker:
    def __init__(self, conventions, own):
        self.conventions, self.own = conventions, own
        self.faults, self.seen = set(), set()
        self.counts = {"attributes": 0, "spans": 0, "metrics": 0, "log records": 0, "resources": 0}

    def fault(self, rule, what):
        self.faults.add((rule, what))

    # ---- Attributes

    def attributes(self, attributes, where):
        """Checks names, types and values; returns them as a dict."""
        for attribute in attributes:
            self.counts["attributes"] += 1
            self._attribute(attribute.key, attribute.value, where)
        keys = [attribute.key for attribute in attributes]
        if len(set(keys)) != len(keys):
            self.fault("key twice", f"{where}: {sorted(keys)}")
        return as_dict(attributes)

    def _attribute(self, key, value, where):
        kind = self.conventions.type_of(key)
        if kind is None:
            if key not in self.own.ATTRIBUTES:
                self.fault("unknown attribute", f"{where}: {key}")
            self.seen.add(key)
            return
        if not has_type(value, kind):
            self.fault("type", f"{where}: {key} is {value.WhichOneof('value')}, not {kind}")
            return
        known = self.conventions.values.get(key, set())
        # Where the only value is the fallback, all others are the instrumentation's.
        if kind == "Enum" and known != {"_OTHER"} and plain(value) not in known:
            if (key, plain(value)) not in self.own.VALUES:
                self.fault("enum value", f"{where}: {key} = {plain(value)!r}")
            self.seen.add((key, plain(value)))

    # ---- Resource and scope

    def resource(self, resource):
        self.counts["resources"] += 1
        found = self.attributes(resource.attributes, "resource")
        for key in RESOURCE_REQUIRED - found.keys():
            self.fault("required on a resource", key)

    def scope(self, scope):
        self.attributes(scope.attributes, f"scope {scope.name}")
        if not scope.name:
            self.fault("scope without a name", repr(scope))

    # ---- Spans

    def span(self, span):
        self.counts["spans"] += 1
        where = f"span {span.name!r}"
        found = self.attributes(span.attributes, where)
        for event in span.events:
            self._event(event, where)
        for link in span.links:
            self.attributes(link.attributes, f"a link of {where}")
        if span.kind in SPAN_REQUIRED:
            self._http_span(span, found, where)
        if "error.type" in found and span.status.code != STATUS_ERROR:
            self.fault("error.type without the status Error", where)

    def _http_span(self, span, found, where):
        for key in SPAN_REQUIRED[span.kind] - found.keys():
            self.fault("required on a span", f"{where} of kind {span.kind}: {key}")
        self._http_name(span, found, where)
        status = found.get("http.response.status_code")
        fails = status is not None and (status >= 500 or (status >= 400 and span.kind == CLIENT))
        if fails and span.status.code != STATUS_ERROR:
            self.fault("status of a failed request", f"{where}: {status}")
        if status is not None and status < 400 and span.status.code != STATUS_UNSET:
            self.fault("status of a good request", f"{where}: {status}")
        if span.status.code == STATUS_ERROR and "error.type" not in found:
            self.fault("required on a failed span", f"{where}: error.type")
        if status is None and "error.type" not in found:
            self.fault("neither a status code nor an error", where)
        if found.get("http.request.method") == "_OTHER":
            self._unknown_method(found, where)
        if "server.port" in found and "server.address" not in found:
            self.fault("a port without its address", where)

    def _unknown_method(self, found, where):
        original = found.get("http.request.method_original")
        if original is None:
            self.fault("required for an unknown method", f"{where}: http.request.method_original")
        elif original in self.conventions.values["http.request.method"]:
            self.fault("a known method is _OTHER", f"{where}: {original}")

    def _http_name(self, span, found, where):
        """"{method} {target}", or the method alone; a target has few values."""
        method = found.get("http.request.method", "")
        target = found.get("http.route" if span.kind == SERVER else "url.template")
        name = "HTTP" if method == "_OTHER" else method
        if span.name not in ({f"{name} {target}"} if target else {name}):
            self.fault("name of a span", f"{where}, method {method!r}, target {target!r}")

    def _event(self, event, where):
        found = self.attributes(event.attributes, f"event {event.name!r} of {where}")
        if event.name == "exception" and not found.keys() & {"exception.type", "exception.message"}:
            self.fault("required on an exception", where)

    # ---- Log records

    def log(self, record):
        self.counts["log records"] += 1
        self.attributes(record.attributes, f"log record {plain(record.body)!r}")

    # ---- Metrics

    def metric(self, metric):
        self.counts["metrics"] += 1
        where = f"metric {metric.name}"
        kind = metric.WhichOneof("data")
        points = getattr(metric, kind).data_points
        for point in points:
            self.attributes(point.attributes, where)
        known = self.conventions.metrics.get(metric.name)
        if known is None:
            self.seen.add(metric.name)
            if metric.name not in self.own.METRICS:
                self.fault("unknown metric", metric.name)
            return
        self._known_metric(metric, known, kind, points, where)

    def _known_metric(self, metric, known, kind, points, where):
        wanted, monotonic = INSTRUMENTS[known.instrument]
        if kind != wanted or (kind == "sum" and metric.sum.is_monotonic != monotonic):
            self.fault("instrument", f"{where} is a {kind}, not a {known.instrument}")
        if metric.unit != known.unit:
            self.fault("unit", f"{where}: {metric.unit!r}, not {known.unit!r}")
        for point in points:
            keys = as_dict(point.attributes).keys()
            for key in known.required - keys:
                self.fault("required on a metric", f"{where}: {key}")
            for key in keys - known.required - known.optional:
                self.fault("attribute of another metric", f"{where}: {key}")
            if kind in ("sum", "gauge") and point.WhichOneof("value") != NUMBERS[known.number]:
                self.fault("number", f"{where}: {point.WhichOneof('value')}, not {known.number}")

    # ---- All of it

    def check(self, received):
        """`received`: lists of requests by path, as the receiver keeps them."""
        for path, groups, scopes, items, check in (
                ("/v1/traces", "resource_spans", "scope_spans", "spans", self.span),
                ("/v1/metrics", "resource_metrics", "scope_metrics", "metrics", self.metric),
                ("/v1/logs", "resource_logs", "scope_logs", "log_records", self.log)):
            for request in received.get(path, ()):
                for group in getattr(request, groups):
                    self.resource(group.resource)
                    for scope in getattr(group, scopes):
                        self.scope(scope.scope)
                        for item in getattr(scope, items):
                            check(item)

    def check_own(self):
        """The list of own names itself."""
        own = self.own.ATTRIBUTES.keys() | self.own.METRICS.keys()
        for name in own - self.seen:
            self.fault("own name that is never seen", name)
        for pair in self.own.VALUES.keys() - self.seen:
            self.fault("own value that is never seen", repr(pair))
        for name in own:
            if self.conventions.type_of(name) or name in self.conventions.metrics:
                self.fault("own name that is in the conventions", name)
            if "." in name and name.split(".")[0] in self.conventions.namespaces():
                self.fault("own name in a namespace of the conventions", name)
            if not NAME.fullmatch(name):
                self.fault("form of an own name", name)

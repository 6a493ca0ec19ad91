# SPDX-License-Identifier: Apache-2.0
"""Feeds the rules telemetry with one fault each: the rule must report it, and nothing may be reported without it."""
import types

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.common.v1 import common_pb2

import rules

OWN = types.SimpleNamespace(ATTRIBUTES={"ride.id": "ours"}, METRICS={"rides": "ours"},
                            VALUES={("telemetry.sdk.language", "c"): "ours"})
SERVER = {"http.request.method": "GET", "url.path": "/a", "url.scheme": "http", "http.route": "/a",
          "server.address": "h", "server.port": 80, "http.response.status_code": 200, "ride.id": 1}
CLIENT = {"http.request.method": "GET", "server.address": "h", "server.port": 80, "url.full": "http://h/a",
          "http.response.status_code": 200}


def value(of):
    if isinstance(of, bool):
        return common_pb2.AnyValue(bool_value=of)
    if isinstance(of, int):
        return common_pb2.AnyValue(int_value=of)
    if isinstance(of, float):
        return common_pb2.AnyValue(double_value=of)
    if isinstance(of, list):
        return common_pb2.AnyValue(array_value=common_pb2.ArrayValue(values=[value(item) for item in of]))
    return common_pb2.AnyValue(string_value=of)


def put(attributes, items):
    del attributes[:]
    for key, item in items.items():
        attributes.append(common_pb2.KeyValue(key=key, value=value(item)))


def good():
    """Requests without a fault, by path."""
    traces = trace_service_pb2.ExportTraceServiceRequest()
    metrics = metrics_service_pb2.ExportMetricsServiceRequest()
    logs = logs_service_pb2.ExportLogsServiceRequest()
    scopes = []
    for group, name in ((traces.resource_spans.add(), "scope_spans"), (metrics.resource_metrics.add(), "scope_metrics"),
                        (logs.resource_logs.add(), "scope_logs")):
        put(group.resource.attributes, {"service.name": "s", "telemetry.sdk.name": "haetae",
                                        "telemetry.sdk.language": "c", "telemetry.sdk.version": "1",
                                        "os.type": "linux", "process.command_args": ["a", "b"]})
        scopes.append(getattr(group, name).add())
        scopes[-1].scope.name = "scope"
    server = scopes[0].spans.add(name="GET /a", kind=rules.SERVER)
    put(server.attributes, SERVER)
    put(server.events.add(name="exception").attributes, {"exception.type": "t"})
    put(scopes[0].spans.add(name="GET", kind=rules.CLIENT).attributes, CLIENT)
    duration = scopes[1].metrics.add(name="http.server.request.duration", unit="s")
    put(duration.histogram.data_points.add().attributes, {"http.request.method": "GET", "url.scheme": "http"})
    active = scopes[1].metrics.add(name="http.server.active_requests", unit="{request}")
    put(active.sum.data_points.add(as_int=1).attributes, {"http.request.method": "GET", "url.scheme": "http"})
    scopes[1].metrics.add(name="rides").sum.data_points.add(as_int=1)
    scopes[2].log_records.add(body=value("text"))
    return {"/v1/traces": [traces], "/v1/metrics": [metrics], "/v1/logs": [logs]}


def span(received, index=0):
    return received["/v1/traces"][0].resource_spans[0].scope_spans[0].spans[index]


def metric(received, index=0):
    return received["/v1/metrics"][0].resource_metrics[0].scope_metrics[0].metrics[index]


def resource(received):
    return received["/v1/traces"][0].resource_spans[0].resource


def with_(base, **changes):
    """`base` with changes; dots of keys are written as two underscores, None removes a key."""
    changed = dict(base)
    for key, item in changes.items():
        changed[key.replace("__", ".")] = item
    return {key: item for key, item in changed.items() if item is not None}


def set_span(index=0, status=None, name=None, base=None, **changes):
    def change(received):
        put(span(received, index).attributes, with_(base or (SERVER, CLIENT)[index], **changes))
        if status is not None:
            span(received, index).status.code = status
        if name is not None:
            span(received, index).name = name
    return change


def set_point(index, **changes):
    def change(received):
        kind = metric(received, index).WhichOneof("data")
        put(getattr(metric(received, index), kind).data_points[0].attributes,
            with_({"http.request.method": "GET", "url.scheme": "http"}, **changes))
    return change


def set_resource(**changes):
    return lambda received: put(resource(received).attributes,
                                with_(rules.as_dict(resource(received).attributes), **changes))


def twice(received):
    span(received).attributes.append(span(received).attributes[0])


def double_point(received):
    metric(received, 1).sum.data_points[0].as_double = 1.0


def monotonic(received):
    metric(received, 1).sum.is_monotonic = True


def as_gauge(received):
    metric(received, 0).gauge.data_points.add(as_double=1.0)
    put(metric(received, 0).gauge.data_points[0].attributes, {"http.request.method": "GET", "url.scheme": "http"})


def renamed(index, name):
    return lambda received: setattr(metric(received, index), "name", name)


def unit(received):
    metric(received, 0).unit = "ms"


def no_scope(received):
    received["/v1/logs"][0].resource_logs[0].scope_logs[0].scope.name = ""


def log_attribute(received):
    put(received["/v1/logs"][0].resource_logs[0].scope_logs[0].log_records[0].attributes, {"http.status_code": 200})


def link_attribute(received):
    put(span(received).links.add().attributes, {"somewhere": "x"})


def bare_exception(received):
    put(span(received).events[0].attributes, {"exception.stacktrace": "t"})


# The rule that must report, and the change that breaks it.
FAULTS = [
    ("unknown attribute", set_span(http__status_code=200)),
    ("unknown attribute", set_resource(deployment__environment="staging")),
    ("unknown attribute", log_attribute),
    ("unknown attribute", link_attribute),
    ("type", set_span(server__port="80")),
    ("type", set_span(http__response__status_code=200.0)),
    ("type", set_span(base={**SERVER, "process.command_args": "a"})),
    ("type", set_span(base={**SERVER, "process.command_args": ["a", 1]})),
    ("type", set_span(base={**SERVER, "http.request.header.accept": "text/html"})),
    ("enum value", set_span(http__request__method="get", name="get /a")),
    ("enum value", set_resource(os__type="Linux")),
    ("key twice", twice),
    ("required on a resource", set_resource(service__name=None)),
    ("required on a resource", set_resource(telemetry__sdk__language=None)),
    ("scope without a name", no_scope),
    ("required on a span", set_span(url__path=None)),
    ("required on a span", set_span(1, url__full=None)),
    ("name of a span", set_span(name="GET /a/1")),
    ("name of a span", set_span(1, name="/a")),
    ("name of a span", set_span(http__request__method="_OTHER", http__request__method_original="BREW",
                                name="_OTHER /a")),
    ("required for an unknown method", set_span(http__request__method="_OTHER", name="HTTP /a")),
    ("a known method is _OTHER", set_span(http__request__method="_OTHER", http__request__method_original="QUERY",
                                          name="HTTP /a")),
    ("status of a failed request", set_span(http__response__status_code=500)),
    ("status of a failed request", set_span(1, http__response__status_code=404)),
    ("status of a good request", set_span(status=rules.STATUS_ERROR, error__type="x")),
    ("required on a failed span", set_span(http__response__status_code=500, status=rules.STATUS_ERROR)),
    ("error.type without the status Error", set_span(error__type="500")),
    ("neither a status code nor an error", set_span(http__response__status_code=None)),
    ("a port without its address", set_span(server__address=None)),
    ("required on an exception", bare_exception),
    ("unknown metric", renamed(0, "http.server.duration")),
    ("instrument", as_gauge),
    ("instrument", monotonic),
    ("unit", unit),
    ("number", double_point),
    ("required on a metric", set_point(0, url__scheme=None)),
    ("attribute of another metric", set_point(0, url__path="/a")),
]
# The rule that must report, and what is wrong with the list of own names.
OWN_FAULTS = [
    ("own name that is never seen", {"ATTRIBUTES": {"ride.id": "", "ride.other": ""}}),
    ("own value that is never seen", {"VALUES": {**OWN.VALUES, ("os.type", "other"): ""}}),
    ("own name that is in the conventions", {"ATTRIBUTES": {"ride.id": "", "url.path": ""}}),
    ("own name in a namespace of the conventions", {"METRICS": {"rides": "", "http.rides": ""}}),
    ("form of an own name", {"METRICS": {"rides": "", "Rides": ""}}),
]


def faults_of(known, received, own=OWN):
    checker = rules.Checker(known, own)
    checker.check(received)
    checker.check_own()
    return checker.faults


def run(known):
    wrong = [f"reported without a fault: {fault}" for fault in faults_of(known, good())]
    for rule, change in FAULTS:
        received = good()
        change(received)
        found = {name for name, _ in faults_of(known, received)}
        if rule not in found:
            wrong.append(f"not reported: {rule} (only {sorted(found)})")
    for rule, change in OWN_FAULTS:
        found = {name for name, _ in faults_of(known, good(), types.SimpleNamespace(**{**vars(OWN), **change}))}
        if rule not in found:
            wrong.append(f"not reported: {rule} (only {sorted(found)})")
    # The package was understood: a few facts of each kind.
    facts = [len(known.attributes) > 600, len(known.metrics) > 300, known.attributes["url.path"] == "string",
             known.type_of("k8s.pod.label.app") == "string", known.values["os.type"] >= {"linux", "windows"},
             known.metrics["http.server.request.duration"].unit == "s",
             known.metrics["http.server.request.duration"].required == {"http.request.method", "url.scheme"}]
    if not all(facts):
        wrong.append(f"the conventions are not understood: {facts}")
    for line in wrong:
        print(line)
    print(f"{len(FAULTS) + len(OWN_FAULTS)} faults of {len({rule for rule, _ in FAULTS + OWN_FAULTS})} rules, "
          f"{len(wrong)} not as they should be")
    return 1 if wrong else 0

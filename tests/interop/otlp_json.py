# SPDX-License-Identifier: Apache-2.0
"""Reads OTLP/JSON into plain items that can be compared leaf by leaf.

The result has every field of a message, with its default where JSON left it out.
64-bit numbers are ints. Attribute lists are dicts, since their order has no
meaning. An unknown field is an error. Specification: opentelemetry-proto, "JSON Protobuf Encoding".
"""

import json

# A field's type: "text", "int", "double", "bool", "raw", "value", "attributes",
# the name of a message, or a list of one of them. A "?" marks a field whose
# absence differs from its default: the field is None then.
MESSAGES = {
    "resource": {"attributes": "attributes", "droppedAttributesCount": "int",
                 "entityRefs": ["raw"]},
    "scope": {"name": "text", "version": "text", "attributes": "attributes",
              "droppedAttributesCount": "int"},
    "span": {"traceId": "text", "spanId": "text", "traceState": "text", "parentSpanId": "text",
             "flags": "int", "name": "text", "kind": "int", "startTimeUnixNano": "int",
             "endTimeUnixNano": "int", "attributes": "attributes",
             "droppedAttributesCount": "int", "events": ["event"], "droppedEventsCount": "int",
             "links": ["link"], "droppedLinksCount": "int", "status": "status"},
    "event": {"timeUnixNano": "int", "name": "text", "attributes": "attributes",
              "droppedAttributesCount": "int"},
    "link": {"traceId": "text", "spanId": "text", "traceState": "text",
             "attributes": "attributes", "droppedAttributesCount": "int", "flags": "int"},
    "status": {"code": "int", "message": "text"},
    "log": {"timeUnixNano": "int", "observedTimeUnixNano": "int", "severityNumber": "int",
            "severityText": "text", "body": "value", "attributes": "attributes",
            "droppedAttributesCount": "int", "flags": "int", "traceId": "text",
            "spanId": "text", "eventName": "text"},
    "metric": {"name": "text", "description": "text", "unit": "text",
               "metadata": "attributes", "sum": "sum?", "gauge": "gauge?",
               "histogram": "histogram?"},
    "sum": {"dataPoints": ["number"], "aggregationTemporality": "int", "isMonotonic": "bool"},
    "gauge": {"dataPoints": ["number"]},
    "histogram": {"dataPoints": ["distribution"], "aggregationTemporality": "int"},
    "number": {"attributes": "attributes", "startTimeUnixNano": "int", "timeUnixNano": "int",
               "asInt": "int?", "asDouble": "double?", "exemplars": ["raw"], "flags": "int"},
    "distribution": {"attributes": "attributes", "startTimeUnixNano": "int",
                     "timeUnixNano": "int", "count": "int", "sum": "double?",
                     "bucketCounts": ["int"], "explicitBounds": ["double"],
                     "exemplars": ["raw"], "flags": "int", "min": "double?", "max": "double?"},
}
DEFAULTS = {"text": "", "int": 0, "double": 0.0, "bool": False}
VALUE_TYPES = {"stringValue": "text", "boolValue": "bool", "intValue": "int",
               "doubleValue": "double", "bytesValue": "text"}


def parse(line):
    """One line of JSON, in strict UTF-8; -0 stays the double it was."""
    if isinstance(line, bytes):
        line = line.decode("utf-8", "strict")
    return json.loads(line, parse_int=lambda text: -0.0 if text == "-0" else int(text))


def _matcher(raw):
    """Expectations may have "$name" where any suitable value is right."""
    return isinstance(raw, str) and raw.startswith("$")


def _known(raw, names):
    unknown = sorted(raw.keys() - set(names))
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(unknown)}")


def _scalar(kind, raw):
    if _matcher(raw):
        return raw
    if kind == "int":
        return int(raw)
    if kind == "double":
        return float(raw)
    expected = str if kind == "text" else bool
    if not isinstance(raw, expected):
        raise ValueError(f"not a {kind}: {raw!r}")
    return raw


def _value(raw):
    """An AnyValue: {} or one member."""
    _known(raw, [*VALUE_TYPES, "arrayValue", "kvlistValue"])
    result = {}
    for name, content in raw.items():
        if name in VALUE_TYPES:
            result[name] = _scalar(VALUE_TYPES[name], content)
            continue
        _known(content, ["values"])
        values = content.get("values", [])
        is_array = name == "arrayValue"
        result[name] = [_value(item) for item in values] if is_array else _attributes(values)
    return result


def _attributes(raw):
    """Keys and values; a duplicate key is kept under another name."""
    result = {}
    for pair in raw:
        name = pair.get("key", "")
        while name in result:
            name += " (again)"
        result[name] = _value(pair.get("value", {}))
        _known(pair, ["key", "value"])
    return result


def _field(kind, raw):
    if isinstance(kind, list):
        return [_field(kind[0], item) for item in raw or []]
    optional = kind.endswith("?")
    kind = kind.rstrip("?")
    if raw is None and optional:
        return None
    if kind in MESSAGES:
        return message(kind, raw or {})
    if kind == "attributes":
        return _attributes(raw or [])
    if kind == "value":
        return _value(raw or {})
    if kind == "raw":
        return raw
    return DEFAULTS[kind] if raw is None else _scalar(kind, raw)


def message(kind, raw):
    """A message with all of its fields."""
    fields = MESSAGES[kind]
    _known(raw, fields)
    return {name: _field(type_, raw.get(name)) for name, type_ in fields.items()}


def split_metric(raw):
    """The data points of a metric, each as (metric without points, point)."""
    whole = message("metric", raw)
    kinds = [kind for kind in ("sum", "gauge", "histogram") if whole[kind] is not None]
    if len(kinds) != 1:
        raise ValueError(f"a metric with the data {kinds}: {whole['name']}")
    points = whole[kinds[0]].pop("dataPoints")
    return [(whole, point) for point in points]


SIGNALS = (("resourceSpans", "scopeSpans", "spans", "span"),
           ("resourceLogs", "scopeLogs", "logRecords", "log"),
           ("resourceMetrics", "scopeMetrics", "metrics", "metric"))


def _resource(raw, inner):
    _known(raw, ["resource", "schemaUrl", inner])
    resource = message("resource", raw.get("resource", {}))
    return dict(resource, schemaUrl=_scalar("text", raw.get("schemaUrl", "")))


def _scope(raw, leaf):
    _known(raw, ["scope", "schemaUrl", leaf])
    scope = message("scope", raw.get("scope", {}))
    return dict(scope, schemaUrl=_scalar("text", raw.get("schemaUrl", "")))


def read_request(request):
    """All items of an export request, in its order: dicts of "resource", "scope"
    and either "span", "log" or "metric" with "point"."""
    _known(request, [outer for outer, _, _, _ in SIGNALS])
    items = []
    for outer, inner, leaf, kind in SIGNALS:
        for by_resource in request.get(outer, []):
            resource = _resource(by_resource, inner)
            for by_scope in by_resource.get(inner, []):
                scope = _scope(by_scope, leaf)
                for raw in by_scope.get(leaf, []):
                    items += read_item(resource, scope, kind, raw)
    return items


def read_item(resource, scope, kind, raw):
    """One item; a metric gives one for each data point."""
    if kind == "metric":
        return [{"resource": resource, "scope": scope, "metric": metric, "point": point}
                for metric, point in split_metric(raw)]
    return [{"resource": resource, "scope": scope, kind: message(kind, raw)}]

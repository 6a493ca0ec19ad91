# SPDX-License-Identifier: Apache-2.0
"""OTLP request bodies, written by hand: a protobuf encoder of a few lines, which
shares no code with the decoder that is tested."""
import struct


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def fixed64(field, value):
    return varint(field << 3 | 1) + struct.pack("<Q", value & (1 << 64) - 1)


def double(field, value):
    return varint(field << 3 | 1) + struct.pack("<d", value)


def data(field, value):
    if isinstance(value, str):
        value = value.encode()
    return varint(field << 3 | 2) + varint(len(value)) + value


def packed_fixed64(field, values):
    return data(field, b"".join(struct.pack("<Q", v) for v in values))


def packed_doubles(field, values):
    return data(field, b"".join(struct.pack("<d", v) for v in values))


def any_value(value):
    if isinstance(value, bool):
        return number(2, int(value))
    if isinstance(value, int):
        return number(3, value)
    if isinstance(value, float):
        return double(4, value)
    if isinstance(value, bytes):
        return data(7, value)
    if isinstance(value, list):
        return data(5, b"".join(data(1, any_value(v)) for v in value))
    if isinstance(value, dict):
        return data(6, attributes(1, value))
    return data(1, value)


def attributes(field, values):
    return b"".join(
        data(field, data(1, key) + data(2, any_value(value))) for key, value in values.items()
    )


def resource(service, **more):
    return attributes(1, {"service.name": service, **more})


def scope(name, version=""):
    return data(1, name) + (data(2, version) if version else b"")


def request(items, service="shop", scope_name="tests", resource_attributes=None):
    """A request of one resource and one scope, for any of the three signals."""
    block = data(1, scope(scope_name, "1.0")) + b"".join(data(2, item) for item in items)
    return data(1, data(1, resource(service, **(resource_attributes or {}))) + data(2, block))


def span(trace, span_id, name="work", parent=b"", start=1, end=2, kind=1, error=None, attrs=None,
         events=()):
    body = data(1, trace) + data(2, span_id)
    if parent:
        body += data(4, parent)
    body += data(5, name) + number(6, kind) + fixed64(7, start) + fixed64(8, end)
    body += attributes(9, attrs or {})
    for event_name, event_attrs in events:
        body += data(11, fixed64(1, end) + data(2, event_name) + attributes(3, event_attrs))
    if error is not None:
        body += data(15, data(2, error) + number(3, 2))
    return body


def log(text, severity=9, time=1, trace=b"", span_id=b"", attrs=None):
    body = fixed64(1, time) + number(2, severity) + data(5, any_value(text))
    body += attributes(6, attrs or {})
    if trace:
        body += data(9, trace) + data(10, span_id)
    return body


def number_point(value, time, start=1, attrs=None):
    value = fixed64(6, value) if isinstance(value, int) else double(4, value)
    return fixed64(2, start) + fixed64(3, time) + value + attributes(7, attrs or {})


def histogram_point(counts, bounds, total, time, start=1, attrs=None, low=None, high=None):
    body = fixed64(2, start) + fixed64(3, time) + fixed64(4, sum(counts)) + double(5, total)
    body += packed_fixed64(6, counts) + packed_doubles(7, bounds) + attributes(9, attrs or {})
    if low is not None:
        body += double(11, low)
    if high is not None:
        body += double(12, high)
    return body


def metric(name, unit, field, points, temporality=2, monotonic=False):
    """field: 5 gauge, 7 sum, 9 histogram, 10 exponential histogram, 11 summary."""
    content = b"".join(data(1, point) for point in points)
    if field in (7, 9, 10):
        content += number(2, temporality)
    if monotonic:
        content += number(3, 1)
    return data(1, name) + data(3, unit) + data(field, content)

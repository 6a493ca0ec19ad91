#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests of the comparison itself, with documents made by hand."""

import copy
import json
import unittest

import compare
import otlp_json

UUID = "00000000-0000-4000-8000-000000000001"
TRACE, SPAN, PARENT = "0a" * 16, "0b" * 8, "0c" * 8


def attributes(**pairs):
    return [{"key": key, "value": value} for key, value in pairs.items()]


def resource(instance=UUID):
    return {"attributes": [
        {"key": "service.name", "value": {"stringValue": "hand"}},
        {"key": "service.instance.id", "value": {"stringValue": instance}}]}


SPAN_ITEM = {
    "traceId": TRACE, "spanId": SPAN, "parentSpanId": PARENT, "flags": 257, "name": "n",
    "kind": 2, "traceState": "a=1", "startTimeUnixNano": "1000", "endTimeUnixNano": "1500",
    "attributes": attributes(i={"intValue": "-5"}, d={"doubleValue": -0.0}, e={},
                             nan={"doubleValue": "NaN"}, b={"boolValue": False},
                             raw={"bytesValue": "AAH/"}, s={"stringValue": ""},
                             a={"arrayValue": {"values": [{}, {"intValue": "1"}]}},
                             m={"kvlistValue": {"values": attributes(x={"doubleValue": 1.5})}}),
    "droppedAttributesCount": 1,
    "events": [{"name": "e", "timeUnixNano": "1200", "attributes": attributes(k={"intValue": "1"}),
                "droppedAttributesCount": 2}],
    "links": [{"traceId": TRACE, "spanId": PARENT, "traceState": "b=2", "flags": 769}],
    "droppedEventsCount": 3, "droppedLinksCount": 4, "status": {"code": 2, "message": "bad"},
}
LOG_ITEMS = [
    {"timeUnixNano": "1", "observedTimeUnixNano": "1100", "severityNumber": 9,
     "severityText": "INFO", "body": {"stringValue": "one"}, "traceId": TRACE, "spanId": SPAN,
     "flags": 1, "eventName": "ev", "attributes": attributes(k={"stringValue": "v"}),
     "droppedAttributesCount": 1},
    {"observedTimeUnixNano": "1200", "body": {"intValue": "2"}},
]


def point(time, **fields):
    return dict(startTimeUnixNano="1000", timeUnixNano=str(time),
                attributes=attributes(k={"stringValue": "v"}), **fields)


def metrics(time):
    distribution = point(time, count="2", sum=1.5, min=0.5, max=1, explicitBounds=[0, 1.5],
                         bucketCounts=["0", "2", "0"])
    return [
        {"name": "sum", "unit": "By", "description": "d", "sum": {
            "aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [point(time, asInt="7")]}},
        {"name": "gauge", "gauge": {"dataPoints": [point(time, asDouble=0.5)]}},
        {"name": "histogram", "histogram": {"aggregationTemporality": 2,
                                            "dataPoints": [distribution]}},
    ]


SCOPE = {"name": "s", "version": "1", "attributes": attributes(k={"intValue": "1"})}


def request(outer, inner, leaf, items, instance=UUID):
    return {outer: [{"resource": resource(instance), inner: [
        {"scope": SCOPE, "schemaUrl": "u", leaf: items}]}]}


def received():
    return copy.deepcopy([
        request("resourceSpans", "scopeSpans", "spans", [SPAN_ITEM]),
        request("resourceLogs", "scopeLogs", "logRecords", LOG_ITEMS),
        request("resourceMetrics", "scopeMetrics", "metrics", metrics(1100)),
        request("resourceMetrics", "scopeMetrics", "metrics", metrics(1300)),
    ])


def now(item, *names):
    return dict(item, **{name: "$now" for name in names})


def expected_metrics(time):
    found = copy.deepcopy(metrics(time))
    for metric in found:
        for kind in ("sum", "gauge", "histogram"):
            for data_point in metric.get(kind, {}).get("dataPoints", []):
                data_point.update(startTimeUnixNano="$now", timeUnixNano="$now")
    return found


def expectation():
    lines = [{"window": ["1000", "2000"]},
             {"define_resource": "r", "is": resource("$uuid")},
             {"define_scope": "s", "is": dict(SCOPE, schemaUrl="u")}]
    spans = [now(SPAN_ITEM, "startTimeUnixNano", "endTimeUnixNano")]
    logs = [now(log, "observedTimeUnixNano") for log in LOG_ITEMS]
    for kind, items in (("span", spans), ("log", logs),
                        ("metric", expected_metrics(1100) + expected_metrics(1300))):
        lines += [{"resource": "r", "scope": "s", kind: item} for item in items]
    return compare.Expectation(json.dumps(line) for line in lines)


def differences(requests):
    items = [item for r in requests for item in otlp_json.read_request(r)]
    return compare.Comparison(expectation()).run(items)


def the_span(requests):
    return requests[0]["resourceSpans"][0]["scopeSpans"][0]["spans"][0]


def paths(requests):
    return " | ".join(path for path, _, _ in differences(requests))


class Comparison(unittest.TestCase):
    def test_same_documents_do_not_differ(self):
        self.assertEqual(differences(received()), [])

    def test_order_of_attributes_means_nothing(self):
        requests = received()
        the_span(requests)["attributes"].reverse()
        self.assertEqual(differences(requests), [])

    def test_order_of_events_counts(self):
        requests = received()
        the_span(requests)["events"].append({"name": "f", "timeUnixNano": "1200"})
        self.assertIn("events (length)", paths(requests))

    def test_requests_may_come_in_any_order(self):
        self.assertEqual(differences(received()[::-1]), [])

    def test_every_change_of_a_leaf_is_noticed(self):
        unnoticed, tried = compare.self_test(compare.Comparison(expectation()), received())
        self.assertEqual(unnoticed, [])
        self.assertGreater(tried, 400)

    def test_missing_and_extra_items_are_named(self):
        self.assertIn(f"span hand/s/{SPAN}", paths(received()[1:]))
        self.assertIn("#1", paths(received() + received()[:1]))

    def test_negative_zero_is_not_zero(self):
        requests = received()
        the_span(requests)["attributes"][1]["value"]["doubleValue"] = 0.0
        self.assertIn(".attributes.d.doubleValue", paths(requests))
        self.assertEqual(repr(otlp_json.parse('{"d":-0}')["d"]), "-0.0")

    def test_types_of_values_count(self):
        requests = received()
        the_span(requests)["attributes"][0]["value"] = {"doubleValue": -5}
        self.assertIn(".attributes.i.", paths(requests))

    def test_a_key_that_comes_twice_is_a_difference(self):
        requests = received()
        the_span(requests)["attributes"].append({"key": "i", "value": {"intValue": "-5"}})
        self.assertIn("i (again)", paths(requests))

    def test_times_out_of_the_window_are_noticed(self):
        for time in ("999", "2001", "0"):
            requests = received()
            the_span(requests)["startTimeUnixNano"] = time
            self.assertIn("startTimeUnixNano", paths(requests))

    def test_an_end_before_the_start_is_noticed(self):
        requests = received()
        the_span(requests).update(startTimeUnixNano="1500", endTimeUnixNano="1400")
        self.assertIn("endTimeUnixNano", paths(requests))

    def test_points_of_a_series_begin_together(self):
        requests = received()
        text = json.dumps(requests[3]).replace('"startTimeUnixNano": "1000"',
                                               '"startTimeUnixNano": "1001"')
        requests[3] = json.loads(text)
        self.assertIn("startTimeUnixNano", paths(requests))

    def test_an_instance_keeps_its_id(self):
        requests = received()
        other = request("resourceLogs", "scopeLogs", "logRecords", LOG_ITEMS, UUID[:-1] + "2")
        requests[1] = other
        self.assertIn("service.instance.id", paths(requests))

    def test_unknown_fields_are_an_error(self):
        requests = received()
        the_span(requests)["unexpected"] = 1
        with self.assertRaisesRegex(ValueError, "unexpected"):
            differences(requests)

    def test_invalid_utf8_is_an_error(self):
        with self.assertRaises(UnicodeDecodeError):
            otlp_json.parse(b'{"a":"\xff"}')


if __name__ == "__main__":
    unittest.main()

# SPDX-License-Identifier: Apache-2.0
"""Names that the services use and the conventions do not have, each with its reason. A name that is here and is never
seen fails the test as well, and so does one in a namespace of the conventions without a word on it."""

ATTRIBUTES = {
    "driver.id": "a driver of the city, which is the service's own matter",
    "drivers.available": "what the service found when it looked for a driver",
    "drivers.candidates": "how many of them it asked the map service about",
    "match.found": "whether there was a driver",
    "eta.seconds": "the answer to the passenger",
    "eta.estimated": "whether that is a guess, without the map service",
    "ride.id": "a ride, the service's main object",
    "pickup.x": "where the passenger waits; the city has no longitude",
    "pickup.y": "where the passenger waits; the city has no latitude",
    "outcome": "the dimension of dispatch.rides",
    "detour": "the dimension of maps.routes",
    "on": "whether the outage begins or ends",
    "reason": "of the events of a fallback and of a detour",
    "route.length": "in metres, found by the map service",
    "who": "the attribute of the first example",
    "haetae.meter.name": "of the SDK's own metrics: whose series are counted",
    "haetae.metric.name": "likewise: the metric whose series are counted",
}

METRICS = {
    "dispatch.rides": "rides by their outcome",
    "dispatch.drivers.available": "drivers without a ride",
    "maps.routes": "routes that were computed",
    "greetings": "the counter of the first example",
    "haetae.exporter.span.waiting": "requests that wait for an exporter; the conventions count items in flight only",
    "haetae.exporter.span.away": "whether its receiver does not answer",
    "haetae.exporter.log.waiting": "requests that wait for an exporter; the conventions count items in flight only",
    "haetae.exporter.log.away": "whether its receiver does not answer",
    "haetae.exporter.metric_data_point.waiting": "requests that wait for an exporter; the conventions count items in flight only",
    "haetae.exporter.metric_data_point.away": "whether its receiver does not answer",
    "haetae.metric.series.used": "how many series a metric has; the conventions' SDK metrics have no such",
    "haetae.metric.series.limit": "how many it may have",
}

# Values beside those that the conventions give, where the conventions allow others.
VALUES = {
    ("telemetry.sdk.language", "c"):
        "the conventions list no C; where none of their values fits, they allow another",
}

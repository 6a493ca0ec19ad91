# SPDX-License-Identifier: Apache-2.0
"""Checks that the totals of haetae-view agree with what the demo's services did.

Usage: check_demo.py TOTALS_JSON REQUESTS
REQUESTS: the number of requests that the load generator sent to the dispatch service.
"""
import json
import sys


def check(what, actual, expected):
    print(f"{what}: {actual}")
    if actual != expected:
        sys.exit(f"{what}: {actual}, not {expected}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        totals = json.load(file)
    requests = int(sys.argv[2])
    services = {service["name"]: service for service in totals["services"]}

    def series(service, name):
        return [s for s in totals["metrics"] if s["service"] == service and s["name"] == name]

    def measured(service, name):
        return sum(s["count"] for s in series(service, name))

    check("services", sorted(services), ["dispatch", "dispatch-maps"])
    check("server spans of dispatch", services["dispatch"]["entry_spans"], requests)
    check("durations of requests", measured("dispatch", "http.server.request.duration"), requests)
    active = series("dispatch", "http.server.active_requests")
    check("requests still active", [s["value"] for s in active], [0] * len(active))
    rides = sum(s["value"] for s in series("dispatch", "dispatch.rides"))
    posted = sum(
        s["count"]
        for s in series("dispatch", "http.server.request.duration")
        if "POST" in s["attributes"]
    )
    check("rides", rides, posted)
    # Both sides recorded each answered call. A call that timed out may not have
    # reached the map service. Two further requests began and ended the outage.
    calls = series("dispatch", "http.client.request.duration")
    answered = sum(s["count"] for s in calls if "http.response.status_code" in s["attributes"])
    served = services["dispatch-maps"]["entry_spans"] - 2
    if not 0 < answered <= served <= sum(s["count"] for s in calls):
        sys.exit(f"{answered} calls answered, but {served} served")
    check("duplicate spans", totals["duplicate_spans"], 0)
    shared = [t for t in totals["slowest_traces"] if t["spans"] >= 5 and t["errors"] >= 2]
    if not shared:
        sys.exit("no trace of the outage spans both services")


main()

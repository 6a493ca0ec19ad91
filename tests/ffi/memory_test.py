# SPDX-License-Identifier: Apache-2.0
"""The in-memory exporter from Python, by the generated description alone.

Usage: memory_test.py <libhaetae-memory.so> <haetae_ffi.json> <folder of record.py>
"""
import ctypes
import json
import sys

TIMEOUT_MS = 30000


def text(string):
    """With the NULs in it, at which ctypes ends what it reads as a c_char_p."""
    data = ctypes.c_void_p.from_address(ctypes.addressof(string))
    return ctypes.string_at(data.value, string.length).decode() if string.length else ""


def start(h):
    config, memory, exporter, sdk = (ctypes.c_void_p() for _ in range(4))
    for status in (h.haetae_config_new(ctypes.byref(config)),
                   h.haetae_memory_new(0, ctypes.byref(memory)),
                   h.haetae_memory_exporter_new(memory, ctypes.byref(exporter)),
                   h.haetae_config_add_exporter(config, exporter),
                   h.haetae_sdk_start(config, ctypes.byref(sdk))):
        assert status == h.HAETAE_OK, status
    h.haetae_config_free(config)
    return sdk, memory


def look(h, sdk, memory):
    query = h.struct("haetae_memory_query", name=h.string("GET /rides"),
                     attributes=h.attributes({"count": -9007199254740993}), attribute_count=1)
    nothing = h.types["haetae_memory_report"]()
    assert h.haetae_memory_expect(memory, sdk, query, 1, TIMEOUT_MS, nothing, None) == h.HAETAE_OK
    items = ctypes.c_void_p()
    assert h.haetae_memory_take(memory, query, ctypes.byref(items)) == h.HAETAE_OK
    item = h.haetae_memory_items_at(items, 0)[0]
    span = item.span[0]
    assert span.kind == h.HAETAE_SPAN_KIND_SERVER
    assert text(span.status_description) == "late"
    assert bytes(span.parent_span_id).hex() == "b7ad6b7169203331"
    assert text(span.trace_state) == "vendor=1"
    assert text(span.events[0].name) == "checked"
    assert text(item.scope[0].name) == "haetae.ffi"
    value = h.haetae_memory_attribute(item.attributes, item.attribute_count, b"text")[0]
    assert text(getattr(value, "as").string) == "\ubd88\0fire"
    h.haetae_memory_items_free(items)


def look_at_points(h, memory):
    items = ctypes.c_void_p()
    query = h.struct("haetae_memory_query", name=h.string("ffi.duration"))
    assert h.haetae_memory_take(memory, query, ctypes.byref(items)) == h.HAETAE_OK
    point = h.haetae_memory_items_at(items, 0)[0].point[0]
    assert point.metric[0].kind == h.HAETAE_POINT_HISTOGRAM
    assert point.point[0].bucket_counts[:point.point[0].bucket_count] == [0, 1, 0]
    h.haetae_memory_items_free(items)


def look_for_more(h, memory):
    """What is not there is reported with what is."""
    told = []
    report = h.types["haetae_memory_report"](lambda _user, line: told.append(line.decode()))
    query = h.struct("haetae_memory_query", name=h.string("POST /rides"))
    assert h.haetae_memory_expect(memory, None, query, 1, 1, report, None) == h.HAETAE_ETIMEOUT
    (line,) = told
    assert line.startswith("expected 1, found 0: "), line
    assert '"span":"GET /rides"' in line, line


def main():
    library, description, folder = sys.argv[1:]
    sys.path.insert(0, folder)
    from record import Haetae, record_metrics, record_span
    with open(description, encoding="utf-8") as file:
        h = Haetae(ctypes.CDLL(library), json.load(file))
    sdk, memory = start(h)
    record_span(h, sdk)
    record_metrics(h, sdk)
    look(h, sdk, memory)
    look_at_points(h, memory)
    look_for_more(h, memory)
    assert h.haetae_sdk_shutdown(sdk, TIMEOUT_MS) == h.HAETAE_OK
    h.haetae_sdk_free(sdk)
    h.haetae_memory_free(memory)


if __name__ == "__main__":
    main()

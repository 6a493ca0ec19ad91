# SPDX-License-Identifier: Apache-2.0
"""Records from Python with ctypes: see ../README.md.

Usage: record.py <libhaetae-otlp-http.so> <haetae_ffi.json>
"""
import ctypes
import json
import re
import sys


class Haetae:
    """The library, declared by its own description: functions as methods, structs as classes,
    enums and constants as numbers."""

    basic = {"bool": ctypes.c_bool, "char": ctypes.c_char, "int": ctypes.c_int,
             "unsigned int": ctypes.c_uint, "double": ctypes.c_double, "size_t": ctypes.c_size_t,
             "int32_t": ctypes.c_int32, "int64_t": ctypes.c_int64, "uint8_t": ctypes.c_uint8,
             "uint32_t": ctypes.c_uint32, "uint64_t": ctypes.c_uint64, "void": None}

    def __init__(self, library, description):
        self.types = dict(self.basic)
        for constant in description["constants"]:
            setattr(self, constant["name"], constant["value"])
        for enum in description["enums"]:
            self.types[enum["name"]] = ctypes.c_int
            for constant in enum["constants"]:
                setattr(self, constant["name"], constant["value"])
        for alias in description["aliases"]:
            self.types[alias["name"]] = self.type_of(alias["type"])
        for struct in description["structs"]:
            self.types[struct["name"]] = type(struct["name"], (ctypes.Structure,), {})
        for callback in description["callbacks"]:
            self.types[callback["name"]] = self.type_of(callback["type"])
        bits = str(8 * ctypes.sizeof(ctypes.c_void_p))
        for struct in description["structs"]:
            made = self.types[struct["name"]]
            made._fields_ = self.fields_of(struct["fields"])
            assert ctypes.sizeof(made) == struct["size"][bits], struct["name"]
        for function in description["functions"]:
            if hasattr(library, function["name"]):
                called = getattr(library, function["name"])
                called.restype = self.type_of(function["returns"])
                called.argtypes = [self.type_of(parameter["type"])
                                   for parameter in function["parameters"]]
                setattr(self, function["name"], called)

    def fields_of(self, fields):
        made = []
        for field in fields:
            if "fields" in field:
                base = ctypes.Union if field["type"] == "union" else ctypes.Structure
                inner = type(field["name"], (base,), {"_fields_": self.fields_of(field["fields"])})
                made.append((field["name"], inner))
            else:
                made.append((field["name"], self.type_of(field["type"])))
        return made

    def type_of(self, spelled):
        spelled = spelled.replace("const ", "").strip()
        array = re.fullmatch(r"(.*?)\s*\[(\d+)\]", spelled)
        if array:
            return self.type_of(array.group(1)) * int(array.group(2))
        if spelled == "char *":
            return ctypes.c_char_p  # bytes, with NUL among them as well: lengths are explicit
        if spelled.endswith("*"):
            pointed = self.types.get(spelled[:-1].strip())
            return ctypes.POINTER(pointed) if pointed else ctypes.c_void_p
        callback = re.fullmatch(r"(.*?)\s*\(\*\)\((.*)\)", spelled)
        if callback:
            parameters = [self.type_of(one) for one in callback.group(2).split(", ")]
            return ctypes.CFUNCTYPE(self.type_of(callback.group(1)), *parameters)
        return self.types.get(spelled, ctypes.c_void_p)

    def struct(self, name, /, **fields):
        made = self.types[name](**fields)
        if hasattr(made, "struct_size"):
            made.struct_size = ctypes.sizeof(made)
        return made

    def string(self, text):
        data = text.encode()
        return self.types["haetae_string"](data, len(data))

    def value(self, given):
        made = self.types["haetae_value"]()
        to = getattr(made, "as")
        if isinstance(given, bool):
            made.type, to.boolean = self.HAETAE_VALUE_BOOL, given
        elif isinstance(given, int):
            made.type, to.int64 = self.HAETAE_VALUE_INT64, given
        elif isinstance(given, float):
            made.type, to.real = self.HAETAE_VALUE_DOUBLE, given
        elif isinstance(given, str):
            made.type, to.string = self.HAETAE_VALUE_STRING, self.string(given)
        elif isinstance(given, bytes):
            made.type, to.bytes.length = self.HAETAE_VALUE_BYTES, len(given)
            to.bytes.data = (ctypes.c_uint8 * len(given))(*given)
        elif isinstance(given, list):
            made.type, to.array.count = self.HAETAE_VALUE_ARRAY, len(given)
            to.array.items = (self.types["haetae_value"] * len(given))(*map(self.value, given))
        elif isinstance(given, dict):
            made.type, to.map.count = self.HAETAE_VALUE_MAP, len(given)
            to.map.items = self.attributes(given)
        return made  # of None it is HAETAE_VALUE_EMPTY, which is 0

    def attributes(self, given):
        """An array of haetae_attribute. ctypes keeps alive what the array points to."""
        made = [self.types["haetae_attribute"](self.string(key), self.value(value))
                for key, value in given.items()]
        return (self.types["haetae_attribute"] * len(made))(*made)


def check(haetae, status):
    if status != haetae.HAETAE_OK:
        sys.exit(f"record: {haetae.haetae_status_text(status).decode()}")


def record_span(h, sdk):
    """A span below a remote parent, and a log record that belongs to it."""
    parent = h.struct("haetae_span_context")
    header = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    check(h, h.haetae_traceparent_parse(header, len(header), parent))
    options = h.struct("haetae_span_options", kind=h.HAETAE_SPAN_KIND_SERVER,
                       parent=ctypes.pointer(parent), trace_state=h.string("vendor=1"))
    name = b"GET /rides"
    tracer = h.haetae_tracer_named(sdk, b"haetae.ffi")
    span = h.haetae_span_start_with(tracer, name, len(name), options)
    attributes = {"text": "\ubd88\0fire", "flag": True, "count": -9007199254740993, "ratio": 0.1,
                  "list": ["one", 2, 0.5], "map": {"inner": True}, "bytes": b"\0\1\xff",
                  "nothing": None}
    h.haetae_span_set_attributes(span, h.attributes(attributes), len(attributes))
    event = b"checked"
    h.haetae_span_add_event(span, event, len(event), 1700000000000000000,
                            h.attributes({"step": 1}), 1)

    token = h.struct("haetae_context_token")
    h.haetae_context_attach(span, token)  # from here on it is this thread's current span
    body = b"recorded"
    h.haetae_log(h.haetae_logger_named(sdk, b"haetae.ffi"), h.HAETAE_SEVERITY_INFO,
                 body, len(body), h.attributes({"lines": 2}), 1)
    h.haetae_context_detach(token)

    why = b"late"
    h.haetae_span_set_status(span, h.HAETAE_SPAN_STATUS_ERROR, why, len(why))
    h.haetae_span_end(span)


def record_metrics(h, sdk):
    meter = h.haetae_meter_named(sdk, b"haetae.ffi")
    method = h.attributes({"method": "GET"})
    counter, histogram = ctypes.c_void_p(), ctypes.c_void_p()
    options = h.struct("haetae_instrument_options", name=h.string("ffi.requests"),
                       unit=h.string("{request}"), number_type=h.HAETAE_NUMBER_INT64)
    check(h, h.haetae_counter_create(meter, options, ctypes.byref(counter)))
    h.haetae_counter_add(counter, 3, method, 1)

    boundaries = (ctypes.c_double * 2)(0.1, 1.0)
    options = h.struct("haetae_instrument_options", name=h.string("ffi.duration"),
                       unit=h.string("s"), number_type=h.HAETAE_NUMBER_DOUBLE,
                       boundaries=boundaries, boundary_count=2)
    check(h, h.haetae_histogram_create(meter, options, ctypes.byref(histogram)))
    h.haetae_histogram_record_double(histogram, 0.25, method, 1)


def main():
    library, description = sys.argv[1:]
    with open(description, encoding="utf-8") as file:
        h = Haetae(ctypes.CDLL(library), json.load(file))
    sdk = ctypes.c_void_p()
    check(h, h.haetae_start(None, ctypes.byref(sdk)))
    record_span(h, sdk)
    record_metrics(h, sdk)
    check(h, h.haetae_sdk_shutdown(sdk, 5000))
    h.haetae_sdk_free(sdk)


if __name__ == "__main__":
    main()

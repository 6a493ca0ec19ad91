# SPDX-License-Identifier: Apache-2.0
"""Callbacks in Python: a sampler, processors of spans and log records, a resource detector, a
propagator, and what observes instruments, which several threads use, and which raise exceptions: see
../README.md.

Usage: callbacks.py <libhaetae-otlp-http.so> <haetae_ffi.json>
"""
import collections
import ctypes
import functools
import json
import sys
import threading

from record import Haetae, check

THREADS, SPANS = 4, 50


class Callbacks:
    """Python functions as C has them. What C holds must live until the SDK is freed: it is kept here.
    No exception may pass through C: it is caught, and C gets what stands for a failure."""

    def __init__(self, h):
        self.h, self.kept, self.lock = h, [], threading.Lock()
        self.counts = collections.Counter()

    def count(self, what):
        with self.lock:
            self.counts[what] += 1

    def guarded(self, function, on_error):
        @functools.wraps(function)
        def called(*arguments):
            try:
                return function(*arguments)
            except Exception:  # counted, and shown in the output
                self.count(f"errors in {function.__name__}")
                return on_error
        return called

    def struct(self, name, on_error, /, **functions):
        """An options struct whose callbacks are `functions`."""
        types = dict(self.h.types[name]._fields_)
        made = {field: types[field](self.guarded(value, on_error.get(field))) if callable(value) else value
                for field, value in functions.items()}
        self.kept.append(self.h.struct(name, **made))
        return self.kept[-1]


def add_sampler(h, config, callbacks):
    # They are read when the span starts, which is after the callback.
    added = h.attributes({"sampled.by": "python"})

    def decide(_self, given, sampling):
        name = ctypes.string_at(given[0].name.data, given[0].name.length).decode()
        if name == "raises":
            raise ValueError(name)
        if name == "dropped":
            return h.HAETAE_SAMPLING_DROP
        h.haetae_sampling_add_attributes(sampling, added, 1)
        return h.HAETAE_SAMPLING_RECORD_AND_SAMPLE

    ops = callbacks.struct("haetae_sampler_ops", {"decide": h.HAETAE_SAMPLING_DROP},
                           description=b"Python", decide=decide)
    sampler = ctypes.POINTER(h.types["haetae_sampler"])() if "haetae_sampler" in h.types else ctypes.c_void_p()
    check(h, h.haetae_sampler_new(ops, None, ctypes.byref(sampler)))
    check(h, h.haetae_config_set_sampler(config, sampler))


def add_span_processor(h, config, callbacks):
    def on_start(_self, _view, fields, _parent):
        h.haetae_span_fields_set_attributes(fields, h.attributes({"started.in": "python"}), 1)

    def on_end(_self, view):
        callbacks.count("spans that ended")
        buffer = ctypes.create_string_buffer(64)
        length = h.haetae_span_view_name(view, buffer, len(buffer))
        if buffer.raw[:length] == b"odd":
            raise ValueError("odd")

    def shutdown(_self, _timeout_ms):
        callbacks.count("shutdowns")
        return h.HAETAE_OK

    processor = callbacks.struct("haetae_span_processor", {"shutdown": h.HAETAE_EINVAL},
                                 on_start=on_start, on_end=on_end, shutdown=shutdown)
    check(h, h.haetae_config_add_span_processor(config, processor))


def add_log_processor(h, config, callbacks):
    def on_emit(_self, record, _origin, _context):
        text = getattr(record[0].body, "as").string
        body = ctypes.string_at(text.data, text.length)
        if body == b"raises":
            raise ValueError(body)
        return body != b"secret"

    processor = callbacks.struct("haetae_log_processor", {"on_emit": False}, on_emit=on_emit)
    check(h, h.haetae_config_add_log_processor(config, processor))


def add_detector(h, config, callbacks):
    def detect(_user, resource):
        attribute = h.attributes({"place": "lab"})
        return h.haetae_resource_put(resource, attribute)

    def detect_nothing(_user, _resource):
        raise OSError("no such place")

    for name, function in ((b"place", detect), (b"nowhere", detect_nothing)):
        detector = callbacks.struct("haetae_resource_detector", {"detect": h.HAETAE_EINVAL},
                                    name=name, detect=function)
        check(h, h.haetae_config_add_resource_detector(config, detector))


def observe(h, callbacks, meter):
    """A gauge and a counter by one callback, and one that raises. Returns the one that has to be
    unregistered before `callbacks` goes; the others stay until the SDK is freed."""
    temperature = h.haetae_observable_gauge_named(meter, b"temperature", b"Cel")
    rounds = h.haetae_observable_counter_named(meter, b"rounds", b"{round}")
    registered = ctypes.c_void_p()

    def measure(_user, observer):
        callbacks.count("rounds")
        for place, degrees in (("cellar", 12.5), ("attic", 31.0)):
            h.haetae_observe_double(observer, temperature, degrees, h.attributes({"place": place}), 1)
        h.haetae_observe_int64(observer, rounds, callbacks.counts["rounds"], None, 0)

    def break_down(_user, observer):
        h.haetae_observe_double(observer, temperature, 99.0, h.attributes({"place": "nowhere"}), 1)
        raise ValueError("thermometer")

    for function, observables in ((measure, [temperature, rounds]), (break_down, [temperature])):
        called = h.types["haetae_observe_callback"](callbacks.guarded(function, None))
        callbacks.kept.append(called)
        pointers = (ctypes.c_void_p * len(observables))(*(ctypes.cast(one, ctypes.c_void_p) for one in observables))
        check(h, h.haetae_callback_register(pointers, len(observables), called, None, ctypes.byref(registered)))
    return registered


def new_propagator(h, callbacks):
    """Carries the trace and span id in one header of its own."""
    def inject(_user, context, ops, carrier):
        found = h.struct("haetae_span_context")
        if h.haetae_context_span_context(context, found):
            key, value = b"x-python", bytes(found.trace_id).hex().encode() + bytes(found.span_id).hex().encode()
            ops[0].set(carrier, key, len(key), value, len(value))

    def extract(_user, context, ops, carrier, ret_context):
        key, value = b"x-python", h.types["haetae_string"]()
        if not ops[0].get(carrier, key, len(key), 0, value):
            return h.HAETAE_EFORMAT
        ids = bytes.fromhex(ctypes.string_at(value.data, value.length).decode())  # may raise
        found = h.struct("haetae_span_context", trace_flags=1, is_remote=1)
        found.trace_id[:], found.span_id[:] = ids[:16], ids[16:24]
        return h.haetae_context_with_span_context(context, found, ret_context)

    ops = callbacks.struct("haetae_propagator_ops", {"extract": h.HAETAE_EFORMAT}, name=b"python",
                           inject=inject, extract=extract)
    propagator = ctypes.c_void_p()
    check(h, h.haetae_propagator_new(ops, None, ctypes.byref(propagator)))
    return propagator


def carry(h, callbacks, tracer, propagator):
    """A span, its header, and a span below what the header says."""
    headers = {}

    def put(_carrier, key, key_length, value, value_length):
        headers[key[:key_length]] = value[:value_length]

    def get(_carrier, key, key_length, index, ret_value):
        value = headers.get(key[:key_length])
        if value is None or index:
            return False
        ret_value[0].data, ret_value[0].length = value, len(value)
        return True

    ops = callbacks.struct("haetae_carrier_ops", {"get": False}, set=put, get=get)
    sender = h.haetae_span_start(tracer, b"sender", 6, h.HAETAE_SPAN_KIND_CLIENT)
    h.haetae_propagator_inject(propagator, sender, None, ops, None)
    h.haetae_span_end(sender)
    incoming = ctypes.c_void_p()
    check(h, h.haetae_propagator_extract(propagator, None, ops, None, ctypes.byref(incoming)))
    options = h.struct("haetae_span_options", kind=h.HAETAE_SPAN_KIND_SERVER)
    options.parent_context = ctypes.cast(incoming, dict(type(options)._fields_)["parent_context"])
    h.haetae_span_end(h.haetae_span_start_with(tracer, b"receiver", 8, options))
    h.haetae_context_unref(incoming)
    headers[b"x-python"] = b"no hexadecimal"
    check(h, h.haetae_propagator_extract(propagator, None, ops, None, ctypes.byref(incoming)))
    h.haetae_context_unref(incoming)


def record(h, tracer):
    for i in range(SPANS):
        name = b"odd" if i % 2 else b"even"
        h.haetae_span_end(h.haetae_span_start(tracer, name, len(name), h.HAETAE_SPAN_KIND_INTERNAL))
    for name in (b"dropped", b"raises"):
        h.haetae_span_end(h.haetae_span_start(tracer, name, len(name), h.HAETAE_SPAN_KIND_INTERNAL))


def main():
    library, description = sys.argv[1:]
    with open(description, encoding="utf-8") as file:
        h = Haetae(ctypes.CDLL(library), json.load(file))
    callbacks = Callbacks(h)
    config, sdk = ctypes.c_void_p(), ctypes.c_void_p()
    check(h, h.haetae_config_new(ctypes.byref(config)))
    check(h, h.haetae_config_load_env(config))
    for add in (add_sampler, add_span_processor, add_log_processor, add_detector):
        add(h, config, callbacks)
    check(h, h.haetae_start(config, ctypes.byref(sdk)))
    h.haetae_config_free(config)
    tracer = h.haetae_tracer_named(sdk, b"haetae.ffi")
    logger = h.haetae_logger_named(sdk, b"haetae.ffi")
    threads = [threading.Thread(target=record, args=(h, tracer)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for body in (b"kept", b"secret", b"raises"):
        h.haetae_log(logger, h.HAETAE_SEVERITY_INFO, body, len(body), None, 0)
    propagator = new_propagator(h, callbacks)
    carry(h, callbacks, tracer, propagator)
    h.haetae_propagator_unref(propagator)
    broken = observe(h, callbacks, h.haetae_meter_named(sdk, b"haetae.ffi"))
    check(h, h.haetae_sdk_force_flush(sdk, 5000))
    h.haetae_callback_unregister(broken)  # from here on C calls it no more
    check(h, h.haetae_sdk_shutdown(sdk, 5000))
    h.haetae_sdk_free(sdk)  # from here on C calls nothing of `callbacks` any more
    print(json.dumps(callbacks.counts, sort_keys=True))


if __name__ == "__main__":
    main()

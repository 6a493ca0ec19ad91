// SPDX-License-Identifier: Apache-2.0

// Records from Go with cgo: see ../README.md.
package main

/*
#cgo pkg-config: haetae-otlp-http
#include <haetae/haetae.h>
#include <haetae/otlp_http.h>
#include <stdlib.h>
*/
import "C"

import (
	"log"
	"runtime"
	"unsafe"
)

// memory is what C is given for the time of a call: C memory, since a Go pointer may not point
// to memory that holds Go pointers while C has it.
type memory struct{ kept []unsafe.Pointer }

func (m *memory) take(size uintptr) unsafe.Pointer {
	taken := C.calloc(1, C.size_t(size)+1)
	m.kept = append(m.kept, taken)
	return taken
}

func (m *memory) free() {
	for _, taken := range m.kept {
		C.free(taken)
	}
}

// bytes copies the given text or bytes; NUL may be among them.
func (m *memory) bytes(given string) (unsafe.Pointer, C.size_t) {
	copied := m.take(uintptr(len(given)))
	copy(unsafe.Slice((*byte)(copied), len(given)), given)
	return copied, C.size_t(len(given))
}

func (m *memory) text(given string) C.haetae_string {
	data, length := m.bytes(given)
	return C.haetae_string{data: (*C.char)(data), length: length}
}

// pair is an attribute: a list of them keeps its order.
type pair struct {
	key   string
	value any
}

// value sets *made. A union is an array of bytes to Go, so its members are written through a
// pointer.
func (m *memory) value(made *C.haetae_value, given any) {
	type items struct {
		items unsafe.Pointer
		count C.size_t
	}
	of := unsafe.Pointer(&made.as)
	switch given := given.(type) {
	case nil:
		made._type = C.HAETAE_VALUE_EMPTY
	case bool:
		made._type = C.HAETAE_VALUE_BOOL
		*(*bool)(of) = given
	case int:
		made._type = C.HAETAE_VALUE_INT64
		*(*int64)(of) = int64(given)
	case float64:
		made._type = C.HAETAE_VALUE_DOUBLE
		*(*float64)(of) = given
	case string:
		made._type = C.HAETAE_VALUE_STRING
		*(*C.haetae_string)(of) = m.text(given)
	case []byte:
		made._type = C.HAETAE_VALUE_BYTES
		data, length := m.bytes(string(given))
		*(*items)(of) = items{data, length}
	case []any:
		made._type = C.HAETAE_VALUE_ARRAY
		array := m.take(uintptr(len(given)) * C.sizeof_haetae_value)
		for i := range given {
			m.value(&unsafe.Slice((*C.haetae_value)(array), len(given))[i], given[i])
		}
		*(*items)(of) = items{array, C.size_t(len(given))}
	case []pair:
		made._type = C.HAETAE_VALUE_MAP
		array, count := m.attributes(given...)
		*(*items)(of) = items{unsafe.Pointer(array), count}
	}
}

func (m *memory) attributes(given ...pair) (*C.haetae_attribute, C.size_t) {
	array := (*C.haetae_attribute)(m.take(uintptr(len(given)) * C.sizeof_haetae_attribute))
	for i := range given {
		made := &unsafe.Slice(array, len(given))[i]
		made.key = m.text(given[i].key)
		m.value(&made.value, given[i].value)
	}
	return array, C.size_t(len(given))
}

func check(status C.haetae_status) {
	if status != C.HAETAE_OK {
		log.Fatalf("record: %s", C.GoString(C.haetae_status_text(status)))
	}
}

// recordSpan records a span below a remote parent, and a log record that belongs to it.
func recordSpan(sdk *C.haetae_sdk, scope *C.char) {
	var m memory
	defer m.free()
	header := m.text("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	parent := (*C.haetae_span_context)(m.take(C.sizeof_haetae_span_context))
	check(C.haetae_traceparent_parse(header.data, header.length, parent))
	options := (*C.haetae_span_options)(m.take(C.sizeof_haetae_span_options))
	options.struct_size = C.sizeof_haetae_span_options
	options.kind = C.HAETAE_SPAN_KIND_SERVER
	options.parent = parent
	options.trace_state = m.text("vendor=1")

	name := m.text("GET /rides")
	tracer := C.haetae_tracer_named(sdk, scope)
	span := C.haetae_span_start_with(tracer, name.data, name.length, options)
	attributes, count := m.attributes(
		pair{"text", "불\x00fire"}, pair{"flag", true}, pair{"count", -9007199254740993},
		pair{"ratio", 0.1}, pair{"list", []any{"one", 2, 0.5}},
		pair{"map", []pair{{"inner", true}}}, pair{"bytes", []byte{0, 1, 0xff}},
		pair{"nothing", nil})
	C.haetae_span_set_attributes(span, attributes, count)
	event := m.text("checked")
	attributes, count = m.attributes(pair{"step", 1})
	C.haetae_span_add_event(span, event.data, event.length, 1700000000000000000, attributes, count)

	// The current span belongs to a thread of the system; between these two calls the goroutine
	// stays on one.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	token := (*C.haetae_context_token)(m.take(C.sizeof_haetae_context_token))
	C.haetae_context_attach(span, token)
	body := m.text("recorded")
	attributes, count = m.attributes(pair{"lines", 2})
	C.haetae_log(C.haetae_logger_named(sdk, scope), C.HAETAE_SEVERITY_INFO, body.data, body.length,
		attributes, count)
	C.haetae_context_detach(token)

	why := m.text("late")
	C.haetae_span_set_status(span, C.HAETAE_SPAN_STATUS_ERROR, why.data, why.length)
	C.haetae_span_end(span)
}

func recordMetrics(sdk *C.haetae_sdk, scope *C.char) {
	var m memory
	defer m.free()
	meter := C.haetae_meter_named(sdk, scope)
	method, one := m.attributes(pair{"method", "GET"})
	options := (*C.haetae_instrument_options)(m.take(C.sizeof_haetae_instrument_options))
	options.struct_size = C.sizeof_haetae_instrument_options
	options.name = m.text("ffi.requests")
	options.unit = m.text("{request}")
	options.number_type = C.HAETAE_NUMBER_INT64
	var counter *C.haetae_counter
	check(C.haetae_counter_create(meter, options, &counter))
	C.haetae_counter_add(counter, 3, method, one)

	boundaries := (*[2]C.double)(m.take(2 * C.sizeof_double))
	*boundaries = [2]C.double{0.1, 1}
	options.name = m.text("ffi.duration")
	options.unit = m.text("s")
	options.number_type = C.HAETAE_NUMBER_DOUBLE
	options.boundaries = &boundaries[0]
	options.boundary_count = 2
	var histogram *C.haetae_histogram
	check(C.haetae_histogram_create(meter, options, &histogram))
	C.haetae_histogram_record_double(histogram, 0.25, method, one)
}

func main() {
	scope := C.CString("haetae.ffi")
	defer C.free(unsafe.Pointer(scope))
	var sdk *C.haetae_sdk
	check(C.haetae_otlp_http_register())
	check(C.haetae_start(nil, &sdk))
	recordSpan(sdk, scope)
	recordMetrics(sdk, scope)
	check(C.haetae_sdk_shutdown(sdk, 5000))
	C.haetae_sdk_free(sdk)
}

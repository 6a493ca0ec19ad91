-- SPDX-License-Identifier: Apache-2.0
-- Records from LuaJIT: see ../README.md.
-- Usage: luajit record.lua <libhaetae-otlp-http.so> <haetae_ffi.h>
local ffi = require("ffi")

local file = assert(io.open(arg[2]))
ffi.cdef(file:read("*a"))
file:close()
-- The library of an exporter brings the core with it, so that its functions are found here too.
local h = ffi.load(arg[1])

local function check(status)
  if status ~= h.HAETAE_OK then
    error("record: " .. ffi.string(h.haetae_status_text(status)))
  end
end

-- What C is given lives as long as this table: Lua's collector does not see C's pointers.
local kept = {}

local function keep(object)
  kept[#kept + 1] = object
  return object
end

local function text(given)
  return ffi.new("haetae_string", keep(given), #given)
end

local attributes

-- Values that Lua's own types don't tell apart are made with these.
local function int64(given)
  return { type = h.HAETAE_VALUE_INT64, as = { int64 = given } }
end

local function bytes(given)
  local data = keep(ffi.new("uint8_t[?]", #given, given))
  return { type = h.HAETAE_VALUE_BYTES, as = { bytes = { data = data, length = #given } } }
end

local function array(...)
  local items = keep(ffi.new("haetae_value[?]", select("#", ...), { ... }))
  return { type = h.HAETAE_VALUE_ARRAY, as = { array = { items = items, count = select("#", ...) } } }
end

local function map(...)
  local items, count = attributes(...)
  return { type = h.HAETAE_VALUE_MAP, as = { map = { items = items, count = count } } }
end

local function real(given)
  return { type = h.HAETAE_VALUE_DOUBLE, as = { real = given } }
end

local function bool(given)
  return { type = h.HAETAE_VALUE_BOOL, as = { boolean = given } }
end

local function string(given)
  return { type = h.HAETAE_VALUE_STRING, as = { string = text(given) } }
end

-- attributes({key, value}, ...): an array of haetae_attribute, and how many there are.
function attributes(...)
  local count = select("#", ...)
  local made = keep(ffi.new("haetae_attribute[?]", count))
  for i, pair in ipairs({ ... }) do
    made[i - 1].key = text(pair[1])
    made[i - 1].value = pair[2]
  end
  return made, count
end

-- A span below a remote parent, and a log record that belongs to it.
local function record_span(sdk)
  local header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
  local parent = ffi.new("haetae_span_context")
  check(h.haetae_traceparent_parse(header, #header, parent))
  local options = ffi.new("haetae_span_options")
  options.struct_size = ffi.sizeof(options)
  options.kind = h.HAETAE_SPAN_KIND_SERVER
  options.parent = parent
  options.trace_state = text("vendor=1")

  local name = "GET /rides"
  local tracer = h.haetae_tracer_named(sdk, "haetae.ffi")
  local span = h.haetae_span_start_with(tracer, name, #name, options)
  h.haetae_span_set_attributes(span, attributes(
    { "text", string("불\0fire") },
    { "flag", bool(true) },
    { "count", int64(-9007199254740993LL) },
    { "ratio", real(0.1) },
    { "list", array(string("one"), int64(2), real(0.5)) },
    { "map", map({ "inner", bool(true) }) },
    { "bytes", bytes("\0\1\255") },
    { "nothing", { type = h.HAETAE_VALUE_EMPTY } }))
  h.haetae_span_add_event(span, "checked", #"checked", 1700000000000000000ULL,
    attributes({ "step", int64(1) }))

  local token = ffi.new("haetae_context_token")
  h.haetae_context_attach(span, token) -- from here on it is this thread's current span
  local body = "recorded"
  h.haetae_log(h.haetae_logger_named(sdk, "haetae.ffi"), h.HAETAE_SEVERITY_INFO, body, #body,
    attributes({ "lines", int64(2) }))
  h.haetae_context_detach(token)

  h.haetae_span_set_status(span, h.HAETAE_SPAN_STATUS_ERROR, "late", #"late")
  h.haetae_span_end(span)
end

local function record_metrics(sdk)
  local meter = h.haetae_meter_named(sdk, "haetae.ffi")
  local options = ffi.new("haetae_instrument_options")
  options.struct_size = ffi.sizeof(options)
  options.name = text("ffi.requests")
  options.unit = text("{request}")
  options.number_type = h.HAETAE_NUMBER_INT64
  local counter = ffi.new("haetae_counter *[1]")
  check(h.haetae_counter_create(meter, options, counter))
  h.haetae_counter_add(counter[0], 3, attributes({ "method", string("GET") }))

  local boundaries = ffi.new("double[2]", 0.1, 1)
  options.name = text("ffi.duration")
  options.unit = text("s")
  options.number_type = h.HAETAE_NUMBER_DOUBLE
  options.boundaries = boundaries
  options.boundary_count = 2
  local histogram = ffi.new("haetae_histogram *[1]")
  check(h.haetae_histogram_create(meter, options, histogram))
  h.haetae_histogram_record_double(histogram[0], 0.25, attributes({ "method", string("GET") }))
end

local sdk = ffi.new("haetae_sdk *[1]")
check(h.haetae_start(nil, sdk))
record_span(sdk[0])
record_metrics(sdk[0])
check(h.haetae_sdk_shutdown(sdk[0], 5000))
h.haetae_sdk_free(sdk[0])

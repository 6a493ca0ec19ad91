-- SPDX-License-Identifier: Apache-2.0
-- Callbacks in Lua: a sampler, processors of spans and log records, a resource detector, a propagator,
-- and what observes instruments, which raise errors as well: see ../README.md.
-- Usage: HAETAE_WORKER=manual luajit callbacks.lua <libhaetae-otlp-http.so> <haetae_ffi.h>
local ffi = require("ffi")

-- Compiled code must not call into C what calls Lua back.
jit.off(true, true)
-- Lua has one thread: with another worker than "manual", C would call Lua from a thread of its own.
assert(os.getenv("HAETAE_WORKER") == "manual", "set HAETAE_WORKER=manual")

local file = assert(io.open(arg[2]))
ffi.cdef(file:read("*a"))
file:close()
local h = ffi.load(arg[1])

local SPANS = 50
local kind = type

local function check(status)
  if status ~= h.HAETAE_OK then
    error("callbacks: " .. ffi.string(h.haetae_status_text(status)))
  end
end

-- What C is given lives as long as this table.
local kept, counts = {}, {}

local function keep(object)
  kept[#kept + 1] = object
  return object
end

local function count(what)
  counts[what] = (counts[what] or 0) + 1
end

-- No error may pass through C: it is caught, and C gets `on_error`.
local function guarded(name, on_error, body)
  return function(...)
    local fine, result = pcall(body, ...)
    if fine then
      return result
    end
    count("errors in " .. name)
    return on_error
  end
end

-- An options struct with callbacks, each {on_error, function}, and other fields.
local function options(type, fields)
  local made = keep(ffi.new(type))
  made.struct_size = ffi.sizeof(type)
  for name, given in pairs(fields) do
    made[name] = kind(given) == "table" and guarded(name, given[1], given[2]) or given
  end
  return made
end

local function text(given)
  return ffi.new("haetae_string", keep(given), #given)
end

local function attribute(key, value)
  local made = keep(ffi.new("haetae_attribute[1]"))
  made[0].key = text(key)
  made[0].value = { type = h.HAETAE_VALUE_STRING, as = { string = text(value) } }
  return made
end

local sampled_by, started_in = attribute("sampled.by", "luajit"), attribute("started.in", "luajit")
local place = attribute("place", "lab")

local function add_sampler(config)
  local sampler = ffi.new("haetae_sampler *[1]")
  local ops = options("haetae_sampler_ops", {
    description = keep("Lua"),
    decide = { h.HAETAE_SAMPLING_DROP, function(_, given, sampling)
      local name = ffi.string(given.name.data, given.name.length)
      if name == "raises" then
        error(name)
      elseif name == "dropped" then
        return h.HAETAE_SAMPLING_DROP
      end
      h.haetae_sampling_add_attributes(sampling, sampled_by, 1)
      return h.HAETAE_SAMPLING_RECORD_AND_SAMPLE
    end },
  })
  check(h.haetae_sampler_new(ops, nil, sampler))
  check(h.haetae_config_set_sampler(config, sampler[0]))
end

local function add_span_processor(config)
  check(h.haetae_config_add_span_processor(config, options("haetae_span_processor", {
    on_start = { nil, function(_, _, fields)
      h.haetae_span_fields_set_attributes(fields, started_in, 1)
    end },
    on_end = { nil, function(_, view)
      count("spans that ended")
      local buffer = ffi.new("char[64]")
      local length = tonumber(h.haetae_span_view_name(view, buffer, 64))
      if ffi.string(buffer, length) == "odd" then
        error("odd")
      end
    end },
    shutdown = { h.HAETAE_EINVAL, function()
      count("shutdowns")
      return h.HAETAE_OK
    end },
  })))
end

local function add_log_processor(config)
  check(h.haetae_config_add_log_processor(config, options("haetae_log_processor", {
    on_emit = { false, function(_, record)
      local body = record.body.as.string
      local given = ffi.string(body.data, body.length)
      if given == "raises" then
        error(given)
      end
      return given ~= "secret"
    end },
  })))
end

local function add_detectors(config)
  check(h.haetae_config_add_resource_detector(config, options("haetae_resource_detector", {
    name = keep("place"),
    detect = { h.HAETAE_EINVAL, function(_, resource)
      return h.haetae_resource_put(resource, place)
    end },
  })))
  local nowhere = keep(ffi.new("haetae_resource_detector"))
  nowhere.struct_size, nowhere.name = ffi.sizeof("haetae_resource_detector"), keep("nowhere")
  nowhere.detect = guarded("detect_nothing", h.HAETAE_EINVAL, function()
    error("no such place")
  end)
  check(h.haetae_config_add_resource_detector(config, nowhere))
end

-- Carries the context as a traceparent in a header of its own.
local function new_propagator()
  local key = keep("x-lua")
  local propagator = ffi.new("haetae_propagator *[1]")
  check(h.haetae_propagator_new(options("haetae_propagator_ops", {
    name = keep("lua"),
    inject = { nil, function(_, context, ops, carrier)
      local found, buffer = ffi.new("haetae_span_context"), ffi.new("char[64]")
      if h.haetae_context_span_context(context, found) then
        local length = h.haetae_traceparent_format(found, buffer, 64)
        ops.set(carrier, key, #key, buffer, length)
      end
    end },
    extract = { h.HAETAE_EFORMAT, function(_, context, ops, carrier, ret_context)
      local value, found = ffi.new("haetae_string"), ffi.new("haetae_span_context")
      if not ops.get(carrier, key, #key, 0, value) then
        return h.HAETAE_EFORMAT
      end
      check(h.haetae_traceparent_parse(value.data, value.length, found)) -- may raise
      return h.haetae_context_with_span_context(context, found, ret_context)
    end },
  }), nil, propagator))
  return propagator[0]
end

-- A span, its header, and a span below what the header says.
local function carry(tracer, propagator)
  local headers = {}
  local ops = options("haetae_carrier_ops", {
    set = { nil, function(_, key, key_length, value, value_length)
      headers[ffi.string(key, key_length)] = keep(ffi.string(value, value_length))
    end },
    get = { false, function(_, key, key_length, index, ret_value)
      local value = headers[ffi.string(key, key_length)]
      if value == nil or index ~= 0 then
        return false
      end
      ret_value.data, ret_value.length = value, #value
      return true
    end },
  })
  local sender = h.haetae_span_start(tracer, "sender", 6, h.HAETAE_SPAN_KIND_CLIENT)
  h.haetae_propagator_inject(propagator, sender, nil, ops, nil)
  h.haetae_span_end(sender)
  local incoming = ffi.new("haetae_context *[1]")
  check(h.haetae_propagator_extract(propagator, nil, ops, nil, incoming))
  local below = options("haetae_span_options", { kind = h.HAETAE_SPAN_KIND_SERVER, parent_context = incoming[0] })
  h.haetae_span_end(h.haetae_span_start_with(tracer, "receiver", 8, below))
  h.haetae_context_unref(incoming[0])
  headers["x-lua"] = keep("no traceparent")
  check(h.haetae_propagator_extract(propagator, nil, ops, nil, incoming))
  h.haetae_context_unref(incoming[0])
end

local function record(sdk)
  local tracer = h.haetae_tracer_named(sdk, "haetae.ffi")
  local names = { "dropped", "raises" }
  for i = 1, SPANS do
    names[#names + 1] = i % 2 == 0 and "even" or "odd"
  end
  for _, name in ipairs(names) do
    h.haetae_span_end(h.haetae_span_start(tracer, name, #name, h.HAETAE_SPAN_KIND_INTERNAL))
  end
  local logger = h.haetae_logger_named(sdk, "haetae.ffi")
  for _, body in ipairs({ "kept", "secret", "raises" }) do
    h.haetae_log(logger, h.HAETAE_SEVERITY_INFO, body, #body, nil, 0)
  end
  local propagator = new_propagator()
  carry(tracer, propagator)
  h.haetae_propagator_unref(propagator)
end

-- A gauge and a counter by one callback, and one that raises. Returns the one that has to be unregistered
-- before `kept` goes; the others stay until the SDK is freed.
local function observe(meter)
  local temperature = h.haetae_observable_gauge_named(meter, "temperature", "Cel")
  local rounds = h.haetae_observable_counter_named(meter, "rounds", "{round}")
  local cellar, attic, nowhere = attribute("place", "cellar"), attribute("place", "attic"), attribute("place", "nowhere")
  local registered = ffi.new("haetae_callback *[1]")

  local function add(name, observables, body)
    local called = keep(ffi.cast("haetae_observe_callback", guarded(name, nil, body)))
    local list = ffi.new("haetae_observable *[?]", #observables, observables)
    check(h.haetae_callback_register(list, #observables, called, nil, registered))
  end

  add("measure", { temperature, rounds }, function(_, observer)
    count("rounds")
    h.haetae_observe_double(observer, temperature, 12.5, cellar, 1)
    h.haetae_observe_double(observer, temperature, 31, attic, 1)
    h.haetae_observe_int64(observer, rounds, counts["rounds"], nil, 0)
  end)
  add("break_down", { temperature }, function(_, observer)
    h.haetae_observe_double(observer, temperature, 99, nowhere, 1)
    error("thermometer")
  end)
  return registered[0]
end

local config, sdk = ffi.new("haetae_config *[1]"), ffi.new("haetae_sdk *[1]")
check(h.haetae_config_new(config))
check(h.haetae_config_load_env(config[0]))
add_sampler(config[0])
add_span_processor(config[0])
add_log_processor(config[0])
add_detectors(config[0])
check(h.haetae_start(config[0], sdk))
h.haetae_config_free(config[0])
record(sdk[0])
local broken = observe(h.haetae_meter_named(sdk[0], "haetae.ffi"))
check(h.haetae_sdk_force_flush(sdk[0], 5000))
h.haetae_callback_unregister(broken) -- from here on C calls it no more
check(h.haetae_sdk_shutdown(sdk[0], 5000))
h.haetae_sdk_free(sdk[0]) -- from here on C calls nothing of `kept` any more

local shown = {}
for name, number in pairs(counts) do
  shown[#shown + 1] = string.format("%q: %d", name, number)
end
print("{" .. table.concat(shown, ", ") .. "}")

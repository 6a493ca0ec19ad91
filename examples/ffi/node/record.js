// SPDX-License-Identifier: Apache-2.0
// Records from Node with koffi: see ../README.md.
// Usage: node record.js <libhaetae-otlp-http.so> <haetae_ffi.json>
'use strict';
const fs = require('fs');
const koffi = require('koffi');

// The library, declared by its own description.
function open(file, description) {
  const library = koffi.load(file);
  const h = {};
  const types = {};

  const typeOf = (spelled, isOutput) => {
    const plain = spelled.replace(/const /g, '').trim();
    const array = /^(.*?)\s*\[(\d+)\]$/.exec(plain);
    if (array) return koffi.array(typeOf(array[1]), Number(array[2]));
    if (plain.includes('(')) return 'void *'; // a callback: this program has none
    if (plain === 'char *') return 'str';
    if (plain.endsWith('*')) {
      const pointer = koffi.pointer(typeOf(plain.slice(0, -1)));
      return isOutput ? koffi.out(pointer) : pointer;
    }
    return types[plain] || plain;
  };
  // Pointers in structs are made with koffi.as(): structs that point to each other have no order.
  const fieldsOf = (fields) =>
    Object.fromEntries(fields.map((field) => {
      if (field.type.endsWith('*')) return [field.name, 'void *'];
      if (!field.fields) return [field.name, typeOf(field.type)];
      const make = field.type === 'union' ? koffi.union : koffi.struct;
      return [field.name, make(fieldsOf(field.fields))];
    }));

  for (const constant of description.constants) h[constant.name] = constant.value;
  for (const item of description.enums) {
    types[item.name] = 'int';
    for (const constant of item.constants) h[constant.name] = constant.value;
  }
  for (const alias of description.aliases) types[alias.name] = alias.type;
  for (const callback of description.callbacks) types[callback.name] = 'void *';
  for (const name of description.opaque) types[name] = koffi.opaque(name);
  for (const struct of description.structs) {
    types[struct.name] = koffi.struct(struct.name, fieldsOf(struct.fields));
    if (koffi.sizeof(types[struct.name]) !== struct.size['64']) throw new Error(struct.name);
  }
  h.types = types;
  for (const item of description.functions) {
    const parameters = item.parameters.map(({ name, type }) =>
      typeOf(type, name.startsWith('ret_')));
    try {
      h[item.name] = library.func(item.name, typeOf(item.returns), parameters);
    } catch {
      // Another exporter's.
    }
  }
  return h;
}

const [file, description] = process.argv.slice(2);
const h = open(file, JSON.parse(fs.readFileSync(description, 'utf8')));

function check(status) {
  if (status !== h.HAETAE_OK) throw new Error(`record: ${h.haetae_status_text(status)}`);
}

const length = (text) => Buffer.byteLength(text);
const string = (text) => ({ data: Buffer.from(text), length: length(text) });

// A number is a double, a BigInt an int64.
function value(given) {
  const of = (type, as) => ({ type, reserved: 0, as });
  if (given === null) return of(h.HAETAE_VALUE_EMPTY, { int64: 0 });
  if (Buffer.isBuffer(given))
    return of(h.HAETAE_VALUE_BYTES, { bytes: { data: given, length: given.length } });
  if (Array.isArray(given))
    return of(h.HAETAE_VALUE_ARRAY, {
      array: { items: koffi.as(given.map(value), 'haetae_value *'), count: given.length },
    });
  switch (typeof given) {
    case 'boolean': return of(h.HAETAE_VALUE_BOOL, { boolean: given });
    case 'bigint': return of(h.HAETAE_VALUE_INT64, { int64: given });
    case 'number': return of(h.HAETAE_VALUE_DOUBLE, { real: given });
    case 'string': return of(h.HAETAE_VALUE_STRING, { string: string(given) });
    default: {
      const items = attributes(given);
      return of(h.HAETAE_VALUE_MAP, {
        map: { items: koffi.as(items, 'haetae_attribute *'), count: items.length },
      });
    }
  }
}

function attributes(given) {
  return Object.entries(given).map(([key, item]) => ({ key: string(key), value: value(item) }));
}

function options(name, fields) {
  return { ...zero(name), ...fields, struct_size: koffi.sizeof(h.types[name]) };
}

// All fields, since koffi wants each.
function zero(name) {
  return koffi.decode(Buffer.alloc(koffi.sizeof(h.types[name])), h.types[name]);
}

// A span below a remote parent, and a log record that belongs to it.
function recordSpan(sdk) {
  const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const parent = {};
  check(h.haetae_traceparent_parse(header, length(header), parent));
  const tracer = h.haetae_tracer_named(sdk, 'haetae.ffi');
  const name = 'GET /rides';
  const span = h.haetae_span_start_with(tracer, name, length(name), options('haetae_span_options', {
    kind: h.HAETAE_SPAN_KIND_SERVER,
    parent: koffi.as(parent, 'haetae_span_context *'),
    trace_state: string('vendor=1'),
  }));
  const given = attributes({
    text: '불\0fire',
    flag: true,
    count: -9007199254740993n,
    ratio: 0.1,
    list: ['one', 2n, 0.5],
    map: { inner: true },
    bytes: Buffer.from([0, 1, 0xff]),
    nothing: null,
  });
  h.haetae_span_set_attributes(span, given, given.length);
  h.haetae_span_add_event(span, 'checked', length('checked'), 1700000000000000000n,
    attributes({ step: 1n }), 1);

  // The current span belongs to the thread, and so to whatever runs on it before detach:
  // nothing may be awaited in between.
  const token = koffi.alloc(h.types.haetae_context_token, 1);
  h.haetae_context_attach(span, token);
  const body = 'recorded';
  h.haetae_log(h.haetae_logger_named(sdk, 'haetae.ffi'), h.HAETAE_SEVERITY_INFO, body, length(body),
    attributes({ lines: 2n }), 1);
  h.haetae_context_detach(token);
  koffi.free(token);

  h.haetae_span_set_status(span, h.HAETAE_SPAN_STATUS_ERROR, 'late', length('late'));
  h.haetae_span_end(span);
}

function recordMetrics(sdk) {
  const meter = h.haetae_meter_named(sdk, 'haetae.ffi');
  const counter = [null];
  check(h.haetae_counter_create(meter, options('haetae_instrument_options', {
    name: string('ffi.requests'),
    unit: string('{request}'),
    number_type: h.HAETAE_NUMBER_INT64,
  }), counter));
  h.haetae_counter_add(counter[0], 3, attributes({ method: 'GET' }), 1);

  const histogram = [null];
  check(h.haetae_histogram_create(meter, options('haetae_instrument_options', {
    name: string('ffi.duration'),
    unit: string('s'),
    number_type: h.HAETAE_NUMBER_DOUBLE,
    boundaries: koffi.as([0.1, 1], 'double *'),
    boundary_count: 2,
  }), histogram));
  h.haetae_histogram_record_double(histogram[0], 0.25, attributes({ method: 'GET' }), 1);
}

const sdk = [null];
check(h.haetae_start(null, sdk));
recordSpan(sdk[0]);
recordMetrics(sdk[0]);
check(h.haetae_sdk_shutdown(sdk[0], 5000));
h.haetae_sdk_free(sdk[0]);

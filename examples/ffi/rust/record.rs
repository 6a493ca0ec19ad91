// SPDX-License-Identifier: Apache-2.0
//! Records from Rust: see ../README.md.
//! Build: rustc record.rs -L <folder of the libraries>
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr::{null, null_mut};

/// As haetae_ffi.h declares them, those that this program uses.
#[allow(dead_code)] // C reads the fields.
mod haetae {
    use std::ffi::{c_char, c_int, c_void};

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Text {
        pub data: *const c_char,
        pub length: usize,
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Items<T> {
        pub items: *const T,
        pub count: usize,
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub union As {
        pub boolean: bool,
        pub int64: i64,
        pub real: f64,
        pub text: Text,
        pub bytes: Items<u8>,
        pub array: Items<Value>,
        pub map: Items<Attribute>,
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Value {
        pub kind: i32,
        pub reserved: i32,
        pub of: As,
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    pub struct Attribute {
        pub key: Text,
        pub value: Value,
    }

    #[repr(C)]
    #[derive(Default)]
    pub struct SpanContext {
        pub trace_id: [u8; 16],
        pub span_id: [u8; 8],
        pub trace_flags: u8,
        pub is_remote: u8,
        pub reserved: [u8; 6],
    }

    #[repr(C)]
    #[derive(Default)]
    pub struct ContextToken {
        pub opaque: [u64; 8],
    }

    #[repr(C)]
    pub struct SpanOptions {
        pub struct_size: usize,
        pub kind: i32,
        pub root: i32,
        pub parent: *const SpanContext,
        pub trace_state: Text,
        pub start_time_unix_ns: u64,
        pub attributes: *const Attribute,
        pub attribute_count: usize,
        pub links: *const c_void,
        pub link_count: usize,
    }

    #[repr(C)]
    pub struct InstrumentOptions {
        pub struct_size: usize,
        pub name: Text,
        pub unit: Text,
        pub description: Text,
        pub number_type: i32,
        pub reserved: i32,
        pub boundaries: *const f64,
        pub boundary_count: usize,
    }

    #[link(name = "haetae-otlp-http")]
    extern "C" {
        /// To be called once: the linker drops libraries that nothing is taken from.
        pub fn haetae_otlp_http_register() -> c_int;
    }

    #[link(name = "haetae")]
    extern "C" {
        pub fn haetae_start(config: *mut c_void, ret_sdk: *mut *mut c_void) -> c_int;
        pub fn haetae_sdk_shutdown(sdk: *mut c_void, timeout_ms: u32) -> c_int;
        pub fn haetae_sdk_free(sdk: *mut c_void);
        pub fn haetae_status_text(status: c_int) -> *const c_char;
        pub fn haetae_traceparent_parse(text: *const u8, length: usize, ret_context: *mut SpanContext) -> c_int;
        pub fn haetae_tracer_named(sdk: *mut c_void, name: *const c_char) -> *mut c_void;
        pub fn haetae_span_start_with(tracer: *mut c_void, name: *const u8, name_length: usize, options: *const SpanOptions) -> u64;
        pub fn haetae_span_set_attributes(span: u64, attributes: *const Attribute, count: usize);
        pub fn haetae_span_add_event(span: u64, name: *const u8, name_length: usize, time_unix_ns: u64, attributes: *const Attribute, count: usize);
        pub fn haetae_span_set_status(span: u64, code: c_int, description: *const u8, description_length: usize);
        pub fn haetae_span_end(span: u64);
        pub fn haetae_context_attach(span: u64, token: *mut ContextToken);
        pub fn haetae_context_detach(token: *mut ContextToken);
        pub fn haetae_logger_named(sdk: *mut c_void, name: *const c_char) -> *mut c_void;
        pub fn haetae_log(logger: *mut c_void, severity: c_int, body: *const u8, body_length: usize, attributes: *const Attribute, count: usize);
        pub fn haetae_meter_named(sdk: *mut c_void, name: *const c_char) -> *mut c_void;
        pub fn haetae_counter_create(meter: *mut c_void, options: *const InstrumentOptions, ret_counter: *mut *mut c_void) -> c_int;
        pub fn haetae_counter_add(counter: *mut c_void, increment: i64, attributes: *const Attribute, count: usize);
        pub fn haetae_histogram_create(meter: *mut c_void, options: *const InstrumentOptions, ret_histogram: *mut *mut c_void) -> c_int;
        pub fn haetae_histogram_record_double(histogram: *mut c_void, value: f64, attributes: *const Attribute, count: usize);
    }
}

use haetae::*;

const SPAN_KIND_SERVER: i32 = 2;
const SPAN_STATUS_ERROR: c_int = 2;
const SEVERITY_INFO: c_int = 9;
const NUMBER_INT64: i32 = 0;
const NUMBER_DOUBLE: i32 = 1;
const SCOPE: *const c_char = b"haetae.ffi\0".as_ptr().cast();

fn check(status: c_int) {
    if status != 0 {
        // SAFETY: the text is static and ends with NUL.
        let text = unsafe { CStr::from_ptr(haetae_status_text(status)) };
        panic!("record: {}", text.to_string_lossy());
    }
}

fn text(given: &str) -> Text {
    Text { data: given.as_ptr().cast(), length: given.len() }
}

fn items<T>(given: &[T]) -> Items<T> {
    Items { items: given.as_ptr(), count: given.len() }
}

/// The struct borrows what it is given, like a slice without a lifetime: the caller keeps it
/// until the call returns.
fn attribute(key: &str, kind: i32, of: As) -> Attribute {
    Attribute { key: text(key), value: value(kind, of) }
}

fn value(kind: i32, of: As) -> Value {
    Value { kind, reserved: 0, of }
}

fn empty_text() -> Text {
    Text { data: null(), length: 0 }
}

/// A span below a remote parent, and a log record that belongs to it.
///
/// # Safety
/// `sdk` is what haetae_start() gave.
unsafe fn record_span(sdk: *mut c_void) {
    let header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut parent = SpanContext::default();
    check(haetae_traceparent_parse(header.as_ptr(), header.len(), &mut parent));
    let options = SpanOptions {
        struct_size: std::mem::size_of::<SpanOptions>(),
        kind: SPAN_KIND_SERVER,
        root: 0,
        parent: &parent,
        trace_state: text("vendor=1"),
        start_time_unix_ns: 0,
        attributes: null(),
        attribute_count: 0,
        links: null(),
        link_count: 0,
    };
    let name = "GET /rides";
    let tracer = haetae_tracer_named(sdk, SCOPE);
    let span = haetae_span_start_with(tracer, name.as_ptr(), name.len(), &options);

    let list = [
        value(1, As { text: text("one") }),
        value(3, As { int64: 2 }),
        value(4, As { real: 0.5 }),
    ];
    let map = [attribute("inner", 2, As { boolean: true })];
    let attributes = [
        attribute("text", 1, As { text: text("불\0fire") }),
        attribute("flag", 2, As { boolean: true }),
        attribute("count", 3, As { int64: -9007199254740993 }),
        attribute("ratio", 4, As { real: 0.1 }),
        attribute("list", 5, As { array: items(&list) }),
        attribute("map", 6, As { map: items(&map) }),
        attribute("bytes", 7, As { bytes: items(&[0, 1, 0xff]) }),
        attribute("nothing", 0, As { int64: 0 }),
    ];
    haetae_span_set_attributes(span, attributes.as_ptr(), attributes.len());
    let event = "checked";
    let step = attribute("step", 3, As { int64: 1 });
    haetae_span_add_event(span, event.as_ptr(), event.len(), 1_700_000_000_000_000_000, &step, 1);

    let mut token = ContextToken::default();
    haetae_context_attach(span, &mut token); // from here on it is this thread's current span
    let body = "recorded";
    let lines = attribute("lines", 3, As { int64: 2 });
    haetae_log(haetae_logger_named(sdk, SCOPE), SEVERITY_INFO, body.as_ptr(), body.len(), &lines, 1);
    haetae_context_detach(&mut token);

    let why = "late";
    haetae_span_set_status(span, SPAN_STATUS_ERROR, why.as_ptr(), why.len());
    haetae_span_end(span);
}

/// # Safety
/// `sdk` is what haetae_start() gave.
unsafe fn record_metrics(sdk: *mut c_void) {
    let meter = haetae_meter_named(sdk, SCOPE);
    let method = attribute("method", 1, As { text: text("GET") });
    let mut options = InstrumentOptions {
        struct_size: std::mem::size_of::<InstrumentOptions>(),
        name: text("ffi.requests"),
        unit: text("{request}"),
        description: empty_text(),
        number_type: NUMBER_INT64,
        reserved: 0,
        boundaries: null(),
        boundary_count: 0,
    };
    let mut counter = null_mut();
    check(haetae_counter_create(meter, &options, &mut counter));
    haetae_counter_add(counter, 3, &method, 1);

    let boundaries = [0.1, 1.0];
    options.name = text("ffi.duration");
    options.unit = text("s");
    options.number_type = NUMBER_DOUBLE;
    options.boundaries = boundaries.as_ptr();
    options.boundary_count = boundaries.len();
    let mut histogram = null_mut();
    check(haetae_histogram_create(meter, &options, &mut histogram));
    haetae_histogram_record_double(histogram, 0.25, &method, 1);
}

fn main() {
    // SAFETY: each call is given what its declaration asks for, and no handle is used after
    // haetae_sdk_free().
    unsafe {
        let mut sdk = null_mut();
        check(haetae_otlp_http_register());
        check(haetae_start(null_mut(), &mut sdk));
        record_span(sdk);
        record_metrics(sdk);
        check(haetae_sdk_shutdown(sdk, 5000));
        haetae_sdk_free(sdk);
    }
}

typedef struct haetae_sdk haetae_sdk;
typedef struct haetae_config haetae_config;
typedef struct haetae_exporter haetae_exporter;
typedef struct haetae_context haetae_context;
typedef struct haetae_metric_reader haetae_metric_reader;
typedef struct haetae_context_key haetae_context_key;
typedef struct haetae_baggage haetae_baggage;
typedef struct haetae_resource haetae_resource;
typedef struct haetae_delivery haetae_delivery;
typedef struct haetae_logger haetae_logger;
typedef struct haetae_meter haetae_meter;
typedef struct haetae_counter haetae_counter;
typedef struct haetae_up_down_counter haetae_up_down_counter;
typedef struct haetae_gauge haetae_gauge;
typedef struct haetae_histogram haetae_histogram;
typedef struct haetae_observable haetae_observable;
typedef struct haetae_bound_counter haetae_bound_counter;
typedef struct haetae_bound_up_down_counter haetae_bound_up_down_counter;
typedef struct haetae_bound_gauge haetae_bound_gauge;
typedef struct haetae_bound_histogram haetae_bound_histogram;
typedef struct haetae_observer haetae_observer;
typedef struct haetae_callback haetae_callback;
typedef struct haetae_tracer haetae_tracer;
typedef struct haetae_span_fields haetae_span_fields;
typedef struct haetae_metric_batch haetae_metric_batch;
typedef struct haetae_propagator haetae_propagator;
typedef struct haetae_environment haetae_environment;
typedef struct haetae_spool_list haetae_spool_list;
typedef struct haetae_request_headers haetae_request_headers;
typedef struct haetae_sampler haetae_sampler;
typedef struct haetae_sampling haetae_sampling;
typedef struct haetae_composable haetae_composable;
typedef struct haetae_stats haetae_stats;
typedef struct haetae_config_model haetae_config_model;
typedef struct haetae_config_node haetae_config_node;
typedef struct haetae_memory haetae_memory;
typedef struct haetae_memory_items haetae_memory_items;
typedef struct haetae_string haetae_string;
typedef struct haetae_value haetae_value;
typedef struct haetae_attribute haetae_attribute;
typedef struct haetae_exception haetae_exception;
typedef struct haetae_span_context haetae_span_context;
typedef struct haetae_scope_options haetae_scope_options;
typedef struct haetae_context_token haetae_context_token;
typedef struct haetae_context_stack haetae_context_stack;
typedef struct haetae_trace_state haetae_trace_state;
typedef struct haetae_resource_detector haetae_resource_detector;
typedef struct haetae_config_key haetae_config_key;
typedef struct haetae_exemplar_measurement haetae_exemplar_measurement;
typedef struct haetae_exemplar_reservoir_ops haetae_exemplar_reservoir_ops;
typedef struct haetae_result haetae_result;
typedef struct haetae_exporter_ops haetae_exporter_ops;
typedef struct haetae_exporter_factory haetae_exporter_factory;
typedef struct haetae_keys haetae_keys;
typedef struct haetae_log_record haetae_log_record;
typedef struct haetae_log_site haetae_log_site;
typedef struct haetae_instrument_options haetae_instrument_options;
typedef struct haetae_link haetae_link;
typedef struct haetae_span_options haetae_span_options;
typedef struct haetae_span_site haetae_span_site;
typedef struct haetae_library haetae_library;
typedef struct haetae_item_origin haetae_item_origin;
typedef struct haetae_span_view haetae_span_view;
typedef struct haetae_span_processor haetae_span_processor;
typedef struct haetae_log_processor haetae_log_processor;
typedef struct haetae_metric_reader_options haetae_metric_reader_options;
typedef struct haetae_metric_description haetae_metric_description;
typedef struct haetae_metric_filter haetae_metric_filter;
typedef struct haetae_metric_producer haetae_metric_producer;
typedef struct haetae_exponential_buckets haetae_exponential_buckets;
typedef struct haetae_metric_point haetae_metric_point;
typedef struct haetae_carrier_ops haetae_carrier_ops;
typedef struct haetae_propagator_ops haetae_propagator_ops;
typedef struct haetae_recovery haetae_recovery;
typedef struct haetae_sampling_input haetae_sampling_input;
typedef struct haetae_sampler_ops haetae_sampler_ops;
typedef struct haetae_parent_based_options haetae_parent_based_options;
typedef struct haetae_sampling_intent haetae_sampling_intent;
typedef struct haetae_composable_ops haetae_composable_ops;
typedef struct haetae_sampling_rule haetae_sampling_rule;
typedef struct haetae_id_generator haetae_id_generator;
typedef struct haetae_scope_config haetae_scope_config;
typedef struct haetae_view_options haetae_view_options;
typedef struct haetae_config_component haetae_config_component;
typedef struct haetae_memory_resource haetae_memory_resource;
typedef struct haetae_memory_scope haetae_memory_scope;
typedef struct haetae_memory_event haetae_memory_event;
typedef struct haetae_memory_link haetae_memory_link;
typedef struct haetae_memory_span haetae_memory_span;
typedef struct haetae_memory_log haetae_memory_log;
typedef struct haetae_memory_exemplar haetae_memory_exemplar;
typedef struct haetae_memory_point haetae_memory_point;
typedef struct haetae_memory_item haetae_memory_item;
typedef struct haetae_memory_query haetae_memory_query;
typedef uint64_t haetae_span;
typedef enum haetae_status {
    HAETAE_OK = 0,
    HAETAE_EINVAL = -1,
    HAETAE_ENOMEM = -2,
    HAETAE_ETHREAD = -3,
    HAETAE_ETIMEOUT = -4,
    HAETAE_ESHUTDOWN = -5,
    HAETAE_EKEY = -6,
    HAETAE_EVALUE = -7,
    HAETAE_ELIMIT = -8,
    HAETAE_ECONFLICT = -9,
    HAETAE_EIO = -10,
    HAETAE_EUNSUPPORTED = -11,
    HAETAE_EFORMAT = -12,
    HAETAE_ELOST = -13
} haetae_status;
typedef enum haetae_value_type {
    HAETAE_VALUE_EMPTY = 0,
    HAETAE_VALUE_STRING = 1,
    HAETAE_VALUE_BOOL = 2,
    HAETAE_VALUE_INT64 = 3,
    HAETAE_VALUE_DOUBLE = 4,
    HAETAE_VALUE_ARRAY = 5,
    HAETAE_VALUE_MAP = 6,
    HAETAE_VALUE_BYTES = 7
} haetae_value_type;
typedef enum haetae_diagnostic_level {
    HAETAE_DIAGNOSTIC_ERROR = 1,
    HAETAE_DIAGNOSTIC_WARN = 2,
    HAETAE_DIAGNOSTIC_INFO = 3
} haetae_diagnostic_level;
typedef enum haetae_config_type {
    HAETAE_CONFIG_BOOL = 0,
    HAETAE_CONFIG_DURATION = 1,
    HAETAE_CONFIG_TIMEOUT = 2,
    HAETAE_CONFIG_COUNT = 3,
    HAETAE_CONFIG_BYTES = 4,
    HAETAE_CONFIG_RATIO = 5,
    HAETAE_CONFIG_SEVERITY = 6,
    HAETAE_CONFIG_CHOICE = 7,
    HAETAE_CONFIG_LIST = 8,
    HAETAE_CONFIG_PAIRS = 9,
    HAETAE_CONFIG_TEXT = 10,
    HAETAE_CONFIG_URL = 11,
    HAETAE_CONFIG_PATH = 12,
    HAETAE_CONFIG_SECRET = 13
} haetae_config_type;
typedef enum haetae_exemplar_reservoir {
    HAETAE_EXEMPLAR_RESERVOIR_DEFAULT = 0,
    HAETAE_EXEMPLAR_RESERVOIR_FIXED_SIZE = 1,
    HAETAE_EXEMPLAR_RESERVOIR_ALIGNED_HISTOGRAM_BUCKET = 2,
    HAETAE_EXEMPLAR_RESERVOIR_CUSTOM = 3
} haetae_exemplar_reservoir;
typedef enum haetae_signal {
    HAETAE_SIGNAL_TRACES = 0,
    HAETAE_SIGNAL_METRICS = 1,
    HAETAE_SIGNAL_LOGS = 2
} haetae_signal;
typedef enum haetae_verdict {
    HAETAE_VERDICT_OK = 0,
    HAETAE_VERDICT_RETRY = 1,
    HAETAE_VERDICT_DROP = 2,
    HAETAE_VERDICT_TOO_LARGE = 3,
    HAETAE_VERDICT_INVALID = 4
} haetae_verdict;
typedef enum haetae_severity {
    HAETAE_SEVERITY_UNSPECIFIED = 0,
    HAETAE_SEVERITY_TRACE = 1,
    HAETAE_SEVERITY_TRACE2 = 2,
    HAETAE_SEVERITY_TRACE3 = 3,
    HAETAE_SEVERITY_TRACE4 = 4,
    HAETAE_SEVERITY_DEBUG = 5,
    HAETAE_SEVERITY_DEBUG2 = 6,
    HAETAE_SEVERITY_DEBUG3 = 7,
    HAETAE_SEVERITY_DEBUG4 = 8,
    HAETAE_SEVERITY_INFO = 9,
    HAETAE_SEVERITY_INFO2 = 10,
    HAETAE_SEVERITY_INFO3 = 11,
    HAETAE_SEVERITY_INFO4 = 12,
    HAETAE_SEVERITY_WARN = 13,
    HAETAE_SEVERITY_WARN2 = 14,
    HAETAE_SEVERITY_WARN3 = 15,
    HAETAE_SEVERITY_WARN4 = 16,
    HAETAE_SEVERITY_ERROR = 17,
    HAETAE_SEVERITY_ERROR2 = 18,
    HAETAE_SEVERITY_ERROR3 = 19,
    HAETAE_SEVERITY_ERROR4 = 20,
    HAETAE_SEVERITY_FATAL = 21,
    HAETAE_SEVERITY_FATAL2 = 22,
    HAETAE_SEVERITY_FATAL3 = 23,
    HAETAE_SEVERITY_FATAL4 = 24
} haetae_severity;
typedef enum haetae_number_type {
    HAETAE_NUMBER_INT64 = 0,
    HAETAE_NUMBER_DOUBLE = 1
} haetae_number_type;
typedef enum haetae_span_kind {
    HAETAE_SPAN_KIND_UNSPECIFIED = 0,
    HAETAE_SPAN_KIND_INTERNAL = 1,
    HAETAE_SPAN_KIND_SERVER = 2,
    HAETAE_SPAN_KIND_CLIENT = 3,
    HAETAE_SPAN_KIND_PRODUCER = 4,
    HAETAE_SPAN_KIND_CONSUMER = 5
} haetae_span_kind;
typedef enum haetae_span_status {
    HAETAE_SPAN_STATUS_UNSET = 0,
    HAETAE_SPAN_STATUS_OK = 1,
    HAETAE_SPAN_STATUS_ERROR = 2
} haetae_span_status;
typedef enum haetae_sampling_decision {
    HAETAE_SAMPLING_UNDECIDED = 0,
    HAETAE_SAMPLING_DROP = 1,
    HAETAE_SAMPLING_RECORD_ONLY = 2,
    HAETAE_SAMPLING_RECORD_AND_SAMPLE = 3
} haetae_sampling_decision;
typedef enum haetae_instrument_kind {
    HAETAE_INSTRUMENT_COUNTER = 1,
    HAETAE_INSTRUMENT_UP_DOWN_COUNTER = 2,
    HAETAE_INSTRUMENT_GAUGE = 3,
    HAETAE_INSTRUMENT_HISTOGRAM = 4,
    HAETAE_INSTRUMENT_OBSERVABLE_COUNTER = 5,
    HAETAE_INSTRUMENT_OBSERVABLE_UP_DOWN_COUNTER = 6,
    HAETAE_INSTRUMENT_OBSERVABLE_GAUGE = 7
} haetae_instrument_kind;
typedef enum haetae_temporality {
    HAETAE_TEMPORALITY_DELTA = 1,
    HAETAE_TEMPORALITY_CUMULATIVE = 2
} haetae_temporality;
typedef enum haetae_temporality_preference {
    HAETAE_PREFERENCE_CUMULATIVE = 0,
    HAETAE_PREFERENCE_DELTA = 1,
    HAETAE_PREFERENCE_LOW_MEMORY = 2
} haetae_temporality_preference;
typedef enum haetae_aggregation {
    HAETAE_AGGREGATION_DEFAULT = 0,
    HAETAE_AGGREGATION_DROP = 1,
    HAETAE_AGGREGATION_SUM = 2,
    HAETAE_AGGREGATION_LAST_VALUE = 3,
    HAETAE_AGGREGATION_EXPLICIT_BUCKET_HISTOGRAM = 4,
    HAETAE_AGGREGATION_BASE2_EXPONENTIAL_BUCKET_HISTOGRAM = 5
} haetae_aggregation;
typedef enum haetae_point_kind {
    HAETAE_POINT_SUM = 1,
    HAETAE_POINT_GAUGE = 2,
    HAETAE_POINT_HISTOGRAM = 3,
    HAETAE_POINT_EXPONENTIAL_HISTOGRAM = 4,
    HAETAE_POINT_SUMMARY = 5
} haetae_point_kind;
typedef enum haetae_filter_result {
    HAETAE_FILTER_ACCEPT = 0,
    HAETAE_FILTER_DROP = 1,
    HAETAE_FILTER_ACCEPT_PARTIAL = 2
} haetae_filter_result;
typedef enum haetae_spool_stat {
    HAETAE_SPOOLED_SEGMENTS = 0,
    HAETAE_SPOOLED_REQUESTS = 1,
    HAETAE_SPOOLED_ITEMS = 2,
    HAETAE_SPOOLED_BYTES = 3,
    HAETAE_SPOOLED_OLDEST_MS = 4,
    HAETAE_SPOOLED_NEWEST_MS = 5,
    HAETAE_SPOOLED_IN_USE_SEGMENTS = 6,
    HAETAE_SPOOLED_DAMAGED_SEGMENTS = 7,
    HAETAE_SPOOLED_OTHER_SEGMENTS = 8,
    HAETAE_SPOOLED_UNREADABLE_SEGMENTS = 9
} haetae_spool_stat;
typedef enum haetae_redaction_action {
    HAETAE_REDACTION_DELETE = 0,
    HAETAE_REDACTION_REPLACE = 1,
    HAETAE_REDACTION_HASH = 2
} haetae_redaction_action;
typedef enum haetae_drop_reason {
    HAETAE_DROP_RING_FULL = 0,
    HAETAE_DROP_NO_SLOT = 1,
    HAETAE_DROP_TOO_LARGE = 2,
    HAETAE_DROP_SHUTDOWN = 3,
    HAETAE_DROP_QUEUE_FULL = 4,
    HAETAE_DROP_REJECTED = 5,
    HAETAE_DROP_RETRIES = 6,
    HAETAE_DROP_NO_EXPORTER = 7,
    HAETAE_DROP_FORK = 8,
    HAETAE_DROP_INVALID = 9,
    HAETAE_DROP_REPLACED = 10,
    HAETAE_DROP_SPOOL = 11
} haetae_drop_reason;
typedef enum haetae_misuse {
    HAETAE_MISUSE_ENDED_SPAN = 0,
    HAETAE_MISUSE_MEASUREMENT = 1,
    HAETAE_MISUSE_CONTEXT = 2,
    HAETAE_MISUSE_ARGUMENT = 3,
    HAETAE_MISUSE_CONTENDED = 4,
    HAETAE_MISUSE_NEWER_CALLER = 5
} haetae_misuse;
typedef enum haetae_destination_stat {
    HAETAE_DESTINATION_WAITING = 0,
    HAETAE_DESTINATION_WAITING_ITEMS = 1,
    HAETAE_DESTINATION_HELD_BYTES = 2,
    HAETAE_DESTINATION_IN_FLIGHT = 3,
    HAETAE_DESTINATION_DELIVERED = 4,
    HAETAE_DESTINATION_DROPPED = 5,
    HAETAE_DESTINATION_RETRIES = 6,
    HAETAE_DESTINATION_FAILURES = 7,
    HAETAE_DESTINATION_AWAY = 8,
    HAETAE_DESTINATION_LAST_ERROR_MS = 9,
    HAETAE_DESTINATION_SPOOLED_ITEMS = 10,
    HAETAE_DESTINATION_SPOOLED_BYTES = 11
} haetae_destination_stat;
typedef enum haetae_stats_form {
    HAETAE_STATS_LINE = 0,
    HAETAE_STATS_JSON = 1
} haetae_stats_form;
typedef enum haetae_config_node_type {
    HAETAE_CONFIG_NODE_NULL = 0,
    HAETAE_CONFIG_NODE_BOOL = 1,
    HAETAE_CONFIG_NODE_INT64 = 2,
    HAETAE_CONFIG_NODE_DOUBLE = 3,
    HAETAE_CONFIG_NODE_STRING = 4,
    HAETAE_CONFIG_NODE_LIST = 5,
    HAETAE_CONFIG_NODE_MAP = 6
} haetae_config_node_type;
typedef enum haetae_config_component_kind {
    HAETAE_CONFIG_EXPORTER = 0,
    HAETAE_CONFIG_SAMPLER = 1,
    HAETAE_CONFIG_SPAN_PROCESSOR = 2,
    HAETAE_CONFIG_LOG_PROCESSOR = 3,
    HAETAE_CONFIG_PROPAGATOR = 4,
    HAETAE_CONFIG_RESOURCE_DETECTOR = 5,
    HAETAE_CONFIG_ID_GENERATOR = 6
} haetae_config_component_kind;
enum { HAETAE_VERSION_MAJOR = 0 };
enum { HAETAE_VERSION_MINOR = 1 };
enum { HAETAE_VERSION_PATCH = 0 };
enum { HAETAE_ABI_VERSION = 1 };
enum { HAETAE_SPAN_NONE = 0 };
enum { HAETAE_VALUE_DEPTH_MAX = 64 };
enum { HAETAE_TRACE_FLAG_SAMPLED = 1 };
enum { HAETAE_TRACE_FLAG_RANDOM = 2 };
enum { HAETAE_CONTEXT_VALUES_MAX = 128 };
enum { HAETAE_TRACEPARENT_LENGTH = 55 };
enum { HAETAE_TRACE_STATE_MAX = 512 };
enum { HAETAE_TRACE_STATE_MEMBERS_MAX = 32 };
enum { HAETAE_BAGGAGE_ENTRIES_MAX = 1024 };
enum { HAETAE_BAGGAGE_BYTES_MAX = 1048576 };
enum { HAETAE_BAGGAGE_HEADER_MEMBERS_MAX = 64 };
enum { HAETAE_BAGGAGE_HEADER_BYTES_MAX = 8192 };
enum { HAETAE_CONFIG_TYPE_COUNT = 14 };
enum { HAETAE_EXEMPLARS_MAX = 256 };
enum { HAETAE_EXEMPLAR_STATE_MAX_BYTES = 4096 };
enum { HAETAE_SIGNAL_COUNT = 3 };
enum { HAETAE_KEYS_ROOM_BYTES = 64 };
enum { HAETAE_BOUNDARIES_MAX = 200 };
enum { HAETAE_INSTRUMENT_KINDS = 8 };
enum { HAETAE_SPOOLED_COUNT = 10 };
enum { HAETAE_SAMPLING_ATTRIBUTES_MAX = 16 };
enum { HAETAE_DROP_COUNT = 12 };
enum { HAETAE_MISUSE_COUNT = 6 };
enum { HAETAE_DESTINATION_COUNT = 12 };
typedef void (*haetae_carrier_set)(void *, const char *, const char *);
typedef const char *(*haetae_carrier_get)(void *, const char *);
typedef const char *(*haetae_carrier_get_all)(void *, const char *, size_t);
typedef void (*haetae_diagnostics)(void *, haetae_diagnostic_level, const char *);
typedef void (*haetae_observe_callback)(void *, haetae_observer *);
typedef bool (*haetae_metrics_callback)(void *, const uint8_t *, size_t);
typedef haetae_status (*haetae_request_headers_callback)(void *, int32_t, const char *, haetae_request_headers *);
typedef haetae_status (*haetae_sampler_create)(void *, haetae_config *, haetae_string, haetae_sampler **);
typedef void (*haetae_configurator)(void *, haetae_signal, const haetae_scope_options *, haetae_scope_config *);
typedef void (*haetae_memory_report)(void *, const char *);
typedef void (*haetae_prometheus_callback)(void *, const char *, const uint8_t *, size_t);
struct haetae_string {
    const char *data;
    size_t length;
};
struct haetae_value {
    int32_t type;
    int32_t reserved;
    union {
        bool boolean;
        int64_t int64;
        double real;
        haetae_string string;
        struct {
            const uint8_t *data;
            size_t length;
        } bytes;
        struct {
            const haetae_value *items;
            size_t count;
        } array;
        struct {
            const haetae_attribute *items;
            size_t count;
        } map;
    } as;
};
struct haetae_attribute {
    haetae_string key;
    haetae_value value;
};
struct haetae_exception {
    size_t struct_size;
    haetae_string type;
    haetae_string message;
    haetae_string stacktrace;
    const haetae_attribute *attributes;
    size_t attribute_count;
};
struct haetae_span_context {
    uint8_t trace_id[16];
    uint8_t span_id[8];
    uint8_t trace_flags;
    uint8_t is_remote;
    uint8_t reserved[6];
};
struct haetae_scope_options {
    size_t struct_size;
    haetae_string name;
    haetae_string version;
    haetae_string schema_url;
    const haetae_attribute *attributes;
    size_t attribute_count;
};
struct haetae_context_token {
    uint64_t opaque[8];
};
struct haetae_context_stack {
    uint64_t opaque[8];
};
struct haetae_trace_state {
    uint32_t length;
    char text[516];
};
struct haetae_resource_detector {
    size_t struct_size;
    const char *name;
    void *user;
    haetae_status (*detect)(void *, haetae_resource *);
    void (*done)(void *);
};
struct haetae_config_key {
    size_t struct_size;
    const char *name;
    int32_t type;
    int32_t reserved;
    const char *default_value;
    const char *choices;
    const char *help;
    int64_t min;
    int64_t max;
};
struct haetae_exemplar_measurement {
    size_t struct_size;
    int64_t as_int64;
    double as_double;
    uint64_t time_unix_ns;
    const haetae_span_context *context;
    const haetae_attribute *attributes;
    size_t attribute_count;
    size_t reserved;
};
struct haetae_exemplar_reservoir_ops {
    size_t struct_size;
    void *self;
    size_t state_size_bytes;
    int32_t (*offer)(void *, void *, const haetae_exemplar_measurement *);
    void (*collect)(void *, void *);
};
struct haetae_result {
    size_t struct_size;
    int32_t verdict;
    int32_t http_status;
    uint64_t rejected_count;
    int64_t retry_after_ms;
    const char *message;
};
struct haetae_exporter_ops {
    size_t struct_size;
    const char *name;
    void (*send)(void *, haetae_delivery *);
    int (*descriptor)(void *);
    int64_t (*wait_ms)(void *);
    void (*step)(void *);
    void (*cancel)(void *, haetae_delivery *);
    void (*free)(void *);
    uint32_t max_in_flight;
    uint32_t signals;
    void (*after_fork)(void *, bool);
    int32_t blocks;
    int32_t reserved;
    const char *component_type;
    haetae_metric_reader *reader;
    haetae_status (*force_flush)(void *);
    haetae_status (*shutdown)(void *);
};
struct haetae_exporter_factory {
    size_t struct_size;
    const char *name;
    const char *protocols;
    const haetae_config_key *keys;
    size_t key_count;
    void *user;
    haetae_status (*create)(void *, haetae_config *, uint32_t, haetae_exporter **);
};
struct haetae_keys {
    const haetae_string *names;
    size_t count;
    void *room;
    size_t room_bytes;
};
struct haetae_log_record {
    size_t struct_size;
    int32_t severity;
    int32_t reserved;
    haetae_string severity_text;
    haetae_value body;
    haetae_string event_name;
    uint64_t time_unix_ns;
    uint64_t observed_time_unix_ns;
    const haetae_span_context *context;
    const haetae_attribute *attributes;
    size_t attribute_count;
    haetae_span span;
    const haetae_context *in_context;
    const haetae_exception *exception;
};
struct haetae_log_site {
    int32_t severity;
    int32_t reserved;
    haetae_string body;
    haetae_string event_name;
    const haetae_string *keys;
    size_t key_count;
    void *room;
    size_t room_bytes;
};
struct haetae_instrument_options {
    size_t struct_size;
    haetae_string name;
    haetae_string unit;
    haetae_string description;
    int32_t number_type;
    int32_t reserved;
    const double *boundaries;
    size_t boundary_count;
    const haetae_string *attribute_keys;
    size_t attribute_key_count;
    haetae_observe_callback callback;
    void *callback_user;
};
struct haetae_link {
    haetae_span_context context;
    haetae_string trace_state;
    const haetae_attribute *attributes;
    size_t attribute_count;
};
struct haetae_span_options {
    size_t struct_size;
    int32_t kind;
    int32_t root;
    const haetae_span_context *parent;
    haetae_string trace_state;
    uint64_t start_time_unix_ns;
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_link *links;
    size_t link_count;
    haetae_span parent_span;
    haetae_span_context *ret_context;
    const haetae_context *parent_context;
    int32_t decision;
    int32_t reserved;
};
struct haetae_span_site {
    int32_t kind;
    int32_t reserved;
    haetae_string name;
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_string *keys;
    size_t key_count;
    void *room;
    size_t room_bytes;
};
struct haetae_library {
    haetae_string name;
    haetae_string version;
    haetae_string schema_url;
    uint64_t opaque[8];
};
struct haetae_item_origin {
    const uint8_t *scope;
    size_t scope_size_bytes;
    haetae_string schema_url;
    const uint8_t *resource;
    size_t resource_size_bytes;
    haetae_string scope_name;
};
struct haetae_span_view {
    size_t struct_size;
    haetae_span span;
    haetae_span_context context;
    const haetae_item_origin *origin;
    void *internal;
    size_t size_max_bytes;
    uint64_t start_time_unix_ns;
    uint64_t end_time_unix_ns;
    uint8_t parent_span_id[8];
    int32_t kind;
    int32_t status;
};
struct haetae_span_processor {
    size_t struct_size;
    void *self;
    void (*on_start)(void *, const haetae_span_view *, haetae_span_fields *, const haetae_context *);
    void (*on_ending)(void *, const haetae_span_view *, haetae_span_fields *);
    void (*on_end)(void *, const haetae_span_view *);
    haetae_status (*force_flush)(void *, uint32_t);
    haetae_status (*shutdown)(void *, uint32_t);
    void (*free)(void *);
};
struct haetae_log_processor {
    size_t struct_size;
    void *self;
    bool (*on_emit)(void *, haetae_log_record *, const haetae_item_origin *, const haetae_context *);
    bool (*enabled)(void *, const haetae_item_origin *, const haetae_context *, haetae_severity, haetae_string);
    haetae_status (*force_flush)(void *, uint32_t);
    haetae_status (*shutdown)(void *, uint32_t);
    void (*free)(void *);
};
struct haetae_metric_reader_options {
    size_t struct_size;
    int32_t pull;
    int32_t temporality_preference;
    uint32_t interval_ms;
    uint32_t cardinality_limit;
    int32_t temporality_of[8];
    int32_t aggregation_of[8];
    uint32_t cardinality_limit_of[8];
    uint32_t batch_points_max;
    uint32_t reserved;
};
struct haetae_metric_description {
    size_t struct_size;
    haetae_string name;
    haetae_string unit;
    haetae_string description;
    int32_t kind;
    int32_t temporality;
    int32_t monotonic;
    int32_t reserved;
};
struct haetae_metric_filter {
    size_t struct_size;
    void *self;
    int32_t (*test_metric)(void *, const haetae_item_origin *, const haetae_metric_description *);
    int32_t (*test_attributes)(void *, const haetae_item_origin *, const haetae_metric_description *, const haetae_attribute *, size_t);
    void (*free)(void *);
};
struct haetae_metric_producer {
    size_t struct_size;
    void *self;
    haetae_string scope_name;
    haetae_string scope_version;
    haetae_string scope_schema_url;
    haetae_status (*produce)(void *, haetae_metric_batch *);
    void (*free)(void *);
};
struct haetae_exponential_buckets {
    const uint64_t *counts;
    size_t count;
    int32_t offset;
    int32_t reserved;
};
struct haetae_metric_point {
    size_t struct_size;
    uint64_t start_time_unix_ns;
    uint64_t time_unix_ns;
    const haetae_attribute *attributes;
    size_t attribute_count;
    int32_t number_type;
    int32_t no_recorded_value;
    int64_t as_int64;
    double as_double;
    uint64_t count;
    double sum;
    int32_t has_sum;
    int32_t has_extremes;
    double minimum;
    double maximum;
    const double *boundaries;
    size_t boundary_count;
    const uint64_t *bucket_counts;
    size_t bucket_count;
    haetae_exponential_buckets positive;
    haetae_exponential_buckets negative;
    int32_t scale;
    int32_t reserved;
    uint64_t zero_count;
    double zero_threshold;
    const double *quantiles;
    const double *quantile_values;
    size_t quantile_count;
};
struct haetae_carrier_ops {
    size_t struct_size;
    bool (*get)(void *, const char *, size_t, size_t, haetae_string *);
    bool (*key)(void *, size_t, haetae_string *);
    void (*set)(void *, const char *, size_t, const char *, size_t);
    void (*remove)(void *, const char *, size_t);
};
struct haetae_propagator_ops {
    size_t struct_size;
    const char *name;
    const char *const *fields;
    void (*inject)(void *, const haetae_context *, const haetae_carrier_ops *, void *);
    haetae_status (*extract)(void *, const haetae_context *, const haetae_carrier_ops *, void *, haetae_context **);
    void (*free)(void *);
};
struct haetae_recovery {
    size_t struct_size;
    uint64_t files_recovered;
    uint64_t files_corrupt;
    uint64_t files_in_use;
    uint64_t files_not_ours;
    uint64_t files_left;
    uint64_t open_spans;
    uint64_t delivered_spans;
    uint64_t delivered_data_points;
    uint64_t delivered_log_records;
    uint64_t dropped_spans;
    uint64_t dropped_data_points;
    uint64_t dropped_log_records;
    uint64_t files_refused;
    uint64_t damaged_places;
    uint64_t files_redacted;
};
struct haetae_sampling_input {
    size_t struct_size;
    const haetae_span_context *parent;
    haetae_string name;
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_link *links;
    size_t link_count;
    const haetae_context *context;
    uint8_t trace_id[16];
    int32_t kind;
    int32_t trace_flags;
};
struct haetae_sampler_ops {
    size_t struct_size;
    const char *description;
    int32_t (*decide)(void *, const haetae_sampling_input *, haetae_sampling *);
    void (*free)(void *);
};
struct haetae_parent_based_options {
    size_t struct_size;
    haetae_sampler *root;
    haetae_sampler *remote_sampled;
    haetae_sampler *remote_not_sampled;
    haetae_sampler *local_sampled;
    haetae_sampler *local_not_sampled;
};
struct haetae_sampling_intent {
    size_t struct_size;
    uint64_t threshold;
    int32_t adjusted_count_reliable;
    int32_t reserved;
};
struct haetae_composable_ops {
    size_t struct_size;
    const char *description;
    void (*intend)(void *, const haetae_sampling_input *, haetae_sampling *, haetae_sampling_intent *);
    void (*free)(void *);
};
struct haetae_sampling_rule {
    bool (*matches)(void *, const haetae_sampling_input *);
    void *user;
    haetae_composable *composable;
};
struct haetae_id_generator {
    size_t struct_size;
    void (*trace_id)(void *, uint8_t *);
    void (*span_id)(void *, uint8_t *);
    void (*free)(void *);
    void *self;
    int32_t random;
    int32_t reserved;
};
struct haetae_scope_config {
    size_t struct_size;
    int32_t disabled;
    int32_t min_severity;
    int32_t trace_based;
    int32_t reserved;
};
struct haetae_view_options {
    size_t struct_size;
    haetae_string instrument_name;
    haetae_string unit;
    haetae_string meter_name;
    haetae_string meter_version;
    haetae_string meter_schema_url;
    int32_t instrument_kind;
    int32_t aggregation;
    haetae_string name;
    haetae_string description;
    const haetae_string *included_keys;
    size_t included_key_count;
    const haetae_string *excluded_keys;
    size_t excluded_key_count;
    const double *boundaries;
    size_t boundary_count;
    uint32_t cardinality_limit;
    int32_t no_min_max;
    uint32_t max_size;
    int32_t max_scale;
    int32_t max_scale_given;
    int32_t reserved;
    int32_t exemplar_reservoir;
    uint32_t exemplar_size;
    const haetae_exemplar_reservoir_ops *exemplar_ops;
};
struct haetae_config_component {
    size_t struct_size;
    int32_t kind;
    int32_t reserved;
    const char *name;
    void *user;
    haetae_status (*create)(void *, haetae_config *, uint32_t, const haetae_config_node *);
};
struct haetae_memory_resource {
    size_t struct_size;
    const haetae_attribute *attributes;
    size_t attribute_count;
    haetae_string schema_url;
    uint32_t dropped_attribute_count;
    uint32_t reserved;
};
struct haetae_memory_scope {
    size_t struct_size;
    haetae_string name;
    haetae_string version;
    haetae_string schema_url;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
    uint32_t reserved;
};
struct haetae_memory_event {
    uint64_t time_unix_ns;
    haetae_string name;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
    uint32_t reserved;
};
struct haetae_memory_link {
    haetae_span_context context;
    haetae_string trace_state;
    const haetae_attribute *attributes;
    size_t attribute_count;
    uint32_t dropped_attribute_count;
    uint32_t reserved;
};
struct haetae_memory_span {
    size_t struct_size;
    haetae_span_context context;
    uint8_t parent_span_id[8];
    int32_t parent_is_remote;
    int32_t kind;
    int32_t status;
    uint32_t dropped_attribute_count;
    haetae_string status_description;
    haetae_string trace_state;
    uint64_t start_time_unix_ns;
    uint64_t end_time_unix_ns;
    const haetae_memory_event *events;
    size_t event_count;
    const haetae_memory_link *links;
    size_t link_count;
    uint32_t dropped_event_count;
    uint32_t dropped_link_count;
};
struct haetae_memory_log {
    size_t struct_size;
    int32_t severity;
    uint32_t dropped_attribute_count;
    haetae_string severity_text;
    haetae_value body;
    uint64_t time_unix_ns;
    uint64_t observed_time_unix_ns;
    haetae_span_context context;
};
struct haetae_memory_exemplar {
    int32_t number_type;
    int32_t reserved;
    int64_t as_int64;
    double as_double;
    uint64_t time_unix_ns;
    haetae_span_context context;
    const haetae_attribute *attributes;
    size_t attribute_count;
};
struct haetae_memory_point {
    size_t struct_size;
    const haetae_metric_description *metric;
    const haetae_metric_point *point;
    const haetae_memory_exemplar *exemplars;
    size_t exemplar_count;
};
struct haetae_memory_item {
    size_t struct_size;
    int32_t signal;
    int32_t reserved;
    haetae_string name;
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_memory_resource *resource;
    const haetae_memory_scope *scope;
    const haetae_memory_span *span;
    const haetae_memory_log *log;
    const haetae_memory_point *point;
};
struct haetae_memory_query {
    size_t struct_size;
    uint32_t signals;
    uint32_t reserved;
    haetae_string name;
    const haetae_attribute *attributes;
    size_t attribute_count;
    bool (*matches)(void *, const haetae_memory_item *);
    void *user;
};
const char *haetae_version(void);
unsigned int haetae_abi_version(void);
const char *haetae_status_name(haetae_status status);
const char *haetae_status_text(haetae_status status);
bool haetae_span_context_is_valid(const haetae_span_context *context);
bool haetae_span_get_context(haetae_span span, haetae_span_context *ret_context);
void haetae_context_attach(haetae_span span, haetae_context_token *token);
void haetae_context_attach_remote(const haetae_span_context *context, haetae_context_token *token);
void haetae_context_detach(haetae_context_token *token);
haetae_span haetae_current_span(void);
bool haetae_current_span_context(haetae_span_context *ret_context);
haetae_status haetae_context_key_new(const char *name, haetae_context_key **ret_key);
const char *haetae_context_key_name(const haetae_context_key *key);
void haetae_context_key_free(haetae_context_key *key);
haetae_status haetae_context_current(haetae_context **ret_context);
const haetae_context *haetae_context_root(void);
haetae_context *haetae_context_ref(const haetae_context *context);
void haetae_context_unref(haetae_context *context);
haetae_status haetae_context_with_span(const haetae_context *context, haetae_span span, haetae_context **ret_context);
haetae_status haetae_context_with_span_context(const haetae_context *context, const haetae_span_context *span_context, haetae_context **ret_context);
haetae_status haetae_context_with_value(const haetae_context *context, haetae_context_key *key, void *value, void (*free_value)(void *), haetae_context **ret_context);
void *haetae_context_value(const haetae_context *context, const haetae_context_key *key);
haetae_span haetae_context_span(const haetae_context *context);
bool haetae_context_span_context(const haetae_context *context, haetae_span_context *ret_span_context);
void haetae_context_attach_context(const haetae_context *context, haetae_context_token *token);
void haetae_context_stack_init(haetae_context_stack *stack, const haetae_context *context);
void haetae_context_switch(haetae_context_stack *from, haetae_context_stack *to);
haetae_status haetae_traceparent_parse(const char *text, size_t length, haetae_span_context *ret_context);
size_t haetae_traceparent_format(const haetae_span_context *context, char *buffer, size_t capacity);
void haetae_context_inject(haetae_span span, haetae_carrier_set set, void *carrier);
haetae_status haetae_context_extract(haetae_carrier_get get, void *carrier, haetae_span_context *ret_context, haetae_string *ret_trace_state);
haetae_status haetae_context_extract_all(haetae_carrier_get_all get, void *carrier, haetae_span_context *ret_context);
haetae_status haetae_trace_state_parse(const char *text, size_t length, haetae_trace_state *ret_trace_state);
bool haetae_trace_state_get(const haetae_trace_state *trace_state, const char *key, size_t key_length, haetae_string *ret_value);
haetae_status haetae_trace_state_set(haetae_trace_state *trace_state, const char *key, size_t key_length, const char *value, size_t value_length);
bool haetae_trace_state_delete(haetae_trace_state *trace_state, const char *key, size_t key_length);
bool haetae_span_get_trace_state(haetae_span span, haetae_trace_state *ret_trace_state);
bool haetae_span_context_get_trace_state(const haetae_span_context *context, haetae_trace_state *ret_trace_state);
haetae_status haetae_span_context_set_trace_state(haetae_span_context *context, const haetae_trace_state *trace_state);
haetae_baggage *haetae_baggage_ref(const haetae_baggage *baggage);
void haetae_baggage_unref(haetae_baggage *baggage);
haetae_status haetae_baggage_set(const haetae_baggage *baggage, const char *name, size_t name_length, const char *value, size_t value_length, const char *metadata, size_t metadata_length, haetae_baggage **ret_baggage);
haetae_status haetae_baggage_remove(const haetae_baggage *baggage, const char *name, size_t name_length, haetae_baggage **ret_baggage);
bool haetae_baggage_get(const haetae_baggage *baggage, const char *name, size_t name_length, haetae_string *ret_value, haetae_string *ret_metadata);
size_t haetae_baggage_count(const haetae_baggage *baggage);
bool haetae_baggage_at(const haetae_baggage *baggage, size_t index, haetae_string *ret_name, haetae_string *ret_value, haetae_string *ret_metadata);
const haetae_baggage *haetae_context_baggage(const haetae_context *context);
haetae_status haetae_context_with_baggage(const haetae_context *context, const haetae_baggage *baggage, haetae_context **ret_context);
haetae_status haetae_baggage_parse(const char *text, size_t length, haetae_baggage **ret_baggage);
haetae_string haetae_baggage_header(const haetae_baggage *baggage);
haetae_status haetae_resource_new(haetae_resource **ret_resource);
void haetae_resource_free(haetae_resource *resource);
haetae_status haetae_resource_put(haetae_resource *resource, const haetae_attribute *attribute);
haetae_status haetae_resource_set_schema_url(haetae_resource *resource, haetae_string url);
haetae_status haetae_resource_merge(haetae_resource *resource, const haetae_resource *updating);
haetae_string haetae_resource_schema_url(const haetae_resource *resource);
size_t haetae_resource_count(const haetae_resource *resource);
haetae_status haetae_resource_visit(const haetae_resource *resource, bool (*visit)(void *, const haetae_attribute *), void *user);
haetae_status haetae_config_new(haetae_config **ret_config);
void haetae_config_free(haetae_config *config);
haetae_status haetae_config_set(haetae_config *config, const char *key, const char *value);
haetae_status haetae_config_set_default(haetae_config *config, const char *key, const char *value);
haetae_status haetae_config_set_from_file(haetae_config *config, const char *key, const char *value);
haetae_status haetae_config_load_env(haetae_config *config);
haetae_status haetae_config_trust_env(haetae_config *config);
haetae_status haetae_config_register_file_reader(haetae_status (*load)(haetae_config *, const char *));
const char *haetae_config_get(const haetae_config *config, const char *key);
const char *haetae_config_get_secret(const haetae_config *config, const char *key);
bool haetae_config_is_set(const haetae_config *config, const char *key);
haetae_status haetae_config_require(haetae_config *config, const char *key);
haetae_status haetae_config_get_bool(const haetae_config *config, const char *key, bool *ret_value);
haetae_status haetae_config_get_int(const haetae_config *config, const char *key, int64_t *ret_value);
haetae_status haetae_config_get_double(const haetae_config *config, const char *key, double *ret_value);
haetae_status haetae_config_get_item(const haetae_config *config, const char *key, size_t index, haetae_string *ret_item);
haetae_status haetae_config_add_resource_attribute(haetae_config *config, const haetae_attribute *attribute);
haetae_status haetae_config_add_resource(haetae_config *config, const haetae_resource *resource);
haetae_status haetae_config_set_resource(haetae_config *config, const haetae_resource *resource);
haetae_status haetae_config_add_resource_detector(haetae_config *config, const haetae_resource_detector *detector);
haetae_status haetae_config_add_exporter(haetae_config *config, haetae_exporter *exporter);
const char *haetae_config_error(const haetae_config *config);
const char *haetae_config_warnings(const haetae_config *config);
void haetae_config_add_error(haetae_config *config, const char *key, const char *why);
void haetae_config_add_warning(haetae_config *config, const char *text);
haetae_status haetae_config_set_diagnostics(haetae_config *config, haetae_diagnostics callback, void *user);
haetae_status haetae_config_set_worker_start(haetae_config *config, void (*callback)(void *), void *user);
void haetae_config_keys(void (*visit)(void *, const char *, const char *, const char *), void *user);
const char *haetae_signal_name(haetae_signal signal);
haetae_signal haetae_delivery_signal(const haetae_delivery *delivery);
const uint8_t *haetae_delivery_data(const haetae_delivery *delivery);
size_t haetae_delivery_size(const haetae_delivery *delivery);
uint64_t haetae_delivery_item_count(const haetae_delivery *delivery);
unsigned int haetae_delivery_attempt(const haetae_delivery *delivery);
void haetae_delivery_set_user(haetae_delivery *delivery, void *user);
void *haetae_delivery_user(const haetae_delivery *delivery);
void haetae_delivery_complete(haetae_delivery *delivery, const haetae_result *result);
haetae_status haetae_exporter_new(const haetae_exporter_ops *ops, void *self, haetae_exporter **ret_exporter);
void haetae_exporter_free(haetae_exporter *exporter);
const char *haetae_exporter_name(const haetae_exporter *exporter);
void haetae_exporter_warn(const haetae_exporter *exporter, const char *text);
haetae_status haetae_exporter_set_label(haetae_exporter *exporter, const char *label);
const char *haetae_exporter_label(const haetae_exporter *exporter);
haetae_status haetae_exporter_set_scopes(haetae_exporter *exporter, const char *patterns);
haetae_status haetae_exporter_set_backup(haetae_exporter *exporter, haetae_exporter *backup);
haetae_status haetae_exporter_register(const haetae_exporter_factory *factory);
haetae_status haetae_exporter_create(haetae_config *config, const char *name, const char *protocol, haetae_exporter **ret_exporter);
haetae_status haetae_exporter_create_for(haetae_config *config, const char *name, const char *protocol, uint32_t signals, haetae_exporter **ret_exporter);
haetae_status haetae_keys_new(const haetae_string *names, size_t count, haetae_keys **ret_keys);
void haetae_keys_free(haetae_keys *keys);
haetae_status haetae_logger_get(haetae_sdk *sdk, const haetae_scope_options *scope, haetae_logger **ret_logger);
haetae_logger *haetae_logger_named(haetae_sdk *sdk, const char *name);
void haetae_logger_set_min_severity(haetae_logger *logger, haetae_severity minimum);
bool haetae_logger_enabled(const haetae_logger *logger, haetae_severity severity);
bool haetae_logger_enabled_with(const haetae_logger *logger, haetae_severity severity, const haetae_context *context, const char *event_name, size_t event_name_length);
void haetae_log(haetae_logger *logger, haetae_severity severity, const char *body, size_t body_length, const haetae_attribute *attributes, size_t attribute_count);
void haetae_log_emit(haetae_logger *logger, const haetae_log_record *record);
haetae_status haetae_log_site_new(const haetae_log_site *site, haetae_log_site **ret_site);
void haetae_log_site_free(haetae_log_site *site);
void haetae_log_emit_site(haetae_logger *logger, const haetae_log_site *site, const haetae_value *values, size_t value_count, const char *body, size_t body_length);
haetae_status haetae_meter_get(haetae_sdk *sdk, const haetae_scope_options *scope, haetae_meter **ret_meter);
haetae_meter *haetae_meter_named(haetae_sdk *sdk, const char *name);
haetae_status haetae_counter_create(haetae_meter *meter, const haetae_instrument_options *options, haetae_counter **ret_counter);
haetae_status haetae_up_down_counter_create(haetae_meter *meter, const haetae_instrument_options *options, haetae_up_down_counter **ret_counter);
haetae_status haetae_gauge_create(haetae_meter *meter, const haetae_instrument_options *options, haetae_gauge **ret_gauge);
haetae_status haetae_histogram_create(haetae_meter *meter, const haetae_instrument_options *options, haetae_histogram **ret_histogram);
haetae_counter *haetae_counter_named(haetae_meter *meter, const char *name, const char *unit);
haetae_up_down_counter *haetae_up_down_counter_named(haetae_meter *meter, const char *name, const char *unit);
haetae_gauge *haetae_gauge_named(haetae_meter *meter, const char *name, const char *unit);
haetae_histogram *haetae_histogram_named(haetae_meter *meter, const char *name, const char *unit);
bool haetae_counter_enabled(const haetae_counter *counter);
bool haetae_up_down_counter_enabled(const haetae_up_down_counter *counter);
bool haetae_gauge_enabled(const haetae_gauge *gauge);
bool haetae_histogram_enabled(const haetae_histogram *histogram);
void haetae_counter_add(haetae_counter *counter, int64_t increment, const haetae_attribute *attributes, size_t count);
void haetae_counter_add_double(haetae_counter *counter, double increment, const haetae_attribute *attributes, size_t count);
void haetae_up_down_counter_add(haetae_up_down_counter *counter, int64_t increment, const haetae_attribute *attributes, size_t count);
void haetae_up_down_counter_add_double(haetae_up_down_counter *counter, double increment, const haetae_attribute *attributes, size_t count);
void haetae_gauge_record(haetae_gauge *gauge, int64_t value, const haetae_attribute *attributes, size_t count);
void haetae_gauge_record_double(haetae_gauge *gauge, double value, const haetae_attribute *attributes, size_t count);
void haetae_histogram_record(haetae_histogram *histogram, int64_t value, const haetae_attribute *attributes, size_t count);
void haetae_histogram_record_double(haetae_histogram *histogram, double value, const haetae_attribute *attributes, size_t count);
void haetae_counter_add_keyed(haetae_counter *counter, int64_t increment, const haetae_keys *keys, const haetae_value *values, size_t count);
void haetae_counter_add_double_keyed(haetae_counter *counter, double increment, const haetae_keys *keys, const haetae_value *values, size_t count);
void haetae_up_down_counter_add_keyed(haetae_up_down_counter *up_down_counter, int64_t increment, const haetae_keys *keys, const haetae_value *values, size_t count);
void haetae_up_down_counter_add_double_keyed(haetae_up_down_counter *up_down_counter, double increment, const haetae_keys *keys, const haetae_value *values, size_t count);
void haetae_gauge_record_keyed(haetae_gauge *gauge, int64_t value, const haetae_keys *keys, const haetae_value *values, size_t count);
void haetae_gauge_record_double_keyed(haetae_gauge *gauge, double value, const haetae_keys *keys, const haetae_value *values, size_t count);
void haetae_histogram_record_keyed(haetae_histogram *histogram, int64_t value, const haetae_keys *keys, const haetae_value *values, size_t count);
void haetae_histogram_record_double_keyed(haetae_histogram *histogram, double value, const haetae_keys *keys, const haetae_value *values, size_t count);
haetae_status haetae_counter_bind(haetae_counter *counter, const haetae_attribute *attributes, size_t count, haetae_bound_counter **ret_bound);
haetae_status haetae_up_down_counter_bind(haetae_up_down_counter *counter, const haetae_attribute *attributes, size_t count, haetae_bound_up_down_counter **ret_bound);
haetae_status haetae_gauge_bind(haetae_gauge *gauge, const haetae_attribute *attributes, size_t count, haetae_bound_gauge **ret_bound);
haetae_status haetae_histogram_bind(haetae_histogram *histogram, const haetae_attribute *attributes, size_t count, haetae_bound_histogram **ret_bound);
void haetae_bound_counter_add(haetae_bound_counter *bound, int64_t increment);
void haetae_bound_counter_add_double(haetae_bound_counter *bound, double increment);
void haetae_bound_up_down_counter_add(haetae_bound_up_down_counter *bound, int64_t increment);
void haetae_bound_up_down_counter_add_double(haetae_bound_up_down_counter *bound, double increment);
void haetae_bound_gauge_record(haetae_bound_gauge *bound, int64_t value);
void haetae_bound_gauge_record_double(haetae_bound_gauge *bound, double value);
void haetae_bound_histogram_record(haetae_bound_histogram *bound, int64_t value);
void haetae_bound_histogram_record_double(haetae_bound_histogram *bound, double value);
haetae_status haetae_observable_counter_create(haetae_meter *meter, const haetae_instrument_options *options, haetae_observable **ret_observable);
haetae_status haetae_observable_up_down_counter_create(haetae_meter *meter, const haetae_instrument_options *options, haetae_observable **ret_observable);
haetae_status haetae_observable_gauge_create(haetae_meter *meter, const haetae_instrument_options *options, haetae_observable **ret_observable);
haetae_observable *haetae_observable_counter_named(haetae_meter *meter, const char *name, const char *unit);
haetae_observable *haetae_observable_up_down_counter_named(haetae_meter *meter, const char *name, const char *unit);
haetae_observable *haetae_observable_gauge_named(haetae_meter *meter, const char *name, const char *unit);
haetae_status haetae_callback_register(haetae_observable *const *observables, size_t count, haetae_observe_callback callback, void *user, haetae_callback **ret_callback);
void haetae_callback_unregister(haetae_callback *callback);
void haetae_observe_int64(haetae_observer *observer, haetae_observable *observable, int64_t value, const haetae_attribute *attributes, size_t count);
void haetae_observe_double(haetae_observer *observer, haetae_observable *observable, double value, const haetae_attribute *attributes, size_t count);
void haetae_observable_set_int64(haetae_observable *observable, int64_t value, const haetae_attribute *attributes, size_t count);
void haetae_observable_set_double(haetae_observable *observable, double value, const haetae_attribute *attributes, size_t count);
void haetae_observable_remove(haetae_observable *observable, const haetae_attribute *attributes, size_t count);
haetae_status haetae_sdk_start(haetae_config *config, haetae_sdk **ret_sdk);
haetae_status haetae_start(haetae_config *config, haetae_sdk **ret_sdk);
haetae_status haetae_config_check(haetae_config *config);
haetae_status haetae_sdk_resource(haetae_sdk *sdk, haetae_resource **ret_resource);
uint64_t haetae_now_unix_ns(const haetae_sdk *sdk);
haetae_status haetae_sdk_force_flush(haetae_sdk *sdk, uint32_t timeout_ms);
haetae_status haetae_sdk_shutdown(haetae_sdk *sdk, uint32_t timeout_ms);
void haetae_sdk_free(haetae_sdk *sdk);
haetae_status haetae_sdk_step(haetae_sdk *sdk, uint32_t timeout_ms);
haetae_status haetae_tracer_get(haetae_sdk *sdk, const haetae_scope_options *scope, haetae_tracer **ret_tracer);
haetae_tracer *haetae_tracer_named(haetae_sdk *sdk, const char *name);
bool haetae_tracer_enabled(const haetae_tracer *tracer);
haetae_span haetae_span_start(haetae_tracer *tracer, const char *name, size_t name_length, haetae_span_kind kind);
haetae_span haetae_span_start_with(haetae_tracer *tracer, const char *name, size_t name_length, const haetae_span_options *options);
void haetae_span_set_attributes(haetae_span span, const haetae_attribute *attributes, size_t count);
void haetae_span_set_attribute(haetae_span span, const char *key, size_t key_length, const haetae_value *value);
void haetae_span_set_string(haetae_span span, const char *key, size_t key_length, const char *value, size_t value_length);
void haetae_span_set_bool(haetae_span span, const char *key, size_t key_length, bool value);
void haetae_span_set_int64(haetae_span span, const char *key, size_t key_length, int64_t value);
void haetae_span_set_double(haetae_span span, const char *key, size_t key_length, double value);
void haetae_span_add_event(haetae_span span, const char *name, size_t name_length, uint64_t time_unix_ns, const haetae_attribute *attributes, size_t attribute_count);
void haetae_span_add_link(haetae_span span, const haetae_link *link);
void haetae_span_set_status(haetae_span span, haetae_span_status code, const char *description, size_t description_length);
void haetae_span_record_exception(haetae_span span, const haetae_exception *exception);
void haetae_span_update_name(haetae_span span, const char *name, size_t name_length);
void haetae_span_end(haetae_span span);
void haetae_span_end_at(haetae_span span, uint64_t end_time_unix_ns);
uint64_t haetae_span_end_timed(haetae_span span);
void haetae_span_end_with(haetae_span span, const haetae_attribute *attributes, size_t count);
haetae_status haetae_span_site_new(const haetae_span_site *site, haetae_span_site **ret_site);
void haetae_span_site_free(haetae_span_site *site);
haetae_span haetae_span_start_site(haetae_tracer *tracer, const haetae_span_site *site);
void haetae_span_end_site(haetae_span span, const haetae_span_site *site, const haetae_value *values, size_t value_count);
bool haetae_span_is_recording(haetae_span span);
void haetae_set_default_sdk(haetae_sdk *sdk);
haetae_sdk *haetae_default_sdk(void);
uint64_t haetae_default_generation(void);
haetae_tracer *haetae_library_tracer(haetae_library *library);
haetae_meter *haetae_library_meter(haetae_library *library);
haetae_logger *haetae_library_logger(haetae_library *library);
size_t haetae_span_view_encode(const haetae_span_view *view, void *buffer, size_t capacity);
size_t haetae_span_view_name(const haetae_span_view *view, char *buffer, size_t capacity);
bool haetae_span_view_attribute(const haetae_span_view *view, const char *key, size_t key_length, char *buffer, size_t capacity, haetae_value *ret_value);
void haetae_span_fields_set_attributes(haetae_span_fields *fields, const haetae_attribute *attributes, size_t count);
void haetae_span_fields_add_event(haetae_span_fields *fields, const char *name, size_t name_length, uint64_t time_unix_ns, const haetae_attribute *attributes, size_t attribute_count);
void haetae_span_fields_add_link(haetae_span_fields *fields, const haetae_link *link);
void haetae_span_fields_set_status(haetae_span_fields *fields, haetae_span_status code, const char *description, size_t description_length);
void haetae_span_fields_update_name(haetae_span_fields *fields, const char *name, size_t name_length);
haetae_status haetae_config_add_span_processor(haetae_config *config, const haetae_span_processor *processor);
haetae_status haetae_config_add_log_processor(haetae_config *config, const haetae_log_processor *processor);
haetae_status haetae_config_add_span_metrics(haetae_config *config, const haetae_string *attribute_keys, size_t key_count);
haetae_status haetae_config_add_baggage_attributes(haetae_config *config, const char *name_pattern, const char *prefix, uint32_t signals);
haetae_status haetae_metric_reader_new(const haetae_metric_reader_options *options, haetae_metric_reader **ret_reader);
void haetae_metric_reader_free(haetae_metric_reader *reader);
haetae_status haetae_config_add_metric_reader(haetae_config *config, haetae_metric_reader *reader, haetae_exporter *exporter);
haetae_status haetae_metric_reader_collect(haetae_metric_reader *reader, uint32_t timeout_ms, haetae_metrics_callback take, void *user);
haetae_status haetae_metric_reader_set_filter(haetae_metric_reader *reader, const haetae_metric_filter *filter);
haetae_status haetae_metric_reader_add_producer(haetae_metric_reader *reader, const haetae_metric_producer *producer);
haetae_temporality haetae_metric_batch_temporality(const haetae_metric_batch *batch, haetae_instrument_kind kind);
haetae_status haetae_metric_batch_add_metric(haetae_metric_batch *batch, const haetae_metric_description *metric, bool *ret_is_wanted);
haetae_status haetae_metric_batch_add_point(haetae_metric_batch *batch, const haetae_metric_point *point);
const haetae_propagator *haetae_propagator_find(const char *name);
haetae_status haetae_propagator_composite(const haetae_propagator *const *propagators, size_t count, haetae_propagator **ret_propagator);
haetae_propagator *haetae_propagator_ref(const haetae_propagator *propagator);
void haetae_propagator_unref(haetae_propagator *propagator);
const char *haetae_propagator_field(const haetae_propagator *propagator, size_t index);
void haetae_propagator_inject(const haetae_propagator *propagator, haetae_span span, const haetae_context *context, const haetae_carrier_ops *ops, void *carrier);
haetae_status haetae_propagator_extract(const haetae_propagator *propagator, const haetae_context *context, const haetae_carrier_ops *ops, void *carrier, haetae_context **ret_context);
void haetae_propagator_remove(const haetae_propagator *propagator, const haetae_carrier_ops *ops, void *carrier);
const haetae_propagator *haetae_default_propagator(void);
void haetae_set_default_propagator(const haetae_propagator *propagator);
haetae_status haetae_propagator_new(const haetae_propagator_ops *ops, void *user, haetae_propagator **ret_propagator);
haetae_status haetae_propagator_register(haetae_propagator *propagator);
haetae_status haetae_environment_new(char *const *variables, haetae_environment **ret_environment);
char *const *haetae_environment_variables(const haetae_environment *environment);
void haetae_environment_free(haetae_environment *environment);
const haetae_carrier_ops *haetae_environment_carrier(void);
haetae_status haetae_recover(haetae_config *config, const char *directory, uint32_t timeout_ms, haetae_recovery *ret_recovery);
haetae_status haetae_recover_spool(haetae_config *config, const char *directory, uint32_t timeout_ms, haetae_recovery *ret_recovery);
const char *haetae_spool_stat_name(haetae_spool_stat stat);
haetae_status haetae_spool_list_new(haetae_config *config, const char *directory, haetae_spool_list **ret_list);
void haetae_spool_list_free(haetae_spool_list *list);
size_t haetae_spool_list_count(const haetae_spool_list *list);
const char *haetae_spool_list_exporter(const haetae_spool_list *list, size_t index);
haetae_signal haetae_spool_list_signal(const haetae_spool_list *list, size_t index);
uint64_t haetae_spool_list_value(const haetae_spool_list *list, size_t index, haetae_spool_stat stat);
haetae_status haetae_config_add_redaction(haetae_config *config, const char *key_pattern, haetae_redaction_action action, const char *text, size_t text_length, uint32_t signals);
haetae_status haetae_config_set_request_headers(haetae_config *config, haetae_request_headers_callback callback, void *user);
haetae_status haetae_request_headers_add(haetae_request_headers *headers, const char *name, const char *value);
haetae_request_headers_callback haetae_config_get_request_headers(const haetae_config *config, void **ret_user);
haetae_status haetae_request_headers_new(haetae_request_headers **ret_headers);
bool haetae_request_headers_get(const haetae_request_headers *headers, size_t index, const char **ret_name, const char **ret_value);
void haetae_request_headers_free(haetae_request_headers *headers);
void haetae_sampling_add_attributes(haetae_sampling *sampling, const haetae_attribute *attributes, size_t count);
haetae_trace_state *haetae_sampling_trace_state(haetae_sampling *sampling);
void haetae_sampling_remove_threshold(haetae_sampling *sampling);
haetae_status haetae_sampler_new(const haetae_sampler_ops *ops, void *self, haetae_sampler **ret_sampler);
haetae_status haetae_sampler_set_work(haetae_sampler *sampler, const haetae_exporter_ops *work);
void haetae_sampler_warn(const haetae_sampler *sampler, const char *text);
void haetae_sampler_free(haetae_sampler *sampler);
const char *haetae_sampler_description(const haetae_sampler *sampler);
haetae_status haetae_sampler_always_on(haetae_sampler **ret_sampler);
haetae_status haetae_sampler_always_off(haetae_sampler **ret_sampler);
haetae_status haetae_sampler_ratio(double ratio, haetae_sampler **ret_sampler);
haetae_status haetae_sampler_probability(double ratio, haetae_sampler **ret_sampler);
haetae_status haetae_sampler_parent_based(const haetae_parent_based_options *options, haetae_sampler **ret_sampler);
haetae_status haetae_sampler_always_record(haetae_sampler *root, haetae_sampler **ret_sampler);
haetae_status haetae_sampler_rate_limiting(double spans_per_second, haetae_sampler **ret_sampler);
haetae_status haetae_sampler_composite(haetae_composable *composable, haetae_sampler **ret_sampler);
haetae_status haetae_composable_new(const haetae_composable_ops *ops, void *self, haetae_composable **ret_composable);
void haetae_composable_free(haetae_composable *composable);
void haetae_composable_intend(const haetae_composable *composable, const haetae_sampling_input *input, haetae_sampling *sampling, haetae_sampling_intent *intent);
haetae_status haetae_composable_always_on(haetae_composable **ret_composable);
haetae_status haetae_composable_always_off(haetae_composable **ret_composable);
haetae_status haetae_composable_probability(double ratio, haetae_composable **ret_composable);
haetae_status haetae_composable_parent_threshold(haetae_composable *root, haetae_composable **ret_composable);
haetae_status haetae_composable_rule_based(const haetae_sampling_rule *rules, size_t rule_count, haetae_composable **ret_composable);
haetae_status haetae_composable_annotating(haetae_composable *delegate, const haetae_attribute *attributes, size_t attribute_count, haetae_composable **ret_composable);
haetae_status haetae_config_set_sampler(haetae_config *config, haetae_sampler *sampler);
haetae_sampler *haetae_config_take_sampler(haetae_config *config);
haetae_status haetae_sampler_register(const char *name, haetae_sampler_create create, void *user);
haetae_status haetae_config_set_id_generator(haetae_config *config, const haetae_id_generator *generator);
haetae_status haetae_config_add_scope_rule(haetae_config *config, haetae_signal signal, const char *pattern, const haetae_scope_config *scope_config);
haetae_status haetae_sdk_add_scope_rule(haetae_sdk *sdk, haetae_signal signal, const char *pattern, const haetae_scope_config *scope_config);
haetae_status haetae_config_set_configurator(haetae_config *config, haetae_signal signal, haetae_configurator callback, void *user);
haetae_status haetae_sdk_set_configurator(haetae_sdk *sdk, haetae_signal signal, haetae_configurator callback, void *user);
const char *haetae_drop_reason_name(haetae_drop_reason reason);
haetae_status haetae_stats_take(haetae_sdk *sdk, haetae_stats **ret_stats);
void haetae_stats_free(haetae_stats *stats);
uint64_t haetae_stats_recorded(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_recovered(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_delivered(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_held(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_spooled(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_dropped(const haetae_stats *stats, haetae_signal signal, haetae_drop_reason reason);
uint64_t haetae_stats_dropped_total(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_open_spans(const haetae_stats *stats);
uint64_t haetae_stats_spans_left_open(const haetae_stats *stats);
uint64_t haetae_stats_misuse(const haetae_stats *stats, haetae_misuse cause);
uint64_t haetae_stats_retries(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_sent_bytes(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_spooled_bytes(const haetae_stats *stats, haetae_signal signal);
uint64_t haetae_stats_hanging_sends(const haetae_stats *stats);
const char *haetae_destination_stat_name(haetae_destination_stat stat);
size_t haetae_stats_destination_count(const haetae_stats *stats);
const char *haetae_stats_destination_name(const haetae_stats *stats, size_t index);
size_t haetae_stats_destination_first(const haetae_stats *stats, size_t index);
bool haetae_stats_destination_takes(const haetae_stats *stats, size_t index, haetae_signal signal);
uint64_t haetae_stats_destination_value(const haetae_stats *stats, size_t index, haetae_signal signal, haetae_destination_stat stat);
size_t haetae_stats_format(const haetae_stats *stats, haetae_stats_form form, char *buffer, size_t capacity);
haetae_status haetae_config_add_view(haetae_config *config, const haetae_view_options *options);
haetae_status haetae_config_file_register(void);
haetae_status haetae_config_file_load(haetae_config *config, const char *path);
haetae_status haetae_config_model_parse(haetae_config *config, const char *name, const char *text, size_t length, haetae_config_model **ret_model);
haetae_status haetae_config_model_load(haetae_config *config, const char *path, haetae_config_model **ret_model);
haetae_status haetae_config_model_create(const haetae_config_model *model, haetae_config *config);
void haetae_config_model_free(haetae_config_model *model);
const haetae_config_node *haetae_config_model_root(const haetae_config_model *model);
haetae_config_node_type haetae_config_node_type_of(const haetae_config_node *node);
uint32_t haetae_config_node_line(const haetae_config_node *node);
size_t haetae_config_node_count(const haetae_config_node *node);
const haetae_config_node *haetae_config_node_at(const haetae_config_node *node, size_t index);
const haetae_config_node *haetae_config_node_find(const haetae_config_node *node, const char *key);
const char *haetae_config_node_key(const haetae_config_node *node);
const char *haetae_config_node_text(const haetae_config_node *node);
haetae_status haetae_config_node_bool(const haetae_config_node *node, bool *ret_value);
haetae_status haetae_config_node_int64(const haetae_config_node *node, int64_t *ret_value);
haetae_status haetae_config_node_double(const haetae_config_node *node, double *ret_value);
haetae_status haetae_config_component_register(const haetae_config_component *component);
haetae_status haetae_console_register(void);
haetae_status haetae_console_new(void *stream, haetae_exporter **ret_exporter);
haetae_status haetae_kafka_register(void);
haetae_status haetae_kafka_new(haetae_config *config, haetae_exporter **ret_exporter);
haetae_status haetae_memory_new(size_t max_bytes, haetae_memory **ret_memory);
void haetae_memory_free(haetae_memory *memory);
haetae_status haetae_memory_exporter_new(haetae_memory *memory, haetae_exporter **ret_exporter);
void haetae_memory_reset(haetae_memory *memory);
uint64_t haetae_memory_refused_count(haetae_memory *memory);
const haetae_value *haetae_memory_attribute(const haetae_attribute *attributes, size_t count, const char *key);
bool haetae_memory_value_equals(const haetae_value *a, const haetae_value *b);
haetae_status haetae_memory_take(haetae_memory *memory, const haetae_memory_query *query, haetae_memory_items **ret_items);
size_t haetae_memory_items_count(const haetae_memory_items *items);
const haetae_memory_item *haetae_memory_items_at(const haetae_memory_items *items, size_t index);
void haetae_memory_items_free(haetae_memory_items *items);
haetae_status haetae_memory_items_print(const haetae_memory_items *items, haetae_memory_report report, void *user);
size_t haetae_memory_count(haetae_memory *memory, const haetae_memory_query *query);
haetae_status haetae_memory_wait(haetae_memory *memory, haetae_sdk *sdk, const haetae_memory_query *query, size_t count, uint32_t timeout_ms);
haetae_status haetae_memory_expect(haetae_memory *memory, haetae_sdk *sdk, const haetae_memory_query *query, size_t count, uint32_t timeout_ms, haetae_memory_report report, void *user);
haetae_status haetae_otlp_file_register(void);
haetae_status haetae_otlp_file_new(haetae_config *config, haetae_exporter **ret_exporter);
haetae_status haetae_otlp_grpc_register(void);
haetae_status haetae_otlp_grpc_new(haetae_config *config, haetae_exporter **ret_exporter);
haetae_status haetae_otlp_http_register(void);
haetae_status haetae_otlp_http_new(haetae_config *config, haetae_exporter **ret_exporter);
haetae_status haetae_prometheus_register(void);
haetae_status haetae_prometheus_new(haetae_config *config, haetae_exporter **ret_exporter);
uint32_t haetae_prometheus_port(const haetae_exporter *exporter);
haetae_status haetae_prometheus_write(const haetae_exporter *exporter, const char *accept, uint32_t timeout_ms, haetae_prometheus_callback callback, void *user);

/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics: meters, synchronous instruments, and observables, which are asynchronous ones.
 *
 * The library adds a measurement to a cell in the recorder's memory. It needs no room in a ring, so
 * no measurement is dropped for lack of room. Any thread may make any of these calls. Calls that
 * record never block, allocate or fail. Signal handlers may make them: see trace.h.
 *
 * An instrument measures integers or doubles, as its options say. A measurement of the other type,
 * a NaN or infinity, a negative increment of a counter, a negative value of a histogram, one that
 * would make a sum infinite, and any measurement after shutdown changes nothing and is counted
 * (HAETAE_MISUSE_MEASUREMENT). Sums of integers have 64 bits and wrap around. If the sums of all
 * threads together exceed the largest double, the largest double is reported.
 *
 * Measurements with the same set of attributes, in any order, belong to the same series. An
 * instrument has at most HAETAE_METRICS_CARDINALITY_LIMIT series. Beyond that, and when the
 * recorder's memory for metrics is used up, measurements with new sets go to the series
 * otel.metric.overflow=true. So do those with more than 1024 attributes or 64 KiB
 * (HAETAE_MISUSE_ARGUMENT). With HAETAE_METRICS_SERIES_UNUSED_INTERVALS series that were not used
 * for a number of collections make room for others; a set that comes back begins at 0, with a new
 * start time. Bound instruments keep theirs. Each instrument reserves memory when it is made, which
 * the series of others cannot take. A diagnostic reports when that is less than its limit needs and
 * the limits of all instruments together exceed the memory. docs/config.md says how much memory a
 * series takes.
 *
 * Counters and histograms count from their first measurement on. When the wall clock is set back by
 * more than a second, they begin again: the next export ends the old count, just after the last
 * reported time, and later measurements count from the time of the step.
 * Specification: "Metrics API", "Metrics SDK". */
#ifndef HAETAE_METRICS_H
#define HAETAE_METRICS_H

#include "keys.h"
#include "status.h"
#include "types.h"

HAETAE_BEGIN_DECLS

typedef struct haetae_meter haetae_meter;

/* Instruments. The SDK owns them; they are valid until haetae_sdk_free(). NULL is valid
 * for every call and does nothing. */
typedef struct haetae_counter haetae_counter;                 /* grows only: a monotonic sum */
typedef struct haetae_up_down_counter haetae_up_down_counter; /* a sum that also shrinks     */
typedef struct haetae_gauge haetae_gauge;                     /* the last value              */
typedef struct haetae_histogram haetae_histogram;             /* a distribution              */

/* An observable counter, up-down counter or gauge: its values are totals and levels that the
 * program keeps itself. */
typedef struct haetae_observable haetae_observable;

/* Instruments bound to a set of attributes, which is looked up once: the fastest way to record. The
 * SDK owns them too; they are valid until haetae_sdk_free(). */
typedef struct haetae_bound_counter haetae_bound_counter;
typedef struct haetae_bound_up_down_counter haetae_bound_up_down_counter;
typedef struct haetae_bound_gauge haetae_bound_gauge;
typedef struct haetae_bound_histogram haetae_bound_histogram;

/* What a callback observes values with: haetae_observe_int64(). It is valid during the call. */
typedef struct haetae_observer haetae_observer;

/* A callback that observes the values of observables, called for each collection: see
 * haetae_callback_register(). */
typedef void (*haetae_observe_callback)(void *user, haetae_observer *observer);

/* A registered callback. */
typedef struct haetae_callback haetae_callback;

/* Find or make the meter of a scope, as haetae_tracer_get() and haetae_tracer_named() do for
 * tracers. */
HAETAE_API haetae_status haetae_meter_get(haetae_sdk *sdk, const haetae_scope_options *scope,
                                          haetae_meter **ret_meter);
HAETAE_API haetae_meter *haetae_meter_named(haetae_sdk *sdk, const char *name);

typedef enum haetae_number_type {
    HAETAE_NUMBER_INT64 = 0,
    HAETAE_NUMBER_DOUBLE = 1
} haetae_number_type;

typedef struct haetae_instrument_options {
    size_t struct_size;
    haetae_string name;        /* a letter, then up to 254 letters, digits, _ . - /  */
    haetae_string unit;        /* UCUM, e.g. "s", "By", "{request}"; at most 63      */
    haetae_string description; /* for people; may be empty                           */
    int32_t number_type;       /* a haetae_number_type                               */
    int32_t reserved;          /* zero                                               */
    /* Histograms: the upper bounds of the buckets, inclusive, finite and strictly
     * increasing; one more bucket has no upper bound. Copied. NULL and 0: the defaults of the
     * specification, 0, 5, 10, 25, … 10000. */
    const double *boundaries;
    size_t boundary_count; /* at most HAETAE_BOUNDARIES_MAX */
    /* The keys of the attributes that are kept when no view decides that; the others are left out
     * of each measurement. If sets become the same, their sums are added up. Copied; at most 1024.
     * NULL and 0: all are kept. Not NULL and 0: none is. Such an instrument records more slowly
     * than one that keeps all.
     * Specification: "Instrument advisory parameter: Attributes". */
    const haetae_string *attribute_keys;
    size_t attribute_key_count;
    /* Observables: a callback that stays registered, as by haetae_callback_register(), even if the
     * observable already exists. NULL: none. */
    haetae_observe_callback callback;
    void *callback_user;
} haetae_instrument_options;

#define HAETAE_BOUNDARIES_MAX 200

/* Make an instrument, or find the one of this meter that has the same name (ignoring case), kind,
 * unit and number type. A NULL `meter` gives a NULL instrument and HAETAE_OK.
 * If one has the name but another kind, unit or number type, another one is made and both are
 * reported; if only description, boundaries or attribute keys differ, the first ones stay. Either
 * is a mistake that one diagnostic reports, with the change that fixes it. Ownership: the SDK owns
 * the instrument. `options` stays the caller's. Output untouched on failure. Threads: any.
 * Errors: HAETAE_EINVAL (a name, unit or bound is invalid), HAETAE_ENOMEM, HAETAE_ELIMIT (no memory
 * for metrics left in the budget), HAETAE_ESHUTDOWN. Specification: "Duplicate instrument
 * registration". */
HAETAE_API haetae_status haetae_counter_create(haetae_meter *meter,
                                               const haetae_instrument_options *options,
                                               haetae_counter **ret_counter);
HAETAE_API haetae_status haetae_up_down_counter_create(haetae_meter *meter,
                                                       const haetae_instrument_options *options,
                                                       haetae_up_down_counter **ret_counter);
HAETAE_API haetae_status haetae_gauge_create(haetae_meter *meter,
                                             const haetae_instrument_options *options,
                                             haetae_gauge **ret_gauge);
HAETAE_API haetae_status haetae_histogram_create(haetae_meter *meter,
                                                 const haetae_instrument_options *options,
                                                 haetae_histogram **ret_histogram);

/* The same by name and unit, which end with NUL; a NULL unit is none. Counters count integers,
 * gauges and histograms measure doubles. NULL on failure. */
HAETAE_API haetae_counter *haetae_counter_named(haetae_meter *meter, const char *name,
                                                const char *unit);
HAETAE_API haetae_up_down_counter *haetae_up_down_counter_named(haetae_meter *meter,
                                                                const char *name, const char *unit);
HAETAE_API haetae_gauge *haetae_gauge_named(haetae_meter *meter, const char *name,
                                            const char *unit);
HAETAE_API haetae_histogram *haetae_histogram_named(haetae_meter *meter, const char *name,
                                                    const char *unit);

/* Whether a measurement would be recorded. Ask before you compute an expensive measurement. False
 * for NULL, for a meter that is switched off, when no stream of the instrument is reported, and
 * after the shutdown. The answer may change at any time, so ask each time.
 * Specification: "Metrics API", "Enabled". */
HAETAE_API bool haetae_counter_enabled(const haetae_counter *counter);
HAETAE_API bool haetae_up_down_counter_enabled(const haetae_up_down_counter *counter);
HAETAE_API bool haetae_gauge_enabled(const haetae_gauge *gauge);
HAETAE_API bool haetae_histogram_enabled(const haetae_histogram *histogram);

/* Record a measurement with attributes. */
HAETAE_API void haetae_counter_add(haetae_counter *counter, int64_t increment,
                                   const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_counter_add_double(haetae_counter *counter, double increment,
                                          const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_up_down_counter_add(haetae_up_down_counter *counter, int64_t increment,
                                           const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_up_down_counter_add_double(haetae_up_down_counter *counter, double increment,
                                                  const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_gauge_record(haetae_gauge *gauge, int64_t value,
                                    const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_gauge_record_double(haetae_gauge *gauge, double value,
                                           const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_histogram_record(haetae_histogram *histogram, int64_t value,
                                        const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_histogram_record_double(haetae_histogram *histogram, double value,
                                               const haetae_attribute *attributes, size_t count);

/* The same, with keys in a list and values in an array: values[i] belongs to keys->names[i]. Once
 * the library knows the list, it looks at the values only. Use the same order of an instrument's
 * keys everywhere: a list in another order records the same, but costs more. If there are more or
 * fewer values than keys, more than 16, or values without a list, those without a partner are left
 * out (HAETAE_MISUSE_ARGUMENT). HAETAE_KEYS(keys, "http.request.method", "http.route");
 *     haetae_counter_add_keyed(requests, 1, &keys, HAETAE_VALUES("GET", route)); */
HAETAE_API void haetae_counter_add_keyed(haetae_counter *counter, int64_t increment,
                                         const haetae_keys *keys, const haetae_value *values,
                                         size_t count);
HAETAE_API void haetae_counter_add_double_keyed(haetae_counter *counter, double increment,
                                                const haetae_keys *keys, const haetae_value *values,
                                                size_t count);
HAETAE_API void haetae_up_down_counter_add_keyed(haetae_up_down_counter *up_down_counter,
                                                 int64_t increment, const haetae_keys *keys,
                                                 const haetae_value *values, size_t count);
HAETAE_API void haetae_up_down_counter_add_double_keyed(haetae_up_down_counter *up_down_counter,
                                                        double increment, const haetae_keys *keys,
                                                        const haetae_value *values, size_t count);
HAETAE_API void haetae_gauge_record_keyed(haetae_gauge *gauge, int64_t value,
                                          const haetae_keys *keys, const haetae_value *values,
                                          size_t count);
HAETAE_API void haetae_gauge_record_double_keyed(haetae_gauge *gauge, double value,
                                                 const haetae_keys *keys,
                                                 const haetae_value *values, size_t count);
HAETAE_API void haetae_histogram_record_keyed(haetae_histogram *histogram, int64_t value,
                                              const haetae_keys *keys, const haetae_value *values,
                                              size_t count);
HAETAE_API void haetae_histogram_record_double_keyed(haetae_histogram *histogram, double value,
                                                     const haetae_keys *keys,
                                                     const haetae_value *values, size_t count);

/* Bind an instrument to a set of attributes. The series is exported once it has a
 * measurement. Beyond the cardinality limit the bound instrument records to the overflow series.
 * The call takes a lock: bind once, not for each measurement. A NULL instrument gives a NULL
 * bound one and HAETAE_OK.
 * Ownership: the SDK owns the bound instrument. Output untouched on failure.
 * Threads: any. Errors: HAETAE_EINVAL (more than 1024 attributes), HAETAE_ENOMEM,
 * HAETAE_ESHUTDOWN. */
HAETAE_API haetae_status haetae_counter_bind(haetae_counter *counter,
                                             const haetae_attribute *attributes, size_t count,
                                             haetae_bound_counter **ret_bound);
HAETAE_API haetae_status haetae_up_down_counter_bind(haetae_up_down_counter *counter,
                                                     const haetae_attribute *attributes,
                                                     size_t count,
                                                     haetae_bound_up_down_counter **ret_bound);
HAETAE_API haetae_status haetae_gauge_bind(haetae_gauge *gauge, const haetae_attribute *attributes,
                                           size_t count, haetae_bound_gauge **ret_bound);
HAETAE_API haetae_status haetae_histogram_bind(haetae_histogram *histogram,
                                               const haetae_attribute *attributes, size_t count,
                                               haetae_bound_histogram **ret_bound);

/* Record a measurement with a bound instrument. */
HAETAE_API void haetae_bound_counter_add(haetae_bound_counter *bound, int64_t increment);
HAETAE_API void haetae_bound_counter_add_double(haetae_bound_counter *bound, double increment);
HAETAE_API void haetae_bound_up_down_counter_add(haetae_bound_up_down_counter *bound,
                                                 int64_t increment);
HAETAE_API void haetae_bound_up_down_counter_add_double(haetae_bound_up_down_counter *bound,
                                                        double increment);
HAETAE_API void haetae_bound_gauge_record(haetae_bound_gauge *bound, int64_t value);
HAETAE_API void haetae_bound_gauge_record_double(haetae_bound_gauge *bound, double value);
HAETAE_API void haetae_bound_histogram_record(haetae_bound_histogram *bound, int64_t value);
HAETAE_API void haetae_bound_histogram_record_double(haetae_bound_histogram *bound, double value);

/* ---- Observables ----------------------------------------------------------------------------- */

/* Make an observable, or find the existing one, as haetae_counter_create() does. A counter's totals
 * only grow; an up-down counter's may also fall; a gauge's values are levels, which are not added
 * up. Boundaries are ignored. In the calls by name, counters have integers, gauges doubles.
 * Specification: "Asynchronous Counter", "Asynchronous UpDownCounter", "Asynchronous Gauge". */
HAETAE_API haetae_status haetae_observable_counter_create(haetae_meter *meter,
                                                          const haetae_instrument_options *options,
                                                          haetae_observable **ret_observable);
HAETAE_API haetae_status haetae_observable_up_down_counter_create(
    haetae_meter *meter, const haetae_instrument_options *options,
    haetae_observable **ret_observable);
HAETAE_API haetae_status haetae_observable_gauge_create(haetae_meter *meter,
                                                        const haetae_instrument_options *options,
                                                        haetae_observable **ret_observable);
HAETAE_API haetae_observable *haetae_observable_counter_named(haetae_meter *meter, const char *name,
                                                              const char *unit);
HAETAE_API haetae_observable *
haetae_observable_up_down_counter_named(haetae_meter *meter, const char *name, const char *unit);
HAETAE_API haetae_observable *haetae_observable_gauge_named(haetae_meter *meter, const char *name,
                                                            const char *unit);

/* Registers a callback for observables of one SDK. Several observables may share a callback, and
 * one may have several callbacks.
 * Each collection of each reader calls all callbacks and reports only what they observe at that
 * moment: a set that is no longer observed is no longer reported.
 * Callbacks run in a thread of the SDK (all signals blocked), usually one after the other; with
 * HAETAE_WORKER=manual in the thread that drives the SDK. A collection waits for all of them
 * together for HAETAE_METRICS_CALLBACK_TIMEOUT at most, except in the driver's thread. If a
 * callback has not returned by then, what it observes is not reported, one diagnostic says so, and
 * it is not called again before it returns; others are. A callback may record, make and set
 * instruments, register and unregister callbacks; it must not flush, step or shut down the SDK. It
 * must return: no exception and no longjmp() may leave it. It is not called for meters that are
 * switched off, nor when views drop all of its observables. In a forked child, callbacks are called
 * from the child's own threads; one that ran at the fork observes nothing there.
 * NULL among `observables` is left out; if there is nothing else, the callback is not registered
 * and the handle is NULL. `ret_callback` may be NULL: the callback stays registered. Ownership:
 * haetae_callback_unregister() frees the handle, or the SDK does; `user` stays the caller's, and
 * must be valid until then. Output untouched on failure. Threads: any, also callbacks. Errors:
 * HAETAE_EINVAL (no callback, no observable or more than 1024, or observables of several SDKs),
 * HAETAE_ENOMEM, HAETAE_ESHUTDOWN. Specification: "Asynchronous Instrument API",
 * "Multiple-instrument callbacks". */
HAETAE_API haetae_status haetae_callback_register(haetae_observable *const *observables,
                                                  size_t count, haetae_observe_callback callback,
                                                  void *user, haetae_callback **ret_callback);

/* Unregisters a callback. When the call returns, the callback does not run and never will again. If
 * it is running, the call waits for it, however long that takes, unless the callback itself makes
 * the call. So hold no lock that the callback takes. Do not call it after haetae_sdk_free(). NULL
 * does nothing. */
HAETAE_API void haetae_callback_unregister(haetae_callback *callback);

/* Observe a value, in a callback that was registered for the observable, in its thread. The value
 * is the total itself, not its growth. Of two values for equal sets the later one counts. If a
 * counter's total is lower than before, it counts as started again. A total counts from the
 * collection before its first value on, or from when the observable was made. If views or
 * attribute_keys make sets the same, and beyond the cardinality limit, totals are added up; of
 * levels one is reported. Readers of deltas get the growth of a total since they got it last.
 * Values of the other number type, NaN, infinities, negative totals of counters, observables that
 * the callback was not registered for, and calls from elsewhere change nothing and are counted
 * (HAETAE_MISUSE_MEASUREMENT). */
HAETAE_API void haetae_observe_int64(haetae_observer *observer, haetae_observable *observable,
                                     int64_t value, const haetae_attribute *attributes,
                                     size_t count);
HAETAE_API void haetae_observe_double(haetae_observer *observer, haetae_observable *observable,
                                      double value, const haetae_attribute *attributes,
                                      size_t count);

/* Set the value of an attribute set without a callback, for programs that notice changes: it is
 * reported with each collection until it is set again or removed. Everything else is as with
 * haetae_observe_int64(); if a callback observes the same set, the value that was set stays.
 * A forked child starts with no values.
 * Threads: any; if several set it at once, one value stays. Not for signal handlers. The calls
 * never block or allocate, unless the set shares its series with others (views, attribute_keys,
 * cardinality limit): then they take a short lock, and allocate memory for a new set. */
HAETAE_API void haetae_observable_set_int64(haetae_observable *observable, int64_t value,
                                            const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_observable_set_double(haetae_observable *observable, double value,
                                             const haetae_attribute *attributes, size_t count);
HAETAE_API void haetae_observable_remove(haetae_observable *observable,
                                         const haetae_attribute *attributes, size_t count);

HAETAE_END_DECLS

#endif

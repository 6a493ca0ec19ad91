/* SPDX-License-Identifier: Apache-2.0 */
/* Samplers: which spans are recorded, and which of them are exported.
 *
 * Without any of this OTEL_TRACES_SAMPLER decides. A program that needs another rule makes a
 * sampler, a ready one or one of callbacks, and gives it to the configuration:
 *     haetae_sampler *sampler;
 *     haetae_sampler_rate_limiting(100, &sampler);
 *     haetae_config_set_sampler(config, sampler);
 *
 * Ownership: the caller that makes a sampler owns it, until another sampler or a configuration
 * takes it. A call that takes samplers owns them when it returns HAETAE_OK; on failure the caller
 * still does. A sampler has one owner: giving it away twice is HAETAE_EINVAL. The same holds for
 * composables.
 * A sampler that follows the parent keeps the threshold (`th` of "ot" in the tracestate) that came
 * with it, while that agrees with the sampled flag. All other ready samplers, and a call's own
 * decision, remove it; a callback that decides otherwise than its parent removes it itself.
 * Functions that make something allocate, leave the output untouched on failure, may be called by
 * any thread, and return HAETAE_EINVAL (a NULL, a number out of range, an invalid struct_size) or
 * HAETAE_ENOMEM.
 * Specification: "Sampling", "Built-in samplers", "TraceState: Probability Sampling". */
#ifndef HAETAE_SAMPLER_H
#define HAETAE_SAMPLER_H

#include "config.h"
#include "context.h"
#include "exporter.h"
#include "trace.h"
#include "types.h"

HAETAE_BEGIN_DECLS

typedef struct haetae_sampler haetae_sampler;

/* What is known about a span that is about to start. The library fills it, and it is valid during
 * the call. A callback that was compiled with later headers must check struct_size before it reads
 * a field that was added later. */
typedef struct haetae_sampling_input {
    size_t struct_size;
    /* NULL: the span is a root. haetae_span_context_get_trace_state() returns its tracestate. */
    const haetae_span_context *parent;
    haetae_string name; /* empty when it is no valid text */
    const haetae_attribute *attributes;
    size_t attribute_count;
    const haetae_link *links;
    size_t link_count;
    /* The parent's context with its values, such as baggage; not to be kept or unreferenced. */
    const haetae_context *context;
    uint8_t trace_id[16];
    int32_t kind;        /* a haetae_span_kind, never unspecified                          */
    int32_t trace_flags; /* of the trace: HAETAE_TRACE_FLAG_RANDOM or 0                    */
} haetae_sampling_input;

/* What a decision adds to the span, during the call. */
typedef struct haetae_sampling haetae_sampling;

/* The most attributes that a decision may add to a span. */
#define HAETAE_SAMPLING_ATTRIBUTES_MAX 16

/* Adds attributes to the span, if it is recorded; later ones win over those of the program. The
 * first HAETAE_SAMPLING_ATTRIBUTES_MAX count. Keys and values are read when the span starts: they
 * must not change until this thread calls the callback again. */
HAETAE_API void haetae_sampling_add_attributes(haetae_sampling *sampling,
                                               const haetae_attribute *attributes, size_t count);

/* The tracestate that the span will have: the parent's, or the one that the program gave it. The
 * callback may change it with the functions of context.h. If it is not valid afterwards, it is left
 * out. NULL for NULL. */
HAETAE_API haetae_trace_state *haetae_sampling_trace_state(haetae_sampling *sampling);

/* Removes the threshold `th` from that tracestate, for a callback that decides differently from the
 * parent by a probability that it does not state. NULL: does nothing. */
HAETAE_API void haetae_sampling_remove_threshold(haetae_sampling *sampling);

/* ---- Samplers by callback -------------------------------------------------- */

typedef struct haetae_sampler_ops {
    size_t struct_size;

    /* E.g. "OnlyCheckout{0.5}". It is copied, up to 255 bytes. */
    const char *description;

    /* Decides about a span: a haetae_sampling_decision; any other number drops the span.
     * Threads: any, several at a time, also signal handlers. The span's start waits for it: it must
     * not take a lock, allocate or wait.
     * It may record: spans that it starts follow their parent, and roots are sampled.
     * It must return: no longjmp(), no end of the thread. It must not fork(), shut the SDK down,
     * flush or free it. */
    int32_t (*decide)(void *self, const haetae_sampling_input *input, haetae_sampling *sampling);

    /* Frees `self`, when no call will follow. NULL: nothing to do. */
    void (*free)(void *self);
} haetae_sampler_ops;

/* Makes a sampler of callbacks. `ops` is copied; the sampler owns `self`. */
HAETAE_API haetae_status haetae_sampler_new(const haetae_sampler_ops *ops, void *self,
                                            haetae_sampler **ret_sampler);

/* Makes the worker of the SDK that uses the sampler work for it, for example to ask another
 * process: the worker calls descriptor, wait_ms, step and after_fork of `work`, each of which may
 * be NULL, with the sampler's `self`, as it does for an exporter (exporter.h); other fields are
 * ignored. `work` is copied. The worker serves the first two samplers of an SDK that have work.
 * Errors: HAETAE_EINVAL (NULL, an invalid struct_size, a sampler that has an owner or work). */
HAETAE_API haetae_status haetae_sampler_set_work(haetae_sampler *sampler,
                                                 const haetae_exporter_ops *work);

/* For step(): reports a failure as a diagnostic of the SDK, preceded by the description of the
 * sampler. NULL: does nothing. */
HAETAE_API void haetae_sampler_warn(const haetae_sampler *sampler, const char *text);

/* Frees a sampler that the caller owns, with what it owns. NULL: does nothing. */
HAETAE_API void haetae_sampler_free(haetae_sampler *sampler);

/* Its name and configuration, for logs; valid as long as the sampler. "" for NULL.
 * Specification: "GetDescription". */
HAETAE_API const char *haetae_sampler_description(const haetae_sampler *sampler);

/* ---- Ready samplers ---------------------------------------------------------- */

/* Samples every span, or drops every span. */
HAETAE_API haetae_status haetae_sampler_always_on(haetae_sampler **ret_sampler);
HAETAE_API haetae_status haetae_sampler_always_off(haetae_sampler **ret_sampler);

/* Samples this share of the traces, 0 to 1, by their trace ids alone: what
 * OTEL_TRACES_SAMPLER=traceidratio does. Meant for roots: the first time that it decides about a
 * span with a parent, the worker reports it; if several SDKs run, that of each.
 * Specification: "TraceIdRatioBased". */
HAETAE_API haetae_status haetae_sampler_ratio(double ratio, haetae_sampler **ret_sampler);

/* Samples this share of the traces, 2^-56 to 1, or none (0), consistently with all participants of
 * W3C Trace Context Level 2: by `rv` of the member "ot" of the tracestate if it is there, else by
 * the last seven bytes of the trace id. It writes the threshold of a sampled span as `th`, with
 * four significant digits, and removes that of another sampler, so a program that counts spans
 * knows how many each stands for. The worker reports the first time that the sampler decides by
 * the trace id of a parent that is not marked as random (HAETAE_TRACE_FLAG_RANDOM).
 * Specification: "ProbabilitySampler", "TraceState Handling". */
HAETAE_API haetae_status haetae_sampler_probability(double ratio, haetae_sampler **ret_sampler);

/* Asks one of five samplers, chosen by the parent. It takes those that are given.
 * Specification: "ParentBased". */
typedef struct haetae_parent_based_options {
    size_t struct_size;
    haetae_sampler *root;               /* for spans without a parent; required     */
    haetae_sampler *remote_sampled;     /* NULL: always on                          */
    haetae_sampler *remote_not_sampled; /* NULL: always off                         */
    haetae_sampler *local_sampled;      /* NULL: always on                          */
    haetae_sampler *local_not_sampled;  /* NULL: always off                         */
} haetae_parent_based_options;

HAETAE_API haetae_status haetae_sampler_parent_based(const haetae_parent_based_options *options,
                                                     haetae_sampler **ret_sampler);

/* Records what `root` drops, so that processors see it, but does not export it. It takes `root`.
 * Specification: "AlwaysRecord". */
HAETAE_API haetae_status haetae_sampler_always_record(haetae_sampler *root,
                                                      haetae_sampler **ret_sampler);

/* Samples at most this many spans a second, above 0, up to 1e9, and drops the rest. What was not
 * used is kept for a second: that many spans, and at least one, may come at once. All threads share
 * the limit, without a lock. As the root of a parent-based sampler it limits traces. */
HAETAE_API haetae_status haetae_sampler_rate_limiting(double spans_per_second,
                                                      haetae_sampler **ret_sampler);

/* ---- Composable samplers --------------------------------------------------
 *
 * A composable does not decide: it states with which threshold a span should be sampled, and a
 * composite sampler decides. So they can be combined, and the tracestate says by which probability
 * a span was sampled, whatever rule was applied. */

typedef struct haetae_composable haetae_composable;

/* Decides as `composable` intends, with the randomness and the tracestate as
 * haetae_sampler_probability() does. It takes `composable`.
 * Specification: "CompositeSampler". */
HAETAE_API haetae_status haetae_sampler_composite(haetae_composable *composable,
                                                  haetae_sampler **ret_sampler);

/* What a composable intends for a span. */
typedef struct haetae_sampling_intent {
    size_t struct_size;
    /* The span is sampled when its trace's randomness, 56 bits, is not below it: 0 samples all.
     * HAETAE_SAMPLING_NEVER (2^56), and all above: no span is sampled. */
    uint64_t threshold;
    /* Not 0: the threshold states the probability with which spans are sampled, and may be written
     * to the tracestate. 0: it does not, and the span gets new random bits. */
    int32_t adjusted_count_reliable;
    int32_t reserved; /* zero */
} haetae_sampling_intent;

#define HAETAE_SAMPLING_NEVER (UINT64_C(1) << 56)

typedef struct haetae_composable_ops {
    size_t struct_size;
    const char *description; /* copied, up to 255 bytes */

    /* Fills *intent, which is HAETAE_SAMPLING_NEVER and not reliable before. What it adds to
     * `sampling` is for the span if that is sampled; it must not change the member "ot" of the
     * tracestate. Otherwise as decide() of a sampler.
     * Specification: "GetSamplingIntent". */
    void (*intend)(void *self, const haetae_sampling_input *input, haetae_sampling *sampling,
                   haetae_sampling_intent *intent);

    void (*free)(void *self); /* may be NULL */
} haetae_composable_ops;

/* Makes a composable of callbacks. `ops` is copied; the composable owns `self`. */
HAETAE_API haetae_status haetae_composable_new(const haetae_composable_ops *ops, void *self,
                                               haetae_composable **ret_composable);

/* Frees a composable that the caller owns, with what it owns. NULL: does nothing. */
HAETAE_API void haetae_composable_free(haetae_composable *composable);

/* Asks another composable for its intent, for those that combine them: within intend(), with the
 * arguments of that call. NULL `composable`: leaves *intent as it is. */
HAETAE_API void haetae_composable_intend(const haetae_composable *composable,
                                         const haetae_sampling_input *input,
                                         haetae_sampling *sampling, haetae_sampling_intent *intent);

/* Specification: "ComposableAlwaysOn", "ComposableAlwaysOff". */
HAETAE_API haetae_status haetae_composable_always_on(haetae_composable **ret_composable);
HAETAE_API haetae_status haetae_composable_always_off(haetae_composable **ret_composable);

/* A share of 2^-56 to 1, or none (0). Specification: "ComposableProbability". */
HAETAE_API haetae_status haetae_composable_probability(double ratio,
                                                       haetae_composable **ret_composable);

/* As the parent, by its threshold if the tracestate has one that agrees with its sampled flag;
 * else by the flag. `root`, which it takes, states the intent for roots.
 * Specification: "ComposableParentThreshold". */
HAETAE_API haetae_status haetae_composable_parent_threshold(haetae_composable *root,
                                                            haetae_composable **ret_composable);

/* A rule of haetae_composable_rule_based(). Its layout never changes. */
typedef struct haetae_sampling_rule {
    /* Whether the rule is for this span; as decide() of a sampler. NULL: for every span. */
    bool (*matches)(void *user, const haetae_sampling_input *input);
    void *user; /* the caller's: it outlives the composable */
    haetae_composable *composable;
} haetae_sampling_rule;

/* The intent of the first rule that matches; if none does, the span is dropped. The rules are
 * copied, and their composables taken; at most 64.
 * Specification: "ComposableRuleBased". */
HAETAE_API haetae_status haetae_composable_rule_based(const haetae_sampling_rule *rules,
                                                      size_t rule_count,
                                                      haetae_composable **ret_composable);

/* The intent of `delegate`, which it takes, with attributes for the span if that is sampled. They
 * are copied: text, numbers and booleans only, at most HAETAE_SAMPLING_ATTRIBUTES_MAX.
 * Specification: "ComposableAnnotating". */
HAETAE_API haetae_status haetae_composable_annotating(haetae_composable *delegate,
                                                      const haetae_attribute *attributes,
                                                      size_t attribute_count,
                                                      haetae_composable **ret_composable);

/* ---- The configuration --------------------------------------------------------- */

/* Makes `sampler` decide instead of OTEL_TRACES_SAMPLER, in the SDK that is started next with this
 * configuration. The configuration then owns it. NULL: none. A sampler that was set before is
 * freed.
 * Errors: HAETAE_EINVAL (NULL `config`, or a sampler that has an owner). */
HAETAE_API haetae_status haetae_config_set_sampler(haetae_config *config, haetae_sampler *sampler);

/* Takes back the sampler that was set, and leaves none. NULL: there was none, or a NULL `config`.
 * Ownership: the caller's, until it gives the sampler to another owner or frees it. For those that
 * wrap what somebody else has set. */
HAETAE_API haetae_sampler *haetae_config_take_sampler(haetae_config *config);

/* Makes a sampler that OTEL_TRACES_SAMPLER names, when an SDK starts: of the values of `config`,
 * and for this service.name of the resource. It reports what is wrong with a value with
 * haetae_config_add_error(). Ownership: the caller's. It leaves the output untouched on failure. */
typedef haetae_status (*haetae_sampler_create)(void *user, haetae_config *config,
                                               haetae_string service_name,
                                               haetae_sampler **ret_sampler);

/* Makes the sampler for a name of OTEL_TRACES_SAMPLER that the core does not have: "jaeger_remote",
 * which is in haetae-otlp-http. parentbased_ before it has it decide about roots only. `name` stays
 * as it is until the process ends. Registering the same again changes nothing. Threads: any.
 * Errors: HAETAE_EINVAL (a NULL, another name), HAETAE_ECONFLICT (there is another),
 * HAETAE_ETIMEOUT (in a child that was forked while another thread registered). */
HAETAE_API haetae_status haetae_sampler_register(const char *name, haetae_sampler_create create,
                                                 void *user);

/* Makes the ids of spans. The functions fill all bytes; an id that is all zero is replaced by a
 * random one. Threads and rules as for decide() of a sampler.
 * Specification: "ID Generators". */
typedef struct haetae_id_generator {
    size_t struct_size;
    void (*trace_id)(void *self, uint8_t *ret_id); /* 16 bytes, for a root; NULL: random  */
    void (*span_id)(void *self, uint8_t *ret_id);  /* 8 bytes; NULL: random               */
    void (*free)(void *self);                      /* may be NULL                         */
    void *self;                                    /* passed to the functions             */
    int32_t random;   /* not 0: the last seven bytes of the trace ids are random: roots
                       * have HAETAE_TRACE_FLAG_RANDOM                                    */
    int32_t reserved; /* zero */
} haetae_id_generator;

/* Makes `generator`, which is copied, generate the ids in the SDK that is started next with this
 * configuration. NULL: random ids. `self` of one that was set before is freed.
 * Ownership: on HAETAE_OK the configuration, later the SDK, owns `self`.
 * Errors: HAETAE_EINVAL (NULL `config`, an invalid struct_size). */
HAETAE_API haetae_status haetae_config_set_id_generator(haetae_config *config,
                                                        const haetae_id_generator *generator);

HAETAE_END_DECLS

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#include "propagation/own_format.h"

#include <string.h>

#include "base/alloc.h"
#include "base/option_struct.h"

struct own_format {
    haetae_propagator propagator;
    struct hae_format format;
    const struct hae_format *list[1]; /* of this one */
    haetae_propagator_ops ops;
    void *user;
};

static const struct own_format *own_of(const struct hae_format *format)
{
    return (const void *)((const char *)format - offsetof(struct own_format, format));
}

static void inject(const struct hae_format *format, const struct hae_injection *injection)
{
    const struct own_format *own = own_of(format);
    struct hae_setter setter = injection->setter;

    if (own->ops.inject == NULL) {
        return;
    }
    if (setter.ops != NULL) {
        own->ops.inject(own->user, injection->context, setter.ops, setter.carrier);
    } else {
        own->ops.inject(own->user, injection->context, &hae_setter_ops, &setter);
    }
}

/* What the program made is what further formats add to. */
static void take_over(struct hae_extraction *extraction, haetae_context *made,
                      struct hae_carried *carried)
{
    haetae_span_context before;

    (void)haetae_context_span_context(extraction->made, &before);
    if (haetae_context_span_context(made, &carried->span) &&
        memcmp(&before, &carried->span, sizeof before) != 0) {
        (void)haetae_span_context_get_trace_state(&carried->span, &carried->trace_state);
    } else {
        carried->span = (haetae_span_context){.is_remote = 0};
    }
    haetae_context_unref(extraction->made);
    extraction->made = made;
    extraction->base = made;
}

/* Lets the program see what was extracted so far: the context takes it over. */
static bool flush(struct hae_extraction *extraction)
{
    haetae_context *so_far;

    if (hae_extraction_context(extraction, &so_far) != HAETAE_OK) {
        extraction->no_memory = true;
        return false;
    }
    if (extraction->made == NULL) {
        extraction->replaced = haetae_context_baggage(extraction->base);
    }
    hae_extraction_done(extraction);
    extraction->made = so_far;
    extraction->base = so_far;
    return true;
}

static haetae_status extract(const struct hae_format *format, struct hae_extraction *extraction,
                             struct hae_carried *carried)
{
    const struct own_format *own = own_of(format);
    struct hae_getter getter = extraction->getter;
    haetae_context *made = NULL;
    haetae_status status;

    if (own->ops.extract == NULL || !flush(extraction)) {
        return HAETAE_EFORMAT;
    }
    if (getter.ops != NULL) {
        status = own->ops.extract(own->user, extraction->made, getter.ops, getter.carrier, &made);
    } else {
        status = own->ops.extract(own->user, extraction->made, &hae_getter_ops, &getter, &made);
    }
    if (status != HAETAE_OK || made == NULL) {
        return HAETAE_EFORMAT;
    }
    take_over(extraction, made, carried);
    return HAETAE_OK;
}

static void free_own(haetae_propagator *propagator)
{
    struct own_format *own = (struct own_format *)propagator;

    if (own->ops.free != NULL) {
        own->ops.free(own->user);
    }
    hae_free(own);
}

bool hae_format_is_own(const haetae_propagator *propagator)
{
    return propagator != NULL && propagator->free == free_own;
}

static bool is_name(const char *name)
{
    return name != NULL && name[0] != '\0' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") ==
               strlen(name);
}

haetae_status haetae_propagator_new(const haetae_propagator_ops *ops, void *user,
                                    haetae_propagator **ret_propagator)
{
    static const char *const no_fields[] = {NULL};
    haetae_propagator_ops known;
    struct own_format *own;

    if (ops == NULL || ret_propagator == NULL ||
        HAE_OPTION_STRUCT_READ(haetae_propagator_ops, &known, ops) == HAE_OPTION_STRUCT_REJECTED ||
        !is_name(known.name)) {
        return HAETAE_EINVAL;
    }
    own = hae_calloc(1, sizeof *own);
    if (own == NULL) {
        return HAETAE_ENOMEM;
    }
    own->ops = known;
    own->user = user;
    own->list[0] = &own->format;
    own->format = (struct hae_format){.name = known.name,
                                      .fields = known.fields != NULL ? known.fields : no_fields,
                                      .inject = inject,
                                      .extract = extract};
    own->propagator.count = 1;
    own->propagator.formats = own->list;
    own->propagator.free = free_own;
    atomic_init(&own->propagator.references, 1);
    *ret_propagator = &own->propagator;
    return HAETAE_OK;
}

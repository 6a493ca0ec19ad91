/* SPDX-License-Identifier: Apache-2.0 */
#include "resource/detect.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/thread.h"
#include "resource/detectors.h"

/* ---- The state, which the thread may outlive ------------------------------------------------ */

struct job {
    const struct hae_detector *detector; /* NULL: `own` */
    struct hae_own_detector *own;
    struct haetae_resource quick; /* of the caller's thread */
    /* Of the thread, until is_done; under the lock from then on. */
    struct haetae_resource slow;
    haetae_status status;
    bool is_done;
};

struct detection {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_ended;                  /* the thread's work */
    bool is_alone;                   /* the caller has left */
    struct hae_detector_input input; /* of the strings below */
    struct hae_resource_system system;
    char *root;
    char *pod_info;
    struct job jobs[HAE_DETECTORS_MAX];
    size_t count;
};

static void free_detection(struct detection *detection)
{
    for (size_t i = 0; i < detection->count; i++) {
        hae_resource_done(&detection->jobs[i].quick);
        hae_resource_done(&detection->jobs[i].slow);
        if (detection->jobs[i].own != NULL) {
            hae_own_detector_unref(detection->jobs[i].own);
        }
    }
    pthread_cond_destroy(&detection->changed);
    pthread_mutex_destroy(&detection->lock);
    hae_free(detection->root);
    hae_free(detection->pod_info);
    hae_free(detection);
}

static haetae_status new_detection(const struct hae_detector_input *input,
                                   struct detection **ret_detection)
{
    struct detection *detection = hae_calloc(1, sizeof *detection);

    if (detection == NULL) {
        return HAETAE_ENOMEM;
    }
    detection->root = hae_strdup(input->root);
    detection->pod_info = hae_strdup(input->pod_info);
    if (detection->root == NULL || detection->pod_info == NULL ||
        pthread_mutex_init(&detection->lock, NULL) != 0) {
        goto free_strings;
    }
    if (!hae_condition_init(&detection->changed)) {
        pthread_mutex_destroy(&detection->lock);
        goto free_strings;
    }
    detection->system = *input->system;
    detection->input = (struct hae_detector_input){&detection->system, detection->root,
                                                   detection->pod_info, input->env_trusted};
    *ret_detection = detection;
    return HAETAE_OK;

free_strings:
    hae_free(detection->root);
    hae_free(detection->pod_info);
    hae_free(detection);
    return HAETAE_ENOMEM;
}

/* ---- Which detectors ------------------------------------------------------------------------ */

static bool has_job(const struct detection *detection, const char *name)
{
    for (size_t i = 0; i < detection->count; i++) {
        const struct job *job = &detection->jobs[i];

        if (strcmp(job->own != NULL ? job->own->name : job->detector->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_built_in(struct detection *detection, const struct hae_detector *detector)
{
    if (detection->count < HAE_DETECTORS_MAX && !has_job(detection, detector->name)) {
        detection->jobs[detection->count++].detector = detector;
    }
}

static void add_own(struct detection *detection, struct hae_own_detector *own)
{
    if (detection->count < HAE_DETECTORS_MAX && !has_job(detection, own->name)) {
        hae_own_detector_ref(own);
        detection->jobs[detection->count++].own = own;
    }
}

static void add_several(struct detection *detection, const struct hae_detect_options *options,
                        bool defaults_only)
{
    for (const struct hae_detector *each = hae_detectors; each->name != NULL; each++) {
        /* Arguments may hold secrets: their name has to be given. */
        if (each->is_default || (!defaults_only && strcmp(each->name, "process_arguments") != 0)) {
            add_built_in(detection, each);
        }
    }
    for (size_t i = 0; i < options->own_count; i++) {
        add_own(detection, options->own[i]);
    }
}

static void add_named(struct detection *detection, const struct hae_detect_options *options,
                      const char *name)
{
    const struct hae_detector *detector = hae_detector_find(haetae_string_of(name));

    if (detector != NULL) {
        add_built_in(detection, detector);
        return;
    }
    for (size_t i = 0; i < options->own_count; i++) {
        if (strcmp(options->own[i]->name, name) == 0) {
            add_own(detection, options->own[i]);
            return;
        }
    }
    options->warn(options->user, name, "is not known; it is ignored");
}

/* Specification: "Enum": names that nothing has are ignored; a list of such names alone counts as
 * none. */
static void choose(struct detection *detection, const struct hae_detect_options *options)
{
    const char *at = options->names;
    bool is_none = false;

    while (*at != '\0') {
        size_t length = strcspn(at, ",");
        char name[64];

        snprintf(name, sizeof name, "%.*s", (int)(length < 63 ? length : 63), at);
        at += length + (at[length] == ',');
        for (char *c = name; *c != '\0'; c++) {
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
        }
        if (strcmp(name, "none") == 0) {
            is_none = true;
        } else if (strcmp(name, "all") == 0) {
            add_several(detection, options, false);
        } else {
            add_named(detection, options, name);
        }
    }
    if (detection->count == 0 && !is_none) {
        add_several(detection, options, true);
    }
}

/* ---- Running them --------------------------------------------------------------------------- */

static bool is_slow(const struct job *job)
{
    return job->own != NULL || job->detector->detect_slowly != NULL;
}

/* Whether nobody waits for the result any more: then no further detector is called, since the
 * program knows only that the one that hangs may be running still. */
static bool is_given_up(struct detection *detection)
{
    bool is_alone;

    pthread_mutex_lock(&detection->lock);
    is_alone = detection->is_alone;
    pthread_mutex_unlock(&detection->lock);
    return is_alone;
}

/* Runs what may wait. The thread's, or the caller's where there is none. */
static void run_slow(struct detection *detection)
{
    for (size_t i = 0; i < detection->count && !is_given_up(detection); i++) {
        struct job *job = &detection->jobs[i];
        struct haetae_resource found = {.count = 0};
        haetae_status status;

        if (!is_slow(job)) {
            continue;
        }
        status = job->own != NULL ? job->own->detect(job->own->user, &found)
                                  : job->detector->detect_slowly(&detection->input, &found);
        pthread_mutex_lock(&detection->lock);
        job->slow = found;
        job->status = status;
        job->is_done = true;
        pthread_mutex_unlock(&detection->lock);
    }
}

static void *run_thread(void *argument)
{
    struct detection *detection = argument;
    bool is_alone;

    run_slow(detection);
    pthread_mutex_lock(&detection->lock);
    detection->has_ended = true;
    is_alone = detection->is_alone;
    pthread_cond_signal(&detection->changed);
    pthread_mutex_unlock(&detection->lock);
    if (is_alone) {
        free_detection(detection);
    }
    return NULL;
}

/* Waits for the thread. Under the lock. */
static void await_thread(struct detection *detection, uint32_t timeout_ms)
{
    uint64_t end_ms = hae_monotonic_ms() + timeout_ms;
    struct timespec deadline = {(time_t)(end_ms / 1000), (long)(end_ms % 1000) * 1000000};
    int error = 0;

    while (!detection->has_ended && error != ETIMEDOUT) {
        error = timeout_ms != 0
                    ? pthread_cond_timedwait(&detection->changed, &detection->lock, &deadline)
                    : pthread_cond_wait(&detection->changed, &detection->lock);
    }
}

static haetae_status run_quick(struct detection *detection)
{
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < detection->count && status == HAETAE_OK; i++) {
        struct job *job = &detection->jobs[i];

        if (job->detector != NULL && job->detector->detect != NULL) {
            status = job->detector->detect(&detection->input, &job->quick);
        }
    }
    return status;
}

/* ---- What they found ------------------------------------------------------------------------ */

static haetae_status merge(const struct hae_detect_options *options,
                           struct haetae_resource *resource, const struct haetae_resource *found,
                           const char *name)
{
    haetae_status status = hae_resource_merge(resource, found);

    if (status == HAETAE_ECONFLICT) {
        options->warn(options->user, name,
                      "has another schema URL than those before it; the resource has none");
        status = HAETAE_OK;
    }
    return status;
}

static haetae_status merge_job(const struct hae_detect_options *options,
                               struct haetae_resource *resource, const struct job *job)
{
    const char *name = job->own != NULL ? job->own->name : job->detector->name;
    haetae_status status = HAETAE_OK;

    if (is_slow(job) && !job->is_done) {
        options->warn(options->user, name,
                      "took longer than HAETAE_RESOURCE_TIMEOUT_MS; what it finds is left out");
    } else if (job->own == NULL && job->status == HAETAE_ENOMEM) {
        return HAETAE_ENOMEM;
    } else if (job->status != HAETAE_OK) {
        options->warn(options->user, name, "failed; it is left out");
    } else {
        status = merge(options, resource, &job->slow, name);
    }
    return status == HAETAE_OK ? merge(options, resource, &job->quick, name) : status;
}

/* Under the lock, where a thread may still be at it. */
static haetae_status merge_all(const struct hae_detect_options *options,
                               struct haetae_resource *resource, const struct detection *detection)
{
    haetae_status status = HAETAE_OK;

    for (size_t i = 0; i < detection->count && status == HAETAE_OK; i++) {
        status = merge_job(options, resource, &detection->jobs[i]);
    }
    return status;
}

/* ---- All of it ------------------------------------------------------------------------------ */

static bool any_slow(const struct detection *detection)
{
    for (size_t i = 0; i < detection->count; i++) {
        if (is_slow(&detection->jobs[i])) {
            return true;
        }
    }
    return false;
}

/* Runs what may wait, and merges what there is by then. Frees the detection, or leaves that to the
 * thread. */
static haetae_status run_and_merge(const struct hae_detect_options *options,
                                   struct haetae_resource *resource, struct detection *detection)
{
    bool by_thread = any_slow(detection) && !options->without_thread;
    bool left_behind = false;
    haetae_status status;
    pthread_t thread;

    if (!by_thread) {
        run_slow(detection);
    } else if (hae_thread_start(&thread, run_thread, detection) == HAETAE_OK) {
        pthread_detach(thread);
        pthread_mutex_lock(&detection->lock);
        await_thread(detection, options->timeout_ms);
        left_behind = !detection->has_ended;
        status = merge_all(options, resource, detection);
        detection->is_alone = left_behind;
        pthread_mutex_unlock(&detection->lock);
        if (!left_behind) {
            free_detection(detection);
        }
        return status;
    }
    /* Without the thread that could not be started, what may wait is left out, as in merge_job().
     */
    status = merge_all(options, resource, detection);
    free_detection(detection);
    return status;
}

haetae_status hae_detect(const struct hae_detect_options *options, struct haetae_resource *resource)
{
    struct detection *detection;
    haetae_status status = new_detection(&options->input, &detection);

    if (status != HAETAE_OK) {
        return status;
    }
    choose(detection, options);
    status = run_quick(detection);
    if (status != HAETAE_OK) {
        free_detection(detection);
        return status;
    }
    return run_and_merge(options, resource, detection);
}

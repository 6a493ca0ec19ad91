/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls, and the exporter as the SDK sees it. */
#include "haetae/prometheus.h"

#include <string.h>

#include "base/alloc.h"
#include "base/cancel.h"
#include "collect.h"
#include "haetae/config.h"
#include "haetae/exporter.h"
#include "hash.h"
#include "keys.h"
#include "listen.h"
#include "server.h"
#include "settings.h"

enum { REPORTS_MAX = 32 };

struct prometheus {
    const haetae_exporter *exporter;
    struct hae_prom_settings settings;
    struct hae_prom_collector collector;
    struct hae_prom_server *server; /* NULL: HAETAE_PROMETHEUS_SERVER is false */
    uint16_t port;
    unsigned writers; /* threads in haetae_prometheus_write() */
    /* Hashes of what was reported: each collection finds the same again. Whoever
     * collects uses them. */
    uint64_t reported[REPORTS_MAX];
    size_t reported_count;
    struct prometheus *next;
};

/* Those that there are, the latest first. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t left; /* a writer has ended */
    struct prometheus *first;
} all = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};

static void link_first(struct prometheus *self, const haetae_exporter *exporter)
{
    pthread_mutex_lock(&all.lock);
    self->exporter = exporter;
    self->next = all.first;
    all.first = self;
    pthread_mutex_unlock(&all.lock);
}

/* From here on nobody finds it, and nobody uses it. */
static void take_out(struct prometheus *self)
{
    pthread_mutex_lock(&all.lock);
    for (struct prometheus **at = &all.first; *at != NULL; at = &(*at)->next) {
        if (*at == self) {
            *at = self->next;
            break;
        }
    }
    while (self->writers > 0) {
        pthread_cond_wait(&all.left, &all.lock);
    }
    pthread_mutex_unlock(&all.lock);
}

/* With `all` locked. */
static struct prometheus *find(const haetae_exporter *exporter)
{
    struct prometheus *at = all.first;

    while (at != NULL && exporter != NULL && at->exporter != exporter) {
        at = at->next;
    }
    return at;
}

/* ---- Reports ----------------------------------------------------------------------------- */

/* Each text once; and of many, the first. */
static void report(void *user, const char *text)
{
    struct prometheus *self = user;
    uint64_t hash = hae_mix64(hae_prom_hash(0, (haetae_string){text, strlen(text)}));

    for (size_t i = 0; i < self->reported_count; i++) {
        if (self->reported[i] == hash) {
            return;
        }
    }
    if (self->reported_count < REPORTS_MAX) {
        self->reported[self->reported_count++] = hash;
        haetae_exporter_warn(self->exporter, text);
    }
}

/* ---- The exporter ------------------------------------------------------------------------ */

/* The SDK sends it nothing: it has a pull reader. */
static void send(void *self, haetae_delivery *delivery)
{
    static const haetae_result result = HAETAE_OPTIONS(
        haetae_result, .verdict = HAETAE_VERDICT_DROP, .message = "this exporter is scraped");

    (void)self;
    haetae_delivery_complete(delivery, &result);
}

static void free_self(void *self)
{
    struct prometheus *prometheus = self;

    take_out(prometheus);
    hae_prom_server_stop(prometheus->server);
    haetae_metric_reader_free(prometheus->collector.reader);
    hae_prom_collector_done(&prometheus->collector);
    hae_prom_settings_done(&prometheus->settings);
    hae_free(prometheus);
}

/* Writers are threads of the parent, and so is whoever held a lock. */
static void after_fork(void *self, bool idle)
{
    struct prometheus *prometheus = self;

    (void)idle;
    pthread_mutex_init(&all.lock, NULL);
    pthread_cond_init(&all.left, NULL);
    prometheus->writers = 0;
    hae_prom_collector_in_child(&prometheus->collector);
    if (prometheus->server != NULL) {
        hae_prom_server_in_child(prometheus->server);
        prometheus->port = 0;
    }
}

static haetae_status make_reader(struct prometheus *self, haetae_config *config)
{
    haetae_metric_reader_options options =
        HAETAE_OPTIONS(haetae_metric_reader_options, .pull = 1,
                       .temporality_preference = HAETAE_PREFERENCE_CUMULATIVE);
    haetae_status status;

    options.aggregation_of[HAETAE_INSTRUMENT_HISTOGRAM] = (int32_t)self->settings.histogram;
    status = haetae_metric_reader_new(&options, &self->collector.reader);
    if (status == HAETAE_EINVAL) { /* of a library of before */
        haetae_config_add_error(config, HAE_PROM_KEY_HISTOGRAM,
                                "the SDK has no reader with this aggregation");
    }
    return status;
}

static haetae_status start_server(struct prometheus *self, haetae_config *config)
{
    const struct hae_prom_settings *settings = &self->settings;
    struct hae_prom_server_options options = {.path = settings->path,
                                              .certificate = settings->certificate,
                                              .key = settings->key,
                                              .timeout_ms = settings->timeout_ms,
                                              .compresses = settings->compresses};
    const char *why = "";
    bool host = false;
    haetae_status status;

    options.listener = hae_prom_listen(settings->host, settings->port, &self->port, &why, &host);
    if (options.listener < 0) {
        haetae_config_add_error(config, host ? HAE_PROM_KEY_HOST : HAE_PROM_KEY_PORT, why);
        return host ? HAETAE_EVALUE : HAETAE_EIO;
    }
    status =
        hae_prom_server_start(&options, &self->collector, &self->settings.password, &self->server);
    if (status == HAETAE_EUNSUPPORTED) {
        haetae_config_add_error(config, HAE_PROM_KEY_CERTIFICATE,
                                "this libmicrohttpd was built without TLS");
    } else if (status == HAETAE_EVALUE) {
        haetae_config_add_error(config, HAE_PROM_KEY_CERTIFICATE,
                                "certificate and key cannot be used, or do not belong together");
    }
    return status;
}

static haetae_status make_exporter(struct prometheus *self, haetae_exporter **ret_exporter)
{
    haetae_exporter_ops ops =
        HAETAE_OPTIONS(haetae_exporter_ops, .name = "prometheus", .send = send, .free = free_self,
                       .signals = UINT32_C(1) << HAETAE_SIGNAL_METRICS, .after_fork = after_fork,
                       .component_type = "prometheus_http_text", .reader = self->collector.reader);

    return haetae_exporter_new(&ops, self, ret_exporter);
}

static haetae_status create(void *user, haetae_config *config, uint32_t signals,
                            haetae_exporter **ret_exporter)
{
    struct prometheus *self = hae_calloc(1, sizeof *self);
    haetae_exporter *exporter = NULL;
    haetae_status status;

    (void)user;
    (void)signals; /* it takes metrics alone, and says so */
    if (self == NULL) {
        return HAETAE_ENOMEM;
    }
    status = hae_prom_settings_read(config, &self->settings);
    if (status != HAETAE_OK) {
        hae_free(self);
        return status;
    }
    self->collector.options = self->settings.options;
    self->collector.report = report;
    self->collector.user = self;
    if (!hae_prom_collector_init(&self->collector)) {
        hae_prom_settings_done(&self->settings);
        hae_free(self);
        return HAETAE_ENOMEM;
    }
    status = make_reader(self, config);
    if (status == HAETAE_OK && self->settings.serves) {
        status = start_server(self, config);
    }
    hae_prom_settings_forget_tls(&self->settings);
    if (status == HAETAE_OK) {
        status = make_exporter(self, &exporter);
    }
    if (status != HAETAE_OK) {
        free_self(self);
        return status;
    }
    link_first(self, exporter);
    *ret_exporter = exporter;
    return HAETAE_OK;
}

static const haetae_exporter_factory factory =
    HAETAE_OPTIONS(haetae_exporter_factory, .name = "prometheus", .keys = hae_prom_keys,
                   .key_count = HAE_PROM_KEY_COUNT, .create = create);

/* ---- Public calls ------------------------------------------------------------------------ */

haetae_status haetae_prometheus_register(void)
{
    HAE_HOLD_CANCELLATION();
    return haetae_exporter_register(&factory);
}

/* Runs when the shared library is loaded, or when a program starts that this object is linked
 * into. */
__attribute__((constructor)) static void register_at_load(void)
{
    (void)haetae_prometheus_register();
}

haetae_status haetae_prometheus_new(haetae_config *config, haetae_exporter **ret_exporter)
{
    HAE_HOLD_CANCELLATION();
    haetae_status status = haetae_prometheus_register();

    return status == HAETAE_OK ? haetae_exporter_create(config, factory.name, NULL, ret_exporter)
                               : status;
}

uint32_t haetae_prometheus_port(const haetae_exporter *exporter)
{
    HAE_HOLD_CANCELLATION();
    const struct prometheus *found;
    uint32_t port;

    pthread_mutex_lock(&all.lock);
    found = find(exporter);
    port = found != NULL ? found->port : 0;
    pthread_mutex_unlock(&all.lock);
    return port;
}

static struct prometheus *enter(const haetae_exporter *exporter)
{
    struct prometheus *found;

    pthread_mutex_lock(&all.lock);
    found = find(exporter);
    if (found != NULL) {
        found->writers++;
    }
    pthread_mutex_unlock(&all.lock);
    return found;
}

static void leave(struct prometheus *self)
{
    pthread_mutex_lock(&all.lock);
    self->writers--;
    pthread_cond_broadcast(&all.left);
    pthread_mutex_unlock(&all.lock);
}

haetae_status haetae_prometheus_write(const haetae_exporter *exporter, const char *accept,
                                      uint32_t timeout_ms, haetae_prometheus_callback callback,
                                      void *user)
{
    HAE_HOLD_CANCELLATION();
    struct hae_prom_choice choice = hae_prom_negotiate(accept);
    struct hae_buffer page = HAE_BUFFER_INIT;
    char content_type[HAE_PROM_CONTENT_TYPE_BYTES];
    struct prometheus *self = callback != NULL ? enter(exporter) : NULL;
    haetae_status status;

    if (self == NULL) {
        return HAETAE_EINVAL;
    }
    status = hae_prom_collect(&self->collector, &choice, timeout_ms, &page);
    leave(self);
    if (status == HAETAE_OK) {
        hae_prom_content_type(&choice, content_type);
        callback(user, content_type, (const uint8_t *)(page.length > 0 ? page.data : ""),
                 page.length);
    }
    hae_buffer_done(&page);
    return status;
}

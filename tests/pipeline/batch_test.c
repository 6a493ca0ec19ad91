/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/batch.h"

#include "base/alloc.h"
#include "pipeline/batch_finish.h"
#include "recorder/scope.h"
#include "support/core_fixture.h"
#include "wire/envelope.h"
#include "wire/reader.h"

enum { SCOPES = 3, ITEMS_MAX = 600, MUCH = 1 << 24 };

static const uint8_t resource[] = {0x0a, 0x03, 'r', 'e', 's', 'u', 'r', 'l'};
enum { RESOURCE_BYTES = 5, URL_BYTES = 3 };

static uint16_t scope_named(struct core_fixture *core, const char *name, const char *schema_url)
{
    haetae_scope_options options = HAETAE_OPTIONS(haetae_scope_options);
    uint16_t scope = 0;

    options.name = haetae_string_of(name);
    options.schema_url = haetae_string_of(schema_url);
    assert_int_equal(hae_scope_intern(core->recorder, &options, &scope), HAETAE_OK);
    return scope;
}

static void begin(struct core_fixture *core, struct hae_batch *batch)
{
    core_begin(core, 0, 2);
    hae_batch_init(batch, core->recorder->heap, HAETAE_SIGNAL_TRACES,
                   (struct hae_resource_view){resource, RESOURCE_BYTES, URL_BYTES});
}

static void end(struct core_fixture *core, struct hae_batch *batch)
{
    hae_batch_done(batch);
    core_end(core);
}

/* An item whose bytes say its number. */
static void add(struct hae_batch *batch, uint16_t scope, uint32_t number, size_t size)
{
    uint8_t data[1000];
    struct hae_item item = {scope, data, size, 1};

    memset(data, (int)(number % 251), sizeof data);
    memcpy(data, &number, sizeof number);
    if (!hae_batch_append(batch, &item, MUCH, MUCH)) {
        assert_int_equal(hae_batch_add(batch, &item, MUCH), HAE_BATCH_PUT);
    }
}

/* ---- What a request has to be, put together plainly ----------------------------------------- */

struct bytes {
    uint8_t data[1 << 20];
    size_t size;
};

static void put(struct bytes *to, unsigned field, const void *data, size_t size)
{
    uint8_t *at = to->data + to->size;

    *at++ = HAE_TAG(field, HAE_WIRE_LENGTH);
    at = hae_put_varint(at, size);
    memcpy(at, data, size);
    to->size = (size_t)(at - to->data) + size;
}

static struct bytes sections[SCOPES], inner, whole;

static void expect_begin(void)
{
    memset(sections, 0, sizeof sections);
    inner.size = whole.size = 0;
}

static void expect_scope(const struct hae_batch *batch, int at, uint16_t scope)
{
    struct hae_scope_view known = hae_scope_at(&batch->heap, scope);

    if (known.bytes != NULL) {
        put(&sections[at], HAE_ENVELOPE_SCOPE, known.bytes, known.scope_size_bytes);
    }
}

static void expect_item(int at, uint32_t number, size_t size)
{
    uint8_t data[1000];

    memset(data, (int)(number % 251), sizeof data);
    memcpy(data, &number, sizeof number);
    put(&sections[at], HAE_ENVELOPE_ITEMS, data, size);
}

static void expect_end(const struct hae_batch *batch, const uint16_t *scopes, int count)
{
    put(&inner, HAE_ENVELOPE_RESOURCE, resource, RESOURCE_BYTES);
    put(&inner, HAE_ENVELOPE_SCHEMA_URL, resource + RESOURCE_BYTES, URL_BYTES);
    for (int i = 0; i < count; i++) {
        struct hae_scope_view known = hae_scope_at(&batch->heap, scopes[i]);

        if (known.bytes != NULL && known.schema_url_size_bytes != 0) {
            put(&sections[i], HAE_ENVELOPE_SCHEMA_URL, known.bytes + known.scope_size_bytes,
                known.schema_url_size_bytes);
        }
        put(&inner, HAE_ENVELOPE_SCOPES, sections[i].data, sections[i].size);
    }
    put(&whole, HAE_ENVELOPE_RESOURCES, inner.data, inner.size);
}

static void assert_as_expected(struct hae_request *request)
{
    assert_non_null(request);
    assert_int_equal(request->size_bytes, whole.size);
    assert_memory_equal(request->data, whole.data, whole.size);
    assert_true(request->data >= request->memory);
    assert_true(request->data + request->size_bytes <= request->memory + request->capacity_bytes);
    hae_request_free(request);
}

/* ---- Tests ------------------------------------------------------------------------------------
 */

static void request_is_made_where_the_items_lie(void **state)
{
    struct core_fixture core;
    struct hae_batch batch;
    struct hae_request *request;
    uint16_t scope;
    const uint8_t *items;

    (void)state;
    begin(&core, &batch);
    scope = scope_named(&core, "one", "");
    expect_begin();
    expect_scope(&batch, 0, scope);
    for (uint32_t i = 0; i < ITEMS_MAX; i++) {
        add(&batch, scope, i, 200);
        expect_item(0, i, 200);
    }
    expect_end(&batch, &scope, 1);
    items = batch.sections[0].items;
    request = hae_batch_finish(&batch, 0);
    assert_non_null(request);
    assert_true(items > request->data && items < request->data + request->size_bytes);
    assert_as_expected(request);
    end(&core, &batch);
}

/* Scopes with and without name and schema URL, of sizes that differ, in each order. */
static void request_of_several_scopes_is_whole(void **state)
{
    static const size_t sizes[] = {4, 130, 999};
    struct core_fixture core;
    struct hae_batch batch;
    uint16_t known[SCOPES];

    (void)state;
    begin(&core, &batch);
    known[0] = scope_named(&core, "one", "https://example.com/schema");
    known[1] = scope_named(&core, "another", "");
    known[2] = 4000; /* there is none of this number */
    for (int turn = 0; turn < SCOPES * 2; turn++) {
        uint16_t scopes[SCOPES];

        expect_begin();
        for (int i = 0; i < SCOPES; i++) {
            scopes[i] = known[(i + turn) % SCOPES];
            expect_scope(&batch, i, scopes[i]);
        }
        for (uint32_t i = 0; i < 100; i++) {
            add(&batch, scopes[i % SCOPES], i, sizes[i % SCOPES]);
            expect_item((int)(i % SCOPES), i, sizes[i % SCOPES]);
        }
        expect_end(&batch, scopes, SCOPES);
        /* Memory of the sections is kept in some turns. */
        assert_as_expected(hae_batch_finish(&batch, turn % 2 != 0 ? MUCH : 0));
    }
    end(&core, &batch);
}

static void items_stay_when_there_is_no_memory_for_the_request(void **state)
{
    struct core_fixture core;
    struct hae_batch batch;
    struct hae_request *request = NULL;
    uint16_t scopes[2];
    long failures = 0;

    (void)state;
    begin(&core, &batch);
    scopes[0] = scope_named(&core, "one", "https://example.com/schema");
    scopes[1] = scope_named(&core, "two", "");
    expect_begin();
    for (int i = 0; i < 2; i++) {
        expect_scope(&batch, i, scopes[i]);
        for (uint32_t k = 0; k < 50; k++) {
            add(&batch, scopes[i], k, 900);
            expect_item(i, k, 900);
        }
    }
    expect_end(&batch, scopes, 2);
    for (; request == NULL; failures++) {
        hae_alloc_fail_after(failures);
        request = hae_batch_finish(&batch, MUCH);
        hae_alloc_fail_after(-1);
        if (request == NULL) {
            assert_int_equal(batch.item_count, 100);
        }
    }
    assert_true(failures > 1);
    assert_as_expected(request);
    end(&core, &batch);
}

static void batch_takes_the_memory_of_a_request_that_is_done(void **state)
{
    enum { SPARE_BYTES = 64 * 1024 };
    struct hae_spares spares = {.count = 0};
    uint8_t *spare = NULL;
    struct core_fixture core;
    struct hae_batch batch;
    struct hae_request *request;

    (void)state;
    begin(&core, &batch);
    batch.spares = &spares;
    spare = hae_malloc(SPARE_BYTES);
    hae_spares_give(&spares, spare, SPARE_BYTES);
    add(&batch, 0, 1, 100);
    assert_int_equal(spares.count, 0);
    assert_true(batch.memory_bytes >= SPARE_BYTES);
    for (uint32_t i = 2; batch.size_bytes < SPARE_BYTES * 15 / 16; i++) {
        add(&batch, 0, i, 100);
    }
    request = hae_batch_finish(&batch, 0);
    assert_ptr_equal(request->memory, spare);
    hae_request_free(request);
    end(&core, &batch);
}

static void request_gives_back_what_it_does_not_use(void **state)
{
    enum { SPARE_BYTES = 1 << 20 };
    struct hae_spares spares = {.count = 0};
    struct core_fixture core;
    struct hae_batch batch;
    struct hae_request *request;

    (void)state;
    begin(&core, &batch);
    batch.spares = &spares;
    hae_spares_give(&spares, hae_malloc(SPARE_BYTES), SPARE_BYTES);
    expect_begin();
    expect_scope(&batch, 0, 0);
    add(&batch, 0, 1, 100);
    expect_item(0, 1, 100);
    expect_end(&batch, &(uint16_t){0}, 1);
    request = hae_batch_finish(&batch, 0);
    assert_true(request->capacity_bytes < 1000);
    assert_as_expected(request);
    end(&core, &batch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_made_where_the_items_lie),
        cmocka_unit_test(request_of_several_scopes_is_whole),
        cmocka_unit_test(items_stay_when_there_is_no_memory_for_the_request),
        cmocka_unit_test(batch_takes_the_memory_of_a_request_that_is_done),
        cmocka_unit_test(request_gives_back_what_it_does_not_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

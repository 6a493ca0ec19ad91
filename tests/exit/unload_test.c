/* SPDX-License-Identifier: Apache-2.0 */
/* Loads and unloads a module that uses the library, while another module exports, and while
 * threads that recorded through it continue. The test does not link the library itself.
 * Arguments: the module, a module that stays, and the library that must stay loaded, or "-". */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "module.h"
#include "support/core_cmocka.h"

static const char *path;          /* of the module that comes and goes       */
static const char *resident_path; /* of one that is loaded all the time      */
static bool module_stays;         /* it was linked with -z nodelete          */
static const char *library;       /* that has to stay loaded, or "-"          */

static unsigned repeat(unsigned count)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    return count / 10 + 1;
#else
    return count;
#endif
}

static void *load(const char *file, const struct module **ret_module)
{
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);

    if (handle == NULL) {
        fail_msg("%s", dlerror());
    }
    *ret_module = (const struct module *)dlsym(handle, "module");
    assert_non_null(*ret_module);
    return handle;
}

static bool is_loaded(const char *file)
{
    void *handle = dlopen(file, RTLD_NOW | RTLD_NOLOAD);

    if (handle != NULL) {
        dlclose(handle);
    }
    return handle != NULL;
}

static void unload(void *handle)
{
    assert_int_equal(dlclose(handle), 0);
    assert_int_equal(is_loaded(path), module_stays);
    if (strcmp(library, "-") != 0) {
        assert_true(is_loaded(library));
    }
}

/* ---- The module that stays ----------------------------------------------------------------------
 */

struct resident {
    const struct module *module;
    void *handle;
    _Atomic bool done;
    pthread_t thread;
};

static void *record_until_done(void *argument)
{
    struct resident *resident = argument;

    while (!atomic_load(&resident->done)) {
        for (int i = 0; i < 20; i++) {
            resident->module->record();
        }
        sched_yield();
    }
    return NULL;
}

static int set_up(void **state)
{
    struct resident *resident = calloc(1, sizeof *resident);

    assert_non_null(resident);
    resident->handle = load(resident_path, &resident->module);
    resident->module->begin();
    assert_int_equal(pthread_create(&resident->thread, NULL, record_until_done, resident), 0);
    *state = resident;
    return 0;
}

static int tear_down(void **state)
{
    struct resident *resident = *state;

    atomic_store(&resident->done, true);
    pthread_join(resident->thread, NULL);
    assert_true(resident->module->record_count() > 0);
    resident->module->end();
    dlclose(resident->handle);
    free(resident);
    return 0;
}

/* ---- Modules that are unloaded -------------------------------------------------------- */

/* A thread that records once in each round, and outlives the module. */
struct helper {
    pthread_barrier_t barrier;   /* crossed before and after each round */
    const struct module *module; /* NULL: end */
    pthread_t thread;
};

static void *record_each_round(void *argument)
{
    struct helper *helper = argument;

    for (;;) {
        pthread_barrier_wait(&helper->barrier);
        if (helper->module == NULL) {
            return NULL;
        }
        helper->module->record();
        pthread_barrier_wait(&helper->barrier);
    }
}

static void helper_begin(struct helper *helper)
{
    helper->module = NULL;
    assert_int_equal(pthread_barrier_init(&helper->barrier, NULL, 2), 0);
    assert_int_equal(pthread_create(&helper->thread, NULL, record_each_round, helper), 0);
}

static void helper_record(struct helper *helper, const struct module *module)
{
    helper->module = module;
    pthread_barrier_wait(&helper->barrier);
    pthread_barrier_wait(&helper->barrier);
}

/* Ends the thread. Its destructors run now. */
static void helper_end(struct helper *helper)
{
    helper->module = NULL;
    pthread_barrier_wait(&helper->barrier);
    pthread_join(helper->thread, NULL);
    pthread_barrier_destroy(&helper->barrier);
}

static void a_module_comes_and_goes_while_another_exports(void **state)
{
    struct helper old;

    (void)state;
    helper_begin(&old);
    for (unsigned i = 0; i < repeat(1000); i++) {
        const struct module *module;
        void *handle = load(path, &module);
        struct helper young;

        module->begin();
        module->record();
        helper_record(&old, module);
        helper_begin(&young);
        helper_record(&young, module);
        module->end();
        unload(handle);
        helper_end(&young); /* its destructors run after the module was unloaded */
    }
    helper_end(&old);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_module_comes_and_goes_while_another_exports, set_up,
                                        tear_down),
    };

    if (argc != 5) {
        return 2;
    }
    path = argv[1];
    resident_path = argv[2];
    module_stays = strcmp(argv[3], "stays") == 0;
    library = argv[4];
#if !defined(__GLIBC__)
    module_stays = true; /* musl never unloads a library */
#endif
    return cmocka_run_group_tests(tests, NULL, NULL);
}

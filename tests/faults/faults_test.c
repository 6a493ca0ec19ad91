/* SPDX-License-Identifier: Apache-2.0 */
/* Receivers, disks, names and certificates fail, and processes are killed meanwhile: what became of
 * each item is held against what the receivers have counted.
 *
 *     test_faults [--grpc] [--full] <scenario>
 *     test_faults --list */
#include <signal.h>

#include "faults/scenarios.h"
#include "faults/scene.h"
#include "support/core_cmocka.h"

static const struct scenario *chosen;

static void scenario(void **state)
{
    (void)state;
    chosen->run(chosen->name);
}

static const struct scenario *find(const struct scenario *list, const char *name)
{
    while (list->name != NULL && strcmp(list->name, name) != 0) {
        list++;
    }
    return list->name != NULL ? list : NULL;
}

/* All but the long ones: one a line. */
static int list_all(void)
{
    static const struct scenario *const lists[] = {faults_of_receivers, faults_around, kills};

    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (const struct scenario *at = lists[i]; at->name != NULL; at++) {
            puts(at->name);
        }
    }
    return 0;
}

/* The chosen one, if it can run over gRPC. */
static int list_grpc(void)
{
#ifdef FAULTS_GRPC
    if (!chosen->http_only) {
        puts(chosen->name);
    }
#endif
    return 0;
}

static bool given(int count, char **arguments, const char *option)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], option) == 0) {
            return true;
        }
    }
    return false;
}

int main(int count, char **arguments)
{
    static const struct scenario *const lists[] = {faults_of_receivers, faults_around, kills,
                                                   long_runs};
    const struct CMUnitTest tests[] = {cmocka_unit_test(scenario)};

    scene_form.load = FAULTS_LOAD;
    scene_form.grpc = given(count, arguments, "--grpc");
    scene_form.full = given(count, arguments, "--full");
    if (given(count, arguments, "--list")) {
        return list_all();
    }
    for (size_t i = 0; chosen == NULL && i < sizeof lists / sizeof lists[0]; i++) {
        chosen = find(lists[i], arguments[count - 1]);
    }
    if (chosen == NULL) {
        fprintf(stderr, "no scenario of this name\n");
        return 2;
    }
    if (given(count, arguments, "--list-grpc")) {
        return list_grpc();
    }
    (void)signal(SIGPIPE, SIG_IGN); /* as servers do, also those that use GnuTLS */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

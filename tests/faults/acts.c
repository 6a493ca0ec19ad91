/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/acts.h"

#include "support/core_cmocka.h"

unsigned act_ms(unsigned full_ms)
{
    return scene_form.full ? full_ms : 1000;
}

void act_begin(struct scene *scene, const char *name, unsigned options)
{
    scene_begin(scene, name, options);
    receiver_up(scene->receivers[0]);
    scene_start(scene);
    scene_record(scene, 2000);
}

static bool is_tried_again(struct scene *scene, void *user)
{
    return scene_retries(scene) >= *(const uint64_t *)user;
}

void act_await_retries(struct scene *scene, unsigned count)
{
    uint64_t wanted = scene_retries(scene) + count;

    SCENE_AWAIT(scene, is_tried_again, &wanted);
}

void act_rest(struct scene *scene)
{
    scene_record(scene, 1000);
    scene_rest(scene);
    SCENE_AWAIT(scene, scene_all_sent, NULL);
    scene_shut(scene);
    assert_int_equal(scene_board(scene)->shutdown_status, HAETAE_OK);
}

void act_end(struct scene *scene, bool delivered)
{
    act_rest(scene);
    scene_account(scene, delivered);
    scene_end(scene);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/core_cmocka.h"

static bool is_open(int number)
{
    return fcntl(number, F_GETFD) >= 0;
}

static int an_eventfd(void)
{
    return eventfd(0, EFD_CLOEXEC);
}

static int an_epoll(void)
{
    return epoll_create1(EPOLL_CLOEXEC);
}

static int a_socket(void)
{
    return socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int a_file(void)
{
    return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

typedef int (*maker)(void);
static const maker makers[] = {an_eventfd, an_epoll, a_socket, a_file};
enum { MAKERS = sizeof makers / sizeof makers[0] };

static void descriptor_is_closed_once(void **state)
{
    (void)state;
    for (int i = 0; i < MAKERS; i++) {
        int number = makers[i]();
        struct hae_descriptor ours = hae_descriptor_of(number);

        assert_true(hae_descriptor_is_ours(&ours));
        hae_descriptor_close(&ours);
        assert_false(is_open(number));
        assert_int_equal(ours.number, -1);
        assert_false(hae_descriptor_is_ours(&ours));
        hae_descriptor_close(&ours);
    }
}

/* Also where both are of a kind that has no inode of its own. */
static void descriptor_of_someone_else_with_the_same_number_stays_open(void **state)
{
    (void)state;
    for (int i = 0; i < MAKERS; i++) {
        for (int j = 0; j < MAKERS; j++) {
            int number = makers[i]();
            struct hae_descriptor ours = hae_descriptor_of(number);
            int theirs;

            if (makers[i] == a_file && i == j) {
                continue; /* the same file opened twice is the same */
            }
            close(number);
            theirs = makers[j]();
            assert_int_equal(theirs, number);
            assert_false(hae_descriptor_is_ours(&ours));
            hae_descriptor_close(&ours);
            assert_true(is_open(theirs));
            assert_int_equal(ours.number, -1);
            close(theirs);
            hae_descriptor_close(&ours);
        }
    }
}

static void closed_descriptor_and_none_are_not_ours(void **state)
{
    struct hae_descriptor none = HAE_NO_DESCRIPTOR;
    struct hae_descriptor failed = hae_descriptor_of(-1);
    struct hae_descriptor closed = hae_descriptor_of(an_eventfd());

    (void)state;
    close(closed.number);
    errno = EDOM;
    assert_false(hae_descriptor_is_ours(&none));
    assert_false(hae_descriptor_is_ours(&failed));
    assert_false(hae_descriptor_is_ours(&closed));
    hae_descriptor_close(&none);
    hae_descriptor_close(&closed);
    assert_int_equal(errno, EDOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(descriptor_is_closed_once),
        cmocka_unit_test(descriptor_of_someone_else_with_the_same_number_stays_open),
        cmocka_unit_test(closed_descriptor_and_none_are_not_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/spool_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"

/* Names are random, so a second try is rare already. */
enum { TRIES_MAX = 8 };

/* Rounded up to a page by the kernel. */
enum { LOCK_PAGE_BYTES = 1 };

static void name_of(uint64_t id, char name[HAE_SPOOL_OWNER_NAME_BYTES])
{
    snprintf(name, HAE_SPOOL_OWNER_NAME_BYTES, "%016" PRIx64 HAE_SPOOL_OWNER_SUFFIX, id);
}

/* Without it the lock goes with the descriptor, which a host may close. */
static void map_page(struct hae_spool_owner *owner)
{
    void *page = mmap(NULL, LOCK_PAGE_BYTES, PROT_NONE, MAP_SHARED, owner->locked.number, 0);

    if (page == MAP_FAILED) {
        return;
    }
    if (madvise(page, LOCK_PAGE_BYTES, MADV_DONTFORK) != 0) {
        munmap(page, LOCK_PAGE_BYTES); /* a child would keep the lock */
        return;
    }
    owner->page = page;
}

/* Locks the open file, if it is one of ours and still has its name. */
static enum hae_spool_adopt lock_open(struct hae_spool_owner *owner)
{
    struct stat status;

    if (fstat(owner->locked.number, &status) != 0) {
        return HAE_SPOOL_REFUSED;
    }
    if (!S_ISREG(status.st_mode) || status.st_uid != geteuid()) {
        return HAE_SPOOL_NOT_OURS;
    }
    if (flock(owner->locked.number, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? HAE_SPOOL_ALIVE : HAE_SPOOL_REFUSED;
    }
    if (fstat(owner->locked.number, &status) != 0) {
        return HAE_SPOOL_REFUSED;
    }
    if (status.st_nlink == 0) {
        return HAE_SPOOL_ALIVE; /* somebody has just adopted and finished it */
    }
    map_page(owner);
    return HAE_SPOOL_ADOPTED;
}

static enum hae_spool_adopt open_and_lock(int directory, struct hae_spool_owner *owner, int flags)
{
    enum hae_spool_adopt adopt = HAE_SPOOL_REFUSED;
    char name[HAE_SPOOL_OWNER_NAME_BYTES];
    int error;

    name_of(owner->id, name);
    owner->locked = hae_descriptor_of(openat(
        directory, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | flags, 0600));
    if (owner->locked.number >= 0) {
        adopt = lock_open(owner);
    } else if (errno == ELOOP || errno == EISDIR || errno == ENXIO || errno == EACCES) {
        adopt = HAE_SPOOL_NOT_OURS;
    }
    if (adopt != HAE_SPOOL_ADOPTED) {
        error = errno;
        hae_descriptor_close(&owner->locked);
        errno = error;
    }
    return adopt;
}

bool hae_spool_owner_make(int directory, struct hae_spool_owner *owner)
{
    struct hae_random random;

    hae_random_seed(&random);
    for (int tries = 0; tries < TRIES_MAX; tries++) {
        owner->id = hae_splitmix(&random.a);
        switch (open_and_lock(directory, owner, O_EXCL)) {
        case HAE_SPOOL_ADOPTED:
            return true;
        case HAE_SPOOL_REFUSED:
            if (errno != EEXIST) {
                return false;
            }
            break;
        case HAE_SPOOL_ALIVE: /* one who looked had the lock for a moment */
        case HAE_SPOOL_NOT_OURS:
            break;
        }
    }
    errno = EAGAIN;
    return false;
}

enum hae_spool_adopt hae_spool_owner_adopt(int directory, uint64_t id,
                                           struct hae_spool_owner *owner)
{
    owner->id = id;
    return open_and_lock(directory, owner, 0);
}

bool hae_spool_owner_lives(int directory, uint64_t id)
{
    char name[HAE_SPOOL_OWNER_NAME_BYTES];
    bool lives;
    int file;

    name_of(id, name);
    file = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        return errno != ENOENT; /* what cannot be known may live */
    }
    lives = flock(file, LOCK_SH | LOCK_NB) != 0;
    close(file); /* and with it the lock */
    return lives;
}

void hae_spool_owner_release(int directory, struct hae_spool_owner *owner, bool remove)
{
    char name[HAE_SPOOL_OWNER_NAME_BYTES];
    void *page = owner->page;

    if (remove && directory >= 0) {
        name_of(owner->id, name);
        (void)unlinkat(directory, name, 0);
    }
    owner->page = NULL;
    if (page != NULL) {
        munmap(page, LOCK_PAGE_BYTES);
    }
    /* Unlocked, not only closed: a child that is forked from here on may keep a copy. */
    if (hae_descriptor_is_ours(&owner->locked)) {
        (void)flock(owner->locked.number, LOCK_UN);
    }
    hae_descriptor_close(&owner->locked);
}

void hae_spool_owner_in_child(struct hae_spool_owner *owner)
{
    owner->page = NULL; /* it is not mapped here */
    hae_descriptor_close(&owner->locked);
}

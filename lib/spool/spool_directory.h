/* SPDX-License-Identifier: Apache-2.0 */
/* The directory of a spool, and the list of the segments in it. The caller holds the spool's lock,
 * unless a function says that it needs none. */
#ifndef HAETAE_SPOOL_SPOOL_DIRECTORY_H
#define HAETAE_SPOOL_SPOOL_DIRECTORY_H

#include "spool/spool_state.h"

/* What the names of segments end in; before it stand the 16 digits of the number and of the owner,
 * with a "-" between them. */
#define HAE_SPOOL_SUFFIX ".spool"
enum { HAE_SPOOL_FILE_NAME_BYTES = 16 + 1 + 16 + sizeof HAE_SPOOL_SUFFIX };

/* The spool's directory, open or opened again; it is made first if `make`. `descriptor` is the one
 * of the thread that asks: each has its own, so that none needs the lock. -1: see errno. */
int hae_spool_directory(const struct hae_spool *spool, struct hae_descriptor *descriptor,
                        bool make);

/* The name of the directory of an exporter's title and a signal. */
void hae_spool_directory_name(const char *title, haetae_signal signal,
                              char name[HAE_SPOOL_NAME_BYTES]);

/* Whether a name is that of a segment, or of an owner's file; and the numbers in it. */
bool hae_spool_is_segment_name(const char *name, uint64_t *ret_number, uint64_t *ret_owner);
bool hae_spool_is_owner_name(const char *name, uint64_t *ret_owner);

/* Opens a segment with O_RDONLY or O_WRONLY and what else; -1: see errno. The caller closes it. It
 * needs no lock. */
int hae_spool_open_segment(int directory, const struct hae_spool_segment *segment, int flags);

/* The same for the thread that reads. */
int hae_spool_open_to_read(struct hae_spool *spool, const struct hae_spool_segment *segment,
                           int flags);

/* Removes the file of a segment. It needs no lock. False: see errno. */
bool hae_spool_unlink_segment(int directory, const struct hae_spool_segment *segment);

/* Puts a segment into the list, in its place. */
void hae_spool_link(struct hae_spool *spool, struct hae_spool_segment *segment);

/* Takes a segment out of the list. */
void hae_spool_detach(struct hae_spool *spool, struct hae_spool_segment *segment);

/* Gives up the lock of an owner that has no segments in the list, and frees it. */
void hae_spool_free_owner(struct hae_spool *spool, struct hae_spool_owner *owner);

/* Frees a segment that is in no list, and its owner if that has no other one. `is_removed`: the
 * file is. */
void hae_spool_free_segment(struct hae_spool *spool, struct hae_spool_segment *segment,
                            bool is_removed);

/* Takes a segment out of the list and frees it, and its owner if that has no other one. The file is
 * removed, unless it is left alone. */
void hae_spool_drop_segment(struct hae_spool *spool, struct hae_spool_segment *segment,
                            bool leave_alone);

/* Somebody has removed the directory: gives this process's segments up, so that the next one makes
 * it again. */
void hae_spool_start_over(struct hae_spool *spool);

#endif

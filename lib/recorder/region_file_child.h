/* SPDX-License-Identifier: Apache-2.0 */
/* A region in a file, in a forked child: first the child leaves its parent's, later it gets
 * one of its own. Async-signal-safe. */
#ifndef HAETAE_RECORDER_REGION_FILE_CHILD_H
#define HAETAE_RECORDER_REGION_FILE_CHILD_H

#include "recorder/region_file.h"

/* From within fork(): closes the descriptors, so that the lock ends with the parent, and what
 * the child writes into the region is not seen by others from then on; where there is no
 * memory for that, it can't write there at all. Reading goes on, for
 * hae_region_file_reinit(). */
void hae_region_file_leave(struct hae_region_file *file);

/* Later: makes a file of the child's own, and puts it in the place of the region, with what the
 * heap and the lanes' parts of it hold. The parent may be changing it meanwhile. Where no file
 * can be made it is memory in no file: file->fault says why. Others take the file for one from
 * hae_region_set_ready() on; if `unnamed`, from hae_region_file_put_name() on. False: no memory, or
 * the parent never came to rest; nothing has changed. */
bool hae_region_file_reinit(struct hae_region_file *file, bool unnamed);

#endif

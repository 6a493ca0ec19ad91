/* SPDX-License-Identifier: Apache-2.0 */
/* hae_open_identify() beside the end of the span and the next use of its slot: two
 * ids are never taken for those of the span when one of them is not. The place of the
 * ids is written by fill_ids() only, with release; with BUG_BYTES_OVER_IDS also as part
 * of a run of bytes, by plain stores. */
byte state = 1; /* the generation; open while it is 1 */
byte id[2] = 1;

active proctype user()
{
    state = 2; /* hae_slot_next_use() */
    id[0] = 2;
    id[1] = 2
}

/* A load of an id that was stored with release after the close orders our next look
 * at the state behind it; without, the old state may still be seen. */
inline look_at(part)
{
    d_step {
        got[part] = id[part];
#if !defined(BUG_BYTES_OVER_IDS) && !defined(BUG_IDS_RELAXED)
        if
        :: got[part] == 2 -> ordered = true
        :: else
        fi
#endif
    }
}

active proctype reader()
{
    byte got[2];
    byte seen;
    bool ordered;

    seen = state;
    if
    :: seen != 1 -> goto spent
    :: else
    fi;
    look_at(0);
    look_at(1);
#ifndef BUG_NO_SECOND_LOOK
    atomic {
        if
        :: seen = state
        :: !ordered -> seen = 1
        fi
    };
    if
    :: seen != 1 -> goto spent
    :: else
    fi;
#endif
    assert(got[0] == 1 && got[1] == 1);
spent:
    skip
}

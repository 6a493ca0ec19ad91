/* SPDX-License-Identifier: Apache-2.0 */
/* hae_open_identify() beside the end of the span and the next use of its slot: the call
 * never returns two ids of which one is not the span's. Only hae_begin_take_slot() writes
 * the ids, with release. With BUG_BYTES_OVER_IDS plain stores of a range of bytes write them as
 * well. */
byte state = 1; /* the generation; open while it is 1 */
byte id[2] = 1;

active proctype user()
{
    state = 2; /* hae_slot_next_use() */
    id[0] = 2;
    id[1] = 2
}

/* A load of an id that was stored with release after the close orders the reader's next
 * load of the state after it. Without it, the reader may still see the old state. */
inline load_id(part)
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
    :: seen != 1 -> goto stale
    :: else
    fi;
    load_id(0);
    load_id(1);
#ifndef BUG_NO_SECOND_LOOK
    atomic {
        if
        :: seen = state
        :: !ordered -> seen = 1
        fi
    };
    if
    :: seen != 1 -> goto stale
    :: else
    fi;
#endif
    assert(got[0] == 1 && got[1] == 1);
stale:
    skip
}

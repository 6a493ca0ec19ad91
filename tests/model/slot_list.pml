/* SPDX-License-Identifier: Apache-2.0 */
/* The shared list of free slots: pop_free(), push_free(), take_fresh(). Threads take
 * and return slots in any order and number. */
#define SLOTS   4 /* slot 0 is never used */
#define THREADS 2
#ifndef OPERATIONS
#define OPERATIONS 3 /* slots that a thread takes before it returns them */
#endif
#define NOBODY 255

byte head_index = 1;
byte head_tag;
byte next[SLOTS];
byte old_next[SLOTS]; /* what a thread that is not synchronised may still see */
byte stale[THREADS];  /* bit set of slots that may be old for the thread */
byte released;        /* slots whose last write was followed by a release of the head */
byte fresh = 3;

byte owner[SLOTS] = NOBODY; /* what is claimed to hold */
byte finished;

inline write_next(me, slot, value)
{
    d_step {
        old_next[slot] = next[slot];
        next[slot] = value;
        stale[0] = stale[0] | (1 << slot);
        stale[1] = stale[1] | (1 << slot);
        stale[me] = stale[me] & ~(1 << slot);
        released = released & ~(1 << slot)
    }
}

#ifdef BUG_POP_NOT_ACQUIRED
#define ACQUIRE(me)
#else
#define ACQUIRE(me) stale[me] = stale[me] & ~released
#endif

inline load_head(me)
{
    d_step { seen = head_index; tag = head_tag; ACQUIRE(me) }
}

inline pop(me)
{
    load_head(me);
    slot = 0;
    do
    :: seen == 0 -> break
    :: else ->
        atomic {
            if
            :: link = next[seen]
            :: (stale[me] & (1 << seen)) != 0 -> link = old_next[seen]
            fi
        }
        atomic {
            if
#ifdef BUG_NO_TAG
            :: head_index == seen ->
#else
            :: head_index == seen && head_tag == tag ->
#endif
                head_index = link;
                head_tag = head_tag + 1;
                ACQUIRE(me);
                slot = seen;
                break
            :: else -> load_head(me)
            fi
        }
    od;
    atomic { seen = 0; tag = 0; link = 0 }
}

inline take_fresh()
{
    if
    :: fresh >= SLOTS
    :: else ->
#ifdef BUG_FRESH_BY_STORE
        slot = fresh;
        fresh = slot + 1;
#else
        d_step { slot = fresh; fresh++ }
#endif
#ifndef BUG_FRESH_NOT_CHECKED
        if
        :: slot >= SLOTS -> slot = 0
        :: else
        fi
#endif
    fi
}

inline push(me, index)
{
    seen = head_index;
    do
    ::
#ifndef BUG_LINKED_AFTER_PUSH
        write_next(me, index, seen);
#endif
        atomic {
            if
#ifdef BUG_PUSH_BY_STORE
            :: true ->
#else
            :: head_index == seen ->
#endif
                head_index = index;
#ifndef BUG_PUSH_NOT_RELEASED
                /* Of this thread's writes to the slot. */
                released = released | (1 << index);
#endif
                break
            :: else -> seen = head_index
            fi
        }
    od
#ifdef BUG_LINKED_AFTER_PUSH
    write_next(me, index, seen);
#endif
    seen = 0
}

inline take(me)
{
    pop(me);
    if
    :: slot == 0 -> take_fresh()
    :: else
    fi;
    if
    :: slot != 0 ->
        d_step {
            /* One thread took the slot, and sees the last owner's writes. */
            assert(slot < SLOTS && owner[slot] == NOBODY);
            assert((stale[me] & (1 << slot)) == 0);
            owner[slot] = me
        }
        /* The owner uses `next` for its own lists. */
        write_next(me, slot, 0)
    :: else
    fi
}

inline give(me, index)
{
    d_step { assert(owner[index] == me); owner[index] = NOBODY }
    push(me, index)
}

proctype thread(byte me)
{
    byte operations, slot, first, second;
    byte seen, tag, link;

    do
    :: operations == OPERATIONS -> break
    :: operations < OPERATIONS && second == 0 ->
        operations++;
        take(me);
        d_step {
            if
            :: first == 0 -> first = slot
            :: else -> second = slot
            fi;
            slot = 0
        }
    :: operations < OPERATIONS && first != 0 ->
        operations++;
        give(me, first);
        d_step { first = second; second = 0 }
    od;
    if
    :: first != 0 -> give(me, first)
    :: else
    fi;
    if
    :: second != 0 -> give(me, second)
    :: else
    fi;
    finished++
}

/* Each slot is in one place, where it belongs. */
inline take_stock()
{
    d_step {
        slot = head_index;
        do
        :: slot == 0 -> break
        :: else ->
            assert(slot < SLOTS && (listed & (1 << slot)) == 0);
            listed = listed | (1 << slot);
            slot = next[slot]
        od;
        slot = fresh;
        do
        :: slot >= SLOTS -> break
        :: else -> listed = listed | (1 << slot); slot++
        od;
        assert(listed == (1 << SLOTS) - 2)
    }
}

init
{
    byte slot, listed;

    atomic {
        next[1] = 2;
        run thread(0);
        run thread(1)
    }
    finished == THREADS;
    take_stock()
}

ltl all_finish { <> (finished == THREADS) }

/* SPDX-License-Identifier: Apache-2.0 */
/* Records handed over in slots: hae_slot_hand_over() by many threads, and the consumer
 * with hae_slot_take_handed_over(), drain_pending(), drain_handed_over(). Free slots
 * are a bit set here; slot_list.pml has the real list. */
#define SLOTS     3 /* slot 0 is never used */
#define PRODUCERS 2
#define RECORDS   2
#define TOTAL     (PRODUCERS * RECORDS)

byte handed_over;
short handed_over_count;
byte next[SLOTS];
byte data[SLOTS];
byte lag;      /* slots of which the consumer may see the old content */
byte released; /* those of them that a release of the head covers */
byte free_slots = (1 << SLOTS) - 2;

byte order[TOTAL]; /* records handed over and not taken yet, oldest first */
byte pushed;       /* of them */
byte taken;
byte finished;

inline load_slot(slot, link, content)
{
    atomic {
        if
        :: link = next[slot]; content = data[slot]
        :: (lag & (1 << slot)) != 0 -> link = 0; content = 0
        fi
    }
}

inline hand_over(index, content)
{
    seen = handed_over;
    do
    ::
        d_step {
#ifndef BUG_LINKED_AFTER_PUSH
            next[index] = seen;
#endif
            lag = lag | (1 << index);
            released = released & ~(1 << index)
        }
        atomic {
            if
#ifdef BUG_PUSH_BY_STORE
            :: true ->
#else
            :: handed_over == seen ->
#endif
                handed_over = index;
#ifndef BUG_PUSH_NOT_RELEASED
                released = released | (1 << index);
#endif
                order[pushed] = content;
                pushed++;
                break
            :: else -> seen = handed_over
            fi
        }
    od;
#ifdef BUG_LINKED_AFTER_PUSH
    next[index] = seen;
#endif
    seen = 0
}

proctype producer(byte me)
{
    byte round, index, seen;

    do
    :: round == RECORDS -> break
    :: else ->
        atomic {
            free_slots != 0;
            index = 1;
            do
            :: (free_slots & (1 << index)) == 0 -> index++
            :: else -> break
            od;
            free_slots = free_slots & ~(1 << index);
            data[index] = 16 * (me + 1) + round;
            lag = lag | (1 << index);
            released = released & ~(1 << index)
        }
#ifndef BUG_COUNTED_AFTER_PUSH
        handed_over_count++;
        hand_over(index, 16 * (me + 1) + round);
#else
        hand_over(index, 16 * (me + 1) + round);
        handed_over_count++;
#endif
        d_step { round++; index = 0 }
    od;
    finished++
}

inline take_handed_over()
{
#ifdef BUG_TAKE_BY_STORE
    newest = handed_over;
    d_step { handed_over = 0; lag = lag & ~released; released = 0 }
#else
    d_step {
        newest = handed_over;
        handed_over = 0;
#ifndef BUG_TAKE_NOT_ACQUIRED
        lag = lag & ~released;
        released = 0
#endif
    }
#endif
#ifdef BUG_NOT_REVERSED
    pending = newest;
    newest = 0;
#else
    pending = 0;
    do
    :: newest == 0 -> break
    :: else ->
        load_slot(newest, link, content);
        next[newest] = pending;
        pending = newest;
        newest = link
    od
#endif
}

inline take_oldest()
{
    d_step {
        assert(pushed > 0 && content == order[0]);
        index = 1;
        do
        :: index < pushed -> order[index - 1] = order[index]; index++
        :: else -> break
        od;
        pushed--;
        order[pushed] = 0;
        taken++
    }
}

inline drain_pending()
{
    do
    :: pending == 0 -> break
    :: pending != 0 && refusals > 0 -> refusals--; break /* at any record */
    :: pending != 0 ->
        load_slot(pending, link, content);
        /* Each record is whole, in order, and there once. */
        take_oldest();
#ifdef BUG_GIVEN_BEFORE_NEXT
        free_slots = free_slots | (1 << pending);
        pending = next[pending];
        handed_over_count--
#else
        d_step { index = pending; pending = next[pending]; next[index] = 0; data[index] = 0 }
        d_step {
            handed_over_count--;
            assert(handed_over_count >= 0)
        }
        free_slots = free_slots | (1 << index)
#endif
    od;
    atomic { index = 0; link = 0; content = 0 }
}

proctype consumer()
{
    byte pending, newest, link, content, index;
    byte refusals = 2; /* of the callback */

    do
    ::  drain_pending();
        if
#ifndef BUG_PENDING_OVERWRITTEN
        :: pending != 0
#endif
        :: handed_over == 0
        :: else -> take_handed_over(); drain_pending()
        fi
    od
}

init
{
    atomic {
        run producer(0);
        run producer(1);
        run consumer()
    }
}

ltl all_taken {
    <> [] (finished == PRODUCERS && taken == TOTAL && handed_over_count == 0 &&
           free_slots == (1 << SLOTS) - 2)
}

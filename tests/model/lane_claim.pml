/* SPDX-License-Identifier: Apache-2.0 */
/* The bit set of owned lanes: hae_lane_claim(), note_touched(), hae_lane_hand_back(),
 * with one owner after another, while the consumer drains. All that an owner keeps in
 * its lane (its view of tail, free slots, counters) is one location here, `tail`.
 * lane_ring.pml models the consumer's view of it. */
#define LANES   2
#define THREADS 3
#ifndef ROUNDS
#define ROUNDS (me == 0 -> 2 : 1) /* claims of one thread */
#endif
#define ALL     ((1 << LANES) - 1)
#define NOBODY  255

byte owned;
byte touched;
byte tail[LANES];
byte stale[THREADS]; /* bit set of lanes of which the thread may see an old tail */
byte released;       /* lanes whose last write was followed by a release of `owned` */
byte head[LANES];

byte owner[LANES] = NOBODY; /* what is claimed to hold */
byte written;
byte taken;
byte finished;

/* One owner at a time. */
inline begin_owning(me)
{
    assert(owner[lane] == NOBODY);
    owner[lane] = me
}

inline claim(me)
{
    seen = owned;
    lane = NOBODY;
    do
    :: seen == ALL -> break
    :: else ->
        lane = ((seen & 1) == 0 -> 0 : 1);
#ifdef BUG_CLAIM_BY_STORE
        if
        :: owned == seen ->
            d_step {
                owned = seen | (1 << lane);
                stale[me] = stale[me] & ~released;
                begin_owning(me)
            };
            break
        :: else -> seen = owned; lane = NOBODY
        fi
#else
        atomic {
            if
            :: owned == seen ->
                owned = seen | (1 << lane);
#ifndef BUG_CLAIM_NOT_ACQUIRED
                stale[me] = stale[me] & ~released;
#endif
                begin_owning(me);
                break
            :: else -> seen = owned; lane = NOBODY
            fi
        }
#endif
    od
}

inline note_touched(count)
{
#ifdef BUG_TOUCHED_BY_STORE
    touched = count;
#else
    seen = touched;
    do
    :: seen >= count -> break
    :: else ->
        atomic {
            if
            :: touched == seen -> touched = count; break
            :: else -> seen = touched
            fi
        }
    od
#endif
}

/* Reads what the last owner left, and adds a record. */
inline record(me)
{
    d_step {
        assert(owner[lane] == me);
        assert((stale[me] & (1 << lane)) == 0);
        tail[lane] = tail[lane] + 1;
        stale[0] = stale[0] | (1 << lane);
        stale[1] = stale[1] | (1 << lane);
        stale[2] = stale[2] | (1 << lane);
        stale[me] = stale[me] & ~(1 << lane);
        released = released & ~(1 << lane);
        written++
    }
}

inline hand_back(me)
{
#ifdef BUG_HAND_BACK_BY_STORE
    seen = owned;
    d_step { owner[lane] = NOBODY; owned = seen & ~(1 << lane); released = released | (1 << lane) }
#else
    d_step {
        assert(owner[lane] == me);
        owner[lane] = NOBODY;
        owned = owned & ~(1 << lane);
#ifndef BUG_HAND_BACK_NOT_RELEASED
        released = released | (1 << lane);
#endif
    }
#endif
}

proctype thread(byte me)
{
    byte round, lane, seen;

    do
    :: round == ROUNDS -> atomic { lane = 0; seen = 0; break }
    :: else ->
        round++;
        claim(me);
        if
        :: lane == NOBODY /* records go through slots, which this model leaves out */
        :: else ->
            note_touched(lane + 1);
#ifdef BUG_HANDED_BACK_EARLY
            hand_back(me);
            record(me)
#else
            record(me);
            hand_back(me)
#endif
        fi
    od;
    finished++
}

/* Drains the lanes that it knows, one after another. */
proctype consumer()
{
    byte lane;

    do
    :: atomic {
            touched > 0;
            lane = (lane + 1 < touched -> lane + 1 : 0);
            assert(head[lane] <= tail[lane]);
            taken = taken + tail[lane] - head[lane];
            head[lane] = tail[lane]
        }
    od
}

init
{
    atomic {
        run thread(0);
        run thread(1);
        run thread(2);
        run consumer()
    }
}

/* No thread waits for ever for a lane, and the consumer takes every record. */
ltl all_taken { <> [] (finished == THREADS && taken == written) }

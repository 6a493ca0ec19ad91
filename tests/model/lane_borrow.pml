/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes that are lent for one call each: hae_lane_borrow(), hae_lane_return(), with one call
 * after another, while the consumer drains. All that a call keeps in its lane (its view of tail,
 * free slots, counters, cells) is one location here, `tail`, which a call reads and writes without
 * read-modify-write. lane_ring.pml models the consumer's view of it, lane_claim.pml the lanes that
 * threads keep. */
#define LANES   2
#define THREADS 3
#ifndef CALLS
#define CALLS (me == 0 -> 2 : 1) /* calls of one thread */
#endif
#define NOBODY  255

byte borrowed[LANES];
byte tail[LANES];
byte stale[THREADS]; /* bit set of lanes of which the thread may see an old tail */
byte released;       /* lanes whose last write was followed by a release of `borrowed` */
byte head[LANES];

byte user[LANES] = NOBODY; /* what borrowing is to ensure */
byte written;
byte taken;
byte without; /* calls that found all lanes lent */
byte finished;

inline begin_using(me)
{
    assert(user[lane] == NOBODY);
    user[lane] = me
}

/* Looks at each lane once, from that of the CPU on, which may be any. */
inline borrow(me)
{
    if
    :: first = 0
    :: first = 1
    fi;
    looked = 0;
    lane = NOBODY;
    do
    :: looked == LANES -> break
    :: else ->
        lane = (first + looked) % LANES;
#ifdef BUG_BORROW_BY_STORE
        if
        :: borrowed[lane] == 0 ->
            d_step {
                borrowed[lane] = 1;
                stale[me] = stale[me] & ~(released & (1 << lane));
                begin_using(me)
            };
            break
        :: else -> looked++; lane = NOBODY
        fi
#else
        atomic {
            if
            :: borrowed[lane] == 0 ->
                borrowed[lane] = 1;
#ifndef BUG_BORROW_NOT_ACQUIRED
                stale[me] = stale[me] & ~(released & (1 << lane));
#endif
                begin_using(me);
                break
            :: else -> looked++; lane = NOBODY
            fi
        }
#endif
    od
}

/* Reads what the last call left, and adds a record: in two steps, as a cell is added to. */
inline record(me)
{
    d_step {
        assert(user[lane] == me);
        assert((stale[me] & (1 << lane)) == 0);
        seen = tail[lane]
    };
    d_step {
        tail[lane] = seen + 1;
        stale[0] = stale[0] | (1 << lane);
        stale[1] = stale[1] | (1 << lane);
        stale[2] = stale[2] | (1 << lane);
        stale[me] = stale[me] & ~(1 << lane);
        released = released & ~(1 << lane);
        written++
    }
}

inline return_lane(me)
{
    d_step {
        assert(user[lane] == me);
        user[lane] = NOBODY;
        borrowed[lane] = 0;
#ifndef BUG_RETURN_NOT_RELEASED
        released = released | (1 << lane)
#endif
    }
}

proctype thread(byte me)
{
    byte call, lane, first, looked, seen;

    do
    :: call == CALLS -> atomic { lane = 0; first = 0; looked = 0; seen = 0; break }
    :: else ->
        call++;
        borrow(me);
        if
        :: lane == NOBODY -> without++ /* through slots, which this model leaves out */
        :: else ->
#ifdef BUG_RETURNED_EARLY
            return_lane(me);
            record(me)
#else
            record(me);
            return_lane(me)
#endif
        fi
    od;
    finished++
}

/* Drains the lanes, one after another. */
proctype consumer()
{
    byte lane;

    do
    :: atomic {
            lane = (lane + 1) % LANES;
            assert(head[lane] <= tail[lane]);
            taken = taken + tail[lane] - head[lane];
            head[lane] = tail[lane]
        }
    od
}

/* With nobody left who borrows, each lane is free, and no addition was lost. */
proctype checker()
{
    finished == THREADS;
    d_step {
        assert(borrowed[0] == 0 && borrowed[1] == 0);
        assert(tail[0] + tail[1] == written);
        assert(written + without == 4)
    }
}

init
{
    atomic {
        run thread(0);
        run thread(1);
        run thread(2);
        run consumer();
        run checker()
    }
}

/* No thread waits for another, and the consumer takes every record. */
ltl all_taken { <> [] (finished == THREADS && taken == written) }

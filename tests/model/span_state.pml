/* SPDX-License-Identifier: Apache-2.0 */
/* The state word of an open record's slot: hae_open_publish(), hae_open_acquire(),
 * hae_open_release(), hae_open_begin_end(), hae_open_end_asked(), ask_to_end() and
 * hae_open_discard(), with handles that outlive their record while the slot is used again.
 *
 * A thread that asks another one to end the span hands over the end time in the slot, after
 * its request has pinned the slot. With BUG_TIME_BEFORE_PINNED it writes the time first. */
#define OPEN  1
#define BUSY  2
#define END   4
#define TIMED 8

#define STATE(generation, bits) (16 * (generation) + (bits))
#define GENERATION(word) ((word) / 16)

#define OPENER   0
#define CHANGER  1
#define ENDER_A  2
#define ENDER_B  3
#define PROCESSES 4
#define ALL      ((1 << PROCESSES) - 1)
#define NOBODY   255
#define NOW      7 /* the clock's time, when none was given */

byte state = STATE(1, 0);
byte end_time; /* slot.end_unix_ns */
bool time_lags; /* a holder that is not synchronised may still see 0 */
byte value;    /* stands for all that only a holder may change */
byte stale;    /* bit set of processes that may see an old value */
bool released; /* the last write of value was followed by a release of state */

byte holder = NOBODY; /* what is claimed to hold */
bool slot_given;
byte changes[3];      /* by generation */
byte records[3];
byte accepted;        /* successful requests to end generation 1 */
byte finished;

#ifdef BUG_ACQUIRE_RELAXED
#define ACQUIRE(me) skip
#else
#define ACQUIRE(me) if :: released -> stale = stale & ~(1 << me) :: else fi
#endif

inline hold(me)
{
    assert(holder == NOBODY);
    holder = me
}

/* Only the holder changes the span, and it sees all earlier changes. */
inline change(me, generation)
{
    assert(holder == me);
    assert((stale & (1 << me)) == 0);
    got = value;
    d_step {
        assert(holder == me);
        value = got + 1;
        stale = ALL & ~(1 << me);
        released = false;
        changes[generation] = changes[generation] + 1
    };
    got = 0
}

/* The record's bytes are read after the generation was raised. */
inline finish(me, generation)
{
#ifdef BUG_GIVEN_BEFORE_CLOSED
    slot_given = true;
#endif
    d_step {
        assert(holder == me);
        holder = NOBODY;
#ifdef BUG_GENERATION_STAYS
        state = STATE(generation, 0);
#else
        state = STATE(generation + 1, 0);
#endif
        released = true
    }
    d_step {
        assert((stale & (1 << me)) == 0);
        assert(value == changes[generation]);
        records[generation] = records[generation] + 1;
        assert(records[generation] == 1)
    }
    /* One of the times that were asked for. */
    assert(generation != 1 || end_time == ENDER_A || end_time == ENDER_B);
#ifndef BUG_GIVEN_BEFORE_CLOSED
    slot_given = true
#endif
}

/* Sets the time that end_time() derives from the time handed over. */
inline settle_time()
{
    atomic {
        if
        :: got = end_time
        :: time_lags -> got = 0
        fi
    }
    d_step {
        end_time = (got != 0 -> got : NOW);
        time_lags = false;
        got = 0
    }
}

inline release(me, generation)
{
#ifdef BUG_RELEASE_BY_STORE
    d_step { holder = NOBODY; state = STATE(generation, OPEN); released = true }
#else
    atomic {
        if
        :: state == STATE(generation, OPEN + BUSY) ->
            holder = NOBODY;
            state = STATE(generation, OPEN);
#ifndef BUG_RELEASE_RELAXED
            released = true;
#endif
            goto let_go
        :: else -> ACQUIRE(me)
        fi
    };
#ifndef BUG_TIME_BEFORE_PINNED
    atomic {
        if
        :: state == STATE(generation, OPEN + BUSY + END) ->
            /* The thread that asked has not written the time yet: it will end the span. */
            holder = NOBODY;
            state = STATE(generation, OPEN + END);
            released = true;
            goto let_go
        :: else -> assert(state == STATE(generation, OPEN + BUSY + END + TIMED))
        fi
    };
#endif
    settle_time();
    finish(me, generation);
let_go:
    skip
#endif
}

/* haetae_span_end() with an explicit time, which is the caller's number. */
inline end_span(me, generation)
{
    do
    ::
        atomic {
            seen = state;
            if
            :: seen == STATE(generation, OPEN) ->
                state = STATE(generation, OPEN + BUSY + END);
                ACQUIRE(me);
                hold(me);
                goto mine
            :: else
            fi
        };
        if
#ifndef BUG_BUSY_IGNORED
        :: seen != STATE(generation, OPEN + BUSY) -> break /* ended, or being ended */
        :: else -> ask_to_end(me, generation)
#else
        :: GENERATION(seen) != generation || (seen & END) != 0 || (seen & OPEN) == 0 -> break
        :: else ->
            d_step { state = STATE(generation, OPEN + BUSY + END); accepted++; holder = me };
            goto mine
#endif
        fi
    od;
    goto over;
mine:
    atomic { end_time = me; time_lags = false; accepted++ };
    finish(me, generation);
over:
    skip
}

#ifdef BUG_TIME_BEFORE_PINNED
inline ask_to_end(me, generation)
{
    d_step {
        set = (end_time == 0);
        if
        :: set -> end_time = me; time_lags = true
        :: else
        fi
    };
    atomic {
        seen = state;
        if
        :: seen == STATE(generation, OPEN + BUSY) ->
            state = STATE(generation, OPEN + BUSY + END);
#ifndef BUG_ASKED_RELAXED
            time_lags = false;
#endif
            accepted++;
            break
        :: else
        fi
    };
    d_step {
        if
        :: set && end_time == me -> end_time = 0
        :: else
        fi;
        set = false
    };
    if
    :: (seen & END) != 0 -> break
    :: else
    fi
}
#else
inline ask_to_end(me, generation)
{
    atomic {
        if
        :: state == STATE(generation, OPEN + BUSY) ->
            /* From now on only the holder or this thread can end the span: the slot stays. */
            state = STATE(generation, OPEN + BUSY + END);
            accepted++;
            set = true
        :: else
        fi
    };
    if
    :: !set
    :: else ->
        set = false;
#ifdef BUG_TIMED_BEFORE_TIME
        d_step {
            if
            :: state == STATE(generation, OPEN + BUSY + END) ->
                state = STATE(generation, OPEN + BUSY + END + TIMED)
            :: else
            fi
        };
#endif
        d_step { end_time = me; time_lags = true };
        atomic {
            if
            :: state == STATE(generation, OPEN + BUSY + END) ->
                state = STATE(generation, OPEN + BUSY + END + TIMED);
#ifndef BUG_ASKED_RELAXED
                time_lags = false;
#endif
                break
            :: state == STATE(generation, OPEN + END) ->
                /* The holder has released the span: this thread ends it. */
                ACQUIRE(me);
                hold(me);
                goto mine
            :: else -> break
            fi
        }
    fi
}
#endif

/* Starts the span, and uses its slot again after it was returned. */
active proctype opener()
{
    byte got;

    d_step { value = 0; end_time = 0; stale = ALL & ~(1 << OPENER) };
    d_step {
        state = STATE(1, OPEN);
#ifndef BUG_OPENED_RELAXED
        released = true
#endif
    };
    slot_given;
    got = GENERATION(state);
    d_step {
        value = 0;
        end_time = 0;
        stale = ALL & ~(1 << OPENER);
        released = false;
        time_lags = false
    };
    d_step { state = STATE(got, OPEN); released = true };
    /* Only stale handles exist: the span stays open and unchanged. */
    assert(value == 0);
    assert(state == STATE(2, OPEN));
    assert(end_time == 0);
    got = 0;
    finished++
}

active proctype changer()
{
    byte got;

    state != STATE(1, 0); /* there is a handle */
    do
    ::  atomic {
            if
            :: state == STATE(1, OPEN) ->
                state = STATE(1, OPEN + BUSY);
                ACQUIRE(CHANGER);
                hold(CHANGER)
            :: else -> break /* stale, or contended */
            fi
        };
        change(CHANGER, 1);
        release(CHANGER, 1);
        if
        :: changes[1] < 2
        :: break
        fi
    od;
    finished++
}

active [2] proctype ender()
{
    byte me, seen, got;
    bool set;

    me = (_pid == 2 -> ENDER_A : ENDER_B);
    state != STATE(1, 0);
    end_span(me, 1);
    atomic { me = 0; seen = 0; finished++ }
}

/* A span with a successful request to end has become one record. */
active proctype auditor()
{
    finished == PROCESSES;
    assert(records[1] == 1 && accepted > 0)
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Waking the consumer: hae_wake_if_filling(), hae_recorder_wake(), hae_record_overflow() against
 * hae_recorder_about_to_wait(), hae_recorder_awake(). A ring is two counters here. A
 * producer's store of tail may stay in its store buffer, of one entry, for any time. */
#define RING      2
#define PRODUCERS 2
#ifndef RECORDS
#define RECORDS 3 /* of the first producer: as many as make an overflow */
#endif

#define FILL(p) (tail_seen[p] - head[p])
#define HALF (RING / 2)

byte tail[PRODUCERS];      /* the producer's own view */
byte tail_seen[PRODUCERS]; /* the view of all others */
byte head[PRODUCERS];
byte finished;      /* producers */
bool consumer_waits;
bool readable;      /* the eventfd */
bool unwoken;       /* no producer has won this wait yet */

inline publish(p)
{
    d_step {
        tail_seen[p] = tail[p];
        tail[p] = tail[p] + 1;
#ifdef NO_STORE_BUFFER
        tail_seen[p] = tail[p];
#endif
    }
}

inline wake(p)
{
    if
    :: consumer_waits -> /* a relaxed load first */
        d_step {
#ifdef BUG_STORE_FOR_EXCHANGE
            was = true;
#else
            was = consumer_waits;
#endif
            consumer_waits = false;
            tail_seen[p] = tail[p]; /* released by the exchange */
            /* At most one producer wins each wait. */
            assert(!was || unwoken);
            if
            :: was -> unwoken = false
            :: else
            fi
        }
        if
        :: was ->
#ifndef BUG_NO_WRITE
            readable = true
#else
            skip
#endif
        :: else
        fi
    :: else
    fi
}

proctype producer(byte p; byte records)
{
    byte cached_head, count;
    bool was;

    do
    :: atomic { count == records -> was = false; cached_head = 0; break }
    :: atomic { count < records -> count++ };
        atomic {
            if
            :: tail[p] - cached_head == RING -> cached_head = head[p]
            :: else
            fi
        };
        if
        :: tail[p] - cached_head == RING -> wake(p) /* hae_record_overflow() */
        :: else ->
            publish(p);
            if
            :: tail[p] - cached_head > HALF ->
                cached_head = head[p];
                if
                :: tail[p] - cached_head > HALF -> wake(p)
                :: else
                fi
            :: else
            fi
        fi
    od;
    finished++
}

proctype store_buffers()
{
end:
    do
    :: atomic { tail_seen[0] != tail[0] -> tail_seen[0] = tail[0] }
    :: atomic { tail_seen[1] != tail[1] -> tail_seen[1] = tail[1] }
    od
}

proctype consumer()
{
    bool worth;
    bool woken;

    do
    ::  atomic { head[0] = tail_seen[0]; head[1] = tail_seen[1] }
#ifdef BUG_LOOK_BEFORE_FLAG
        worth = FILL(0) > HALF || FILL(1) > HALF;
        d_step { consumer_waits = true; unwoken = true }
#else
        d_step { consumer_waits = true; unwoken = true }
        worth = FILL(0) > HALF || FILL(1) > HALF;
#endif
#ifdef BUG_NO_LOOK
        worth = false;
#endif
        if
        :: worth -> worth = false
        :: else ->
end_poll:
            if
            :: readable -> woken = true
#ifndef NO_TIMEOUT
            :: true
#endif
            fi
        fi;
        d_step { consumer_waits = false; unwoken = false }
        if
        :: woken -> d_step { readable = false; woken = false }
        :: else
        fi
    od
}

init
{
    atomic {
        run producer(0, RECORDS);
        run producer(1, 2);
        run store_buffers();
        run consumer()
    }
#ifdef NO_TIMEOUT
    /* When nothing moves any more, no ring is full enough to need a wake. */
    timeout -> assert(FILL(0) <= HALF && FILL(1) <= HALF)
#endif
}

#ifndef NO_TIMEOUT
ltl all_taken {
    <> [] (finished == PRODUCERS && head[0] == tail[0] && head[1] == tail[1])
}
#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* A slot that a lane keeps for identities: hae_identity_slot(), hae_identity_open(),
 * hae_identity_close_own() and hae_identity_close_other(). The lane's owner ends by a load and a
 * store, between which others may end as well. Whoever ends with any handle, old ones as well: an identity that nobody has
 * ended stays open, and one that has ended does not open again. */
#define OPENS  3
#define ENDS   2
#define OPEN(generation)   (2 * (generation) + 1)
#define CLOSED(generation) (2 * (generation))

byte state = CLOSED(0);
byte opened = 0;       /* the last generation that was opened, plus 1 */
bool touched = true;   /* somebody has begun to end it */
byte ended = 0;        /* the last generation that somebody has ended, plus 1 */

inline begin_to_end(generation)
{
    d_step {
        if
        :: generation + 1 == opened -> touched = true
        :: else
        fi
    }
}

inline close_own(generation)
{
    begin_to_end(generation);
    loaded = state;
    if
#ifdef BUG_NO_LOOK
    :: true ->
#else
    :: loaded == OPEN(generation) ->
#endif
        d_step {
            state = CLOSED(generation + 1);
            ended = generation + 1
        }
#ifndef BUG_NO_LOOK
    :: else
#endif
    fi
}

active proctype owner()
{
    byte loaded;
    byte times = 0;
    byte mine;

    do
    :: times < OPENS ->
        times++;
        if
        :: state % 2 == 0 ->
            d_step {
                mine = state / 2;
                state = OPEN(mine);
                opened = mine + 1;
                touched = false
            }
        :: else /* the lane takes another slot */
        fi;
        if
        :: opened > 0 -> mine = opened - 1
        :: opened > 1 -> mine = opened - 2 /* the handle of one that has ended */
        :: else -> goto next
        fi;
        if
        :: close_own(mine)
        :: skip /* left to the others */
        fi;
next:
        skip
    :: else -> break
    od
}

/* Threads without the lane. */
active [2] proctype other()
{
    byte times = 0;
    byte seen;
    byte mine;

    do
    :: times < ENDS ->
        times++;
        if
        :: opened > 0 -> mine = opened - 1
        :: opened > 1 -> mine = opened - 2
        :: else -> goto next
        fi;
        begin_to_end(mine);
        seen = state;
        if
        :: seen == OPEN(mine) ->
#ifdef BUG_OTHER_BY_STORE
            d_step {
                state = CLOSED(mine + 1);
                ended = mine + 1
            }
#else
            d_step {
                if
                :: state == seen ->
                    state = CLOSED(mine + 1);
                    ended = mine + 1
                :: else
                fi
            }
#endif
        :: else
        fi;
#ifdef BUG_OTHER_OPENS
        if
        :: state % 2 == 0 ->
            d_step {
                mine = state / 2;
                state = OPEN(mine);
                opened = mine + 1;
                touched = false
            }
        :: else
        fi;
#endif
next:
        skip
    :: else -> break
    od
}

active proctype watcher()
{
    atomic {
        assert(touched || state == OPEN(opened - 1));
        assert(ended != opened || opened == 0 || state != OPEN(opened - 1))
    }
}

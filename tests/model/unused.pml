/* SPDX-License-Identifier: Apache-2.0 */
/* Series that are given back: lib/metrics/unused.h, rounds.c, reuse.c, and series_table.c.
 *
 * One stream has PLACES places for series and one list of its table. Callers, each with a lane of
 * its own and a cache of one entry, record measurements of sets; a worker collects for one delta
 * reader and ends rounds. What was added to a place and what was reported of it are counted by set:
 * nothing that was recorded may be lost, doubled, or reported as another set's.
 *
 * A caller may stop for any time between two steps. */
#define PLACES  2
#define SETS    2
#define NONE    255

/* With PLACES_ARE_FREE all begins when the series that the first caller remembers was given back. */
#ifdef PLACES_ARE_FREE
#define CALLERS 3
#else
#define CALLERS 2
#endif
#ifndef CALLS
#define CALLS 1 /* of each caller */
#endif
#ifndef ROUNDS
#define ROUNDS 4 /* that the worker tries to end */
#endif

/* hae_series.use: 0 is in use, 1 and 2 how many rounds ended without a use (intervals is 1). */
#define LIMIT 2
#define NEW   10
#define FREE  11
#define ENDED 12

byte use[PLACES] = FREE;
byte set[PLACES] = NONE; /* the attributes                           */
byte next[PLACES] = NONE;
byte head = NONE;        /* of the table's list                      */
byte free_set;           /* the stack of free places, as a bit set: its own protocol is that of
                          * slot_list.pml                            */
byte cell[PLACES];       /* what was added                           */
byte reported[PLACES];   /* of that, to the reader                   */

bit in_call[CALLERS];    /* hae_lane.calls, the lowest bit           */
bit idle[CALLERS];       /* the lane was seen outside of a call in this round */

byte recorded[SETS];     /* what was measured, and not in the overflow series */
byte arrived[SETS];      /* what the reader got                      */
byte filling[PLACES];    /* how many callers change the place's attributes */
byte finished;
bit collected;

/* Whether a place may be compared: its attributes don't change meanwhile. */
inline compare(place)
{
    assert(filling[place] == 0)
}

/* hae_series_use(): makes `usable` say whether the place serves. */
inline use_it(place)
{
    do
    :: use[place] == 0 -> usable = true; break
    :: use[place] == ENDED || use[place] == FREE -> usable = false; break
    :: else ->
        seen_use = use[place];
#ifdef BUG_NOT_SET_BACK
        usable = true;
        break
#else
#ifdef BUG_SET_BACK_BY_STORE
        use[place] = 0;
        usable = true;
        break
#else
        if
        :: atomic { use[place] == seen_use && seen_use <= NEW -> use[place] = 0 }; usable = true; break
        :: else
        fi
#endif
#endif
    od
}

/* hae_series_in_chain(): from `at` on; `found` is the place or NONE. */
inline look_through(first)
{
    atomic { at = first; found = NONE };
    do
    :: at == NONE -> break
    :: else ->
        if
        :: d_step { set[at] == wanted -> compare(at) };
            use_it(at);
            if
            :: usable -> d_step { found = at; at = NONE; usable = false }; break
            :: else -> at = next[at]
            fi
        :: d_step { set[at] != wanted -> compare(at); at = next[at] }
        fi
    od
}

/* pop() */
inline take_place()
{
    atomic {
        if
        :: free_set & 1 -> place = 0; free_set = free_set & ~1
        :: (free_set & 1) == 0 && (free_set & 2) -> place = 1; free_set = free_set & ~2
        :: else -> place = NONE
        fi
    }
}

inline give_place()
{
    use[place] = FREE;
    atomic { free_set = free_set | (1 << place) }
}

/* fill() */
inline fill()
{
    filling[place]++;
    assert(filling[place] == 1);
    set[place] = wanted;
    filling[place]--;
#ifdef BUG_NEW_IS_USED
    use[place] = 0
#else
    use[place] = NEW
#endif
}

/* hae_reuse_place() */
inline make()
{
    take_place();
    if
    :: place == NONE -> look_through(head)
    :: else ->
        fill();
        first = head;
        do
        :: look_through(first);
            if
            :: found != NONE -> give_place(); break
            :: else ->
                next[place] = first;
#ifdef BUG_ENTERED_BY_STORE
                head = place; use_it(place); found = place; break
#else
                if
                :: atomic { head == first -> head = place }; use_it(place); found = place; break
                :: else -> first = head
                fi
#endif
            fi
        od
    fi
}

inline find()
{
    found = NONE;
    /* The lane's cache: a place of an earlier call. */
    if
    :: cached != NONE ->
        if
#ifdef BUG_CACHE_NOT_LOOKED_AT
        :: true ->
#else
        :: use[cached] < NEW ->
#endif
            if
            :: d_step { set[cached] == wanted -> compare(cached) };
                use_it(cached);
                if
                :: usable -> d_step { found = cached; usable = false }
                :: else
                fi
            :: d_step { set[cached] != wanted -> compare(cached) }
            fi
        :: else
        fi
    :: else
    fi;
    if
    :: found == NONE -> look_through(head)
    :: else
    fi;
    if
    :: found == NONE -> make()
    :: else
    fi
}

proctype caller(byte me)
{
    /* The first caller remembers a series that nobody has used since the last round. */
    byte call, wanted, cached = (me == 0 -> 0 : NONE), found, at, place, first, seen_use;
    bool usable;

    do
    :: call == CALLS -> break
    :: else ->
        call++;
#ifndef ONE_SET
        if
        :: wanted = 0
        :: wanted = 1
        fi;
#endif
#ifndef BUG_NOT_ENTERED
        in_call[me] = 1;
#endif
        find();
        if
        :: found != NONE ->
            cached = found;
            /* In two steps where cells are of lanes, but of another lane's nobody writes: one. */
#ifdef BUG_LEFT_EARLY
            in_call[me] = 0;
#endif
            d_step {
                cell[found]++;
                recorded[wanted]++
            }
        :: else /* to the overflow series */
        fi;
        d_step { in_call[me] = 0; found = 0; at = 0; place = 0; first = 0; seen_use = 0 }
    od;
    finished++
}

/* A collection of the delta reader, place by place. */
inline collect()
{
    p = 0;
    do
    :: p == PLACES -> break
    :: else ->
        d_step {
            if
            :: use[p] < NEW && cell[p] > reported[p] ->
                arrived[set[p]] = arrived[set[p]] + cell[p] - reported[p];
                reported[p] = cell[p]
            :: else
            fi
        };
        p++
    od;
    atomic { collected = 1; p = 0 }
}

/* hae_series_table_leave() */
inline leave_table()
{
    after = next[p];
    if
    :: atomic { head == p -> head = after }
    :: else ->
#ifndef BUG_NOT_UNLINKED
        before = head;
        do
        :: before == NONE -> break
        :: before != NONE && next[before] == p -> next[before] = after; break
        :: else -> before = next[before]
        od
#else
        skip
#endif
    fi
}

/* end_for_series() */
inline end_for_series()
{
    was = use[p];
    if
    :: was == ENDED ->
        /* Nobody looks at it any more: what it has was reported. */
        d_step {
            assert(cell[p] == reported[p]);
            cell[p] = 0;
            reported[p] = 0
        };
        use[p] = FREE;
        atomic { free_set = free_set | (1 << p) }
    :: was >= NEW && was != ENDED -> skip
    :: was < LIMIT ->
        if
        :: atomic { use[p] == was -> use[p] = was + 1 }
        :: else
        fi
    :: was >= LIMIT && was < NEW ->
#ifdef BUG_ENDED_BY_STORE
        use[p] = ENDED;
        leave_table()
#else
        if
        :: atomic { use[p] == was -> use[p] = ENDED }; leave_table()
        :: else
        fi
#endif
#ifdef BUG_FREE_AT_ONCE
        ;
        if
        :: use[p] == ENDED ->
            cell[p] = 0;
            reported[p] = 0;
            use[p] = FREE;
            atomic { free_set = free_set | (1 << p) }
        :: else
        fi
#endif
    fi
}

/* hae_rounds_before(): looks at each lane, and ends the round if all were idle. */
inline end_round()
{
    p = 0;
    all_idle = true;
    do
    :: p == CALLERS -> p = 0; break
    :: else ->
        d_step {
            idle[p] = (in_call[p] == 0 || idle[p]);
            all_idle = all_idle && idle[p];
            p++
        }
    od;
    if
#ifdef BUG_NO_GRACE
    :: true ->
#else
#ifdef BUG_NOT_COLLECTED
    :: all_idle ->
#else
    :: collected && all_idle ->
#endif
#endif
        p = 0;
        do
        :: p == PLACES -> break
        :: else -> end_for_series(); p++
        od;
        atomic {
            collected = 0;
            was = 0;
            after = 0;
            before = 0;
            p = 0;
            do
            :: p == CALLERS -> p = 0; break
            :: else -> idle[p] = 0; p++
            od
        }
    :: else
    fi
}

proctype worker()
{
    byte round, p, was, after, before;
    bool all_idle;

    do
    :: round == ROUNDS -> break
    :: else ->
        round++;
        end_round();
        if
        :: collect()
        :: skip /* it was refused */
        fi
    od;
    /* With nobody left who records, all arrives. */
    finished == CALLERS;
    collect();
    d_step {
        assert(arrived[0] == recorded[0]);
        assert(arrived[1] == recorded[1])
    };
    /* Each set has one series at most. */
    assert(!(use[0] < NEW && use[1] < NEW && set[0] == set[1]))
}

init
{
    atomic {
        set[0] = 0;
        collected = 1;
        run caller(0);
        run caller(1);
#ifdef PLACES_ARE_FREE
        free_set = 3;
        run caller(2);
#else
        use[0] = 1;
        head = 0;
        cell[0] = 1;
        reported[0] = 1;
        free_set = 2;
#endif
        run worker()
    }
}

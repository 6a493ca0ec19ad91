/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of a lane: hae_ring_reserve(), hae_ring_make_room(), fill_up(),
 * hae_ring_publish() against drain_lane(). A unit is 8 bytes. README.md explains
 * the model of memory ordering. */
#define RING    8 /* units; a power of two */
#define STEP    3 /* HEAD_STEP */
#ifndef OFFERED
#define OFFERED 4 /* records that the producer tries to write */
#endif

#define AT(position) ((position) & (RING - 1))
#define BIT(position) (1 << AT(position))
#define HEADER(size) (16 + (size))
#define FILLER(size) (32 + (size))
#define BODY(number, part) (64 + (number) * 4 + (part))

byte ring[RING];
byte old[RING]; /* what a consumer that is not synchronised may still see */
byte lag;       /* cells of which the consumer may see the old content */
byte released;  /* those of them that the last release of tail covers */
byte tail;
byte head;
byte published; /* records, without fillers */
byte taken;
bool finished;

inline write_cell(position, value)
{
    d_step {
        old[AT(position)] = ring[AT(position)];
        ring[AT(position)] = value;
        lag = lag | BIT(position);
        released = released & ~BIT(position);
    }
}

inline read_cell(position, value)
{
    atomic {
        if
        :: value = ring[AT(position)]; lag = lag & ~BIT(position)
        :: (lag & BIT(position)) != 0 -> value = old[AT(position)]
        fi
    }
}

inline store_tail(position)
{
    d_step {
        tail = position;
#ifndef BUG_TAIL_NOT_RELEASED
        released = lag;
#endif
    }
}

inline load_tail(position)
{
    d_step {
        position = tail;
#ifndef BUG_TAIL_NOT_ACQUIRED
        lag = lag & ~released;
        released = 0;
#endif
    }
}

inline find_room()
{
    d_step {
#ifdef BUG_ONE_UNIT_TOO_MANY
        room = RING + 1 - (tail - cached_head);
#else
        room = RING - (tail - cached_head);
#endif
        to_end = RING - AT(tail);
        if
        :: room > to_end -> room = to_end
        :: else
        fi
    }
}

active proctype producer()
{
    byte cached_head, room, to_end, need, size, part, offered, tail_then;

    do
    :: offered == OFFERED -> break
    :: else ->
        offered++;
        /* What is reserved is an upper bound of what is written. */
        if
        :: need = 1; size = 1
        :: need = 3; size = 2
        :: need = 3; size = 3
        fi;
        tail_then = tail;
        find_room();
        if
        :: room >= 1 + need -> goto fits
        :: else
        fi;
        cached_head = head; /* refresh_head() */
        find_room();
        if
        :: room >= 1 + need -> goto fits
        :: room < 1 + need && room < to_end -> goto dropped
        :: else
        fi;
#ifdef BUG_NO_FILLER
        store_tail(tail + to_end);
#else
        write_cell(tail, FILLER(to_end - 1));
        store_tail(tail + to_end);
#endif
        find_room();
        if
        :: room >= 1 + need -> goto fits
        :: else -> goto dropped
        fi;
fits:
#ifdef BUG_PUBLISH_BEFORE_COPY
        published++;
        store_tail(tail + 1 + size);
        write_cell(tail - 1 - size, HEADER(size));
        part = 0;
        do
        :: part < size -> write_cell(tail - size + part, BODY(published, part)); part++
        :: else -> break
        od;
#else
        part = 0;
        do
        :: part < size -> write_cell(tail + 1 + part, BODY(published + 1, part)); part++
        :: else -> break
        od;
        write_cell(tail, HEADER(size));
        d_step { published++; }
        store_tail(tail + 1 + size);
#endif
        goto next;
dropped:
        /* The newest record is dropped, and only when the ring is not empty: a
         * record and the filler before it fit into an empty one. */
        assert(tail_then != cached_head);
next:
        skip
    od;
    finished = true
}

active proctype consumer()
{
    byte position, end, shown, value, size, part;
    bool refused;

    do
    :: position = head;
        load_tail(end);
        shown = position;
        do
        :: position == end -> break
        :: else ->
            read_cell(position, value);
            size = value & 15;
            assert(value == HEADER(size) || value == FILLER(size));
            if
            :: value == FILLER(size)
            :: value == HEADER(size) && !refused ->
                /* The callback refuses once, at any record. */
                refused = true;
#ifdef BUG_REFUSED_IS_SKIPPED
                position = position + 1 + size;
#endif
                break
            :: value == HEADER(size) ->
#ifdef BUG_HEAD_BEFORE_READ
                head = position + 1 + size;
#endif
                part = 0;
                do
                :: part < size ->
                    read_cell(position + 1 + part, value);
                    assert(value == BODY(taken + 1, part));
                    part++
                :: else -> break
                od;
                taken++
            fi;
            position = position + 1 + size;
            if
            :: position - shown >= STEP -> head = position; shown = position
            :: else
            fi
        od;
        head = position
    od
}

/* The consumer takes every published record once: the numbers are checked above. */
ltl all_taken { <> [] (finished && taken == published) }

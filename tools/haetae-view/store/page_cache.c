/* SPDX-License-Identifier: Apache-2.0 */
#include "store/page_cache.h"

#include <sqlite3.h>
#include <stdlib.h>

/* At the end of each transaction SQLite truncates its page cache to the size of the database. The
 * cache of SQLite then searches all its pages, if any page has ever had a higher number. One has
 * had: while SQLite balances a tree it renumbers pages, and for a moment gives one the number of
 * the page at byte 2^30, which never holds data. So it searches after almost every request. This
 * cache wraps that of SQLite, keeps the highest number that a page really has, and leaves out
 * searches that cannot find anything. */

struct page_cache {
    sqlite3_pcache *inner;
    unsigned highest; /* no page has a higher number, except for: */
    unsigned lent;    /* the number that a page has for a moment; 0: none */
};

static sqlite3_pcache_methods2 inner;

static struct page_cache *of(sqlite3_pcache *cache)
{
    return (struct page_cache *)cache;
}

static sqlite3_pcache *create(int page_bytes, int extra_bytes, int purgeable)
{
    struct page_cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        return NULL;
    }
    cache->inner = inner.xCreate(page_bytes, extra_bytes, purgeable);
    if (cache->inner == NULL) {
        free(cache);
        return NULL;
    }
    return (sqlite3_pcache *)cache;
}

static void destroy(sqlite3_pcache *cache)
{
    inner.xDestroy(of(cache)->inner);
    free(cache);
}

static sqlite3_pcache_page *fetch(sqlite3_pcache *cache, unsigned number, int create_flag)
{
    sqlite3_pcache_page *page = inner.xFetch(of(cache)->inner, number, create_flag);
    if (page != NULL && number > of(cache)->highest) {
        of(cache)->highest = number;
    }
    return page;
}

static void rekey(sqlite3_pcache *cache, sqlite3_pcache_page *page, unsigned from, unsigned to)
{
    struct page_cache *own = of(cache);
    inner.xRekey(own->inner, page, from, to);
    if (from == own->lent) {
        own->lent = 0;
    }
    if (to > own->highest) {
        if (own->lent > own->highest) {
            own->highest = own->lent; /* two at a time: both are remembered */
        }
        own->lent = to;
    }
}

static void truncate(sqlite3_pcache *cache, unsigned from)
{
    struct page_cache *own = of(cache);
    if (from > own->highest && from > own->lent) {
        return;
    }
    inner.xTruncate(own->inner, from);
    own->highest = own->highest < from ? own->highest : from - 1;
    own->lent = own->lent < from ? own->lent : 0;
}

static void unpin(sqlite3_pcache *cache, sqlite3_pcache_page *page, int discard)
{
    inner.xUnpin(of(cache)->inner, page, discard);
}

static void set_size(sqlite3_pcache *cache, int pages)
{
    inner.xCachesize(of(cache)->inner, pages);
}

static int count(sqlite3_pcache *cache)
{
    return inner.xPagecount(of(cache)->inner);
}

static void shrink(sqlite3_pcache *cache)
{
    inner.xShrink(of(cache)->inner);
}

bool hae_view_page_cache_install(void)
{
    if (sqlite3_config(SQLITE_CONFIG_GETPCACHE2, &inner) != SQLITE_OK) {
        return false;
    }
    sqlite3_pcache_methods2 methods = inner;
    methods.xCreate = create;
    methods.xCachesize = set_size;
    methods.xPagecount = count;
    methods.xFetch = fetch;
    methods.xUnpin = unpin;
    methods.xRekey = rekey;
    methods.xTruncate = truncate;
    methods.xDestroy = destroy;
    methods.xShrink = shrink;
    return sqlite3_config(SQLITE_CONFIG_PCACHE2, &methods) == SQLITE_OK;
}

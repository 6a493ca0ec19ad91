// SPDX-License-Identifier: Apache-2.0
// Logs as they come.
import { ask } from './api.js';
import { filterBox, h, panel, select, to } from './dom.js';
import { set } from './route.js';
import { logRows, pickService, search } from './shared.js';

const KEPT = 500;
const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'];
const LOG_FILTERS = ['service', 'level', 'q', 'trace'];
let list = []; // the newest first
let logsOf = '';

const filtersOf = q => Object.fromEntries(LOG_FILTERS.filter(f => q[f]).map(f => [f, q[f]]));

// They come by the stream and as answers: each once.
const add = newest => {
  const all = new Map([...list, ...newest].map(l => [l.id, l]));
  list = [...all.values()].sort((a, b) => b.id - a.id).slice(0, KEPT);
};

export const logs = {
  add,
  tail: q => new URLSearchParams({ logs: 1, ...filtersOf(q) }),
  load: async q => {
    const what = JSON.stringify(filtersOf(q));
    if (what !== logsOf) list = [];
    logsOf = what;
    const d = await ask('logs', { ...filtersOf(q), after: list[0]?.id, limit: KEPT });
    if (what === logsOf) add(d.logs);
    return d;
  },
  view: (d, q, again, paused) => [
    h('h1', 'Logs', h('small', `${list.length}${list.length === KEPT ? ' latest' : ''} · ${paused ? 'paused' : 'live'}`)),
    search(
      filterBox('text or attribute contains…', q.q, v => set({ q: v })), pickService(q.service),
      select('Level', q.level, [['', 'all levels'], ...LEVELS.map(l => [l, l === 'fatal' ? l : `${l} and above`])], v => set({ level: v })),
      LOG_FILTERS.some(f => q[f]) && to('all', 'logs')),
    panel('Latest first', logRows(list, { again }, 'No such logs are kept.')),
  ],
};

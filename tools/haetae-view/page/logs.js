// SPDX-License-Identifier: Apache-2.0
// Logs as they come: each time those are logsOf for that are newer than what is here.
import { ask } from './api.js';
import { filterBox, h, panel, select, to } from './dom.js';
import { set } from './route.js';
import { logRows, pickService, search } from './shared.js';

const KEPT = 500;
const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal'];
const LOG_FILTERS = ['service', 'level', 'q', 'trace'];
let list = []; // the newest first
let logsOf = '';

export const logs = {
  load: async q => {
    const filters = Object.fromEntries(LOG_FILTERS.map(f => [f, q[f]]));
    const what = JSON.stringify(filters);
    if (what !== logsOf) list = [];
    const d = await ask('logs', { ...filters, after: list[0]?.id, limit: KEPT });
    list = what === logsOf || !list.length ? [...d.logs, ...list].slice(0, KEPT) : d.logs;
    logsOf = what;
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

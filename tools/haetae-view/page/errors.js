// SPDX-License-Identifier: Apache-2.0
// Errors in groups, and one group with where it came up.
import { ask, ranged } from './api.js';
import { lines, serviceOf } from './chart.js';
import { crumbs, filterBox, h, Long, moment, panel, table, traceLink } from './dom.js';
import { countOf } from './format.js';
import { errorTable, tiles, when } from './overview.js';
import { addTrends, gridOf } from './requests.js';
import { link, set } from './route.js';
import { has, pickService, search, tags } from './shared.js';

export const errors = {
  load: async q => {
    const d = await ranged('errors', { service: q.service });
    return addTrends(gridOf(), d.errors.filter(g => has(g.text, q.q)));
  },
  view: (list, q) => [
    h('h1', 'Errors', h('small', `${list.length} groups: failed spans and logs of level ERROR and above, equal but for digits`)),
    search(filterBox('text contains…', q.q, v => set({ q: v })), pickService(q.service)),
    panel('Groups', errorTable(list)),
  ],
};

export const error = {
  title: () => 'Error',
  up: () => link('errors'),
  load: async q => {
    const grid = gridOf();
    const d = await ask('error', { id: q.id });
    await addTrends(grid, [d]);
    return { ...d, grid };
  },
  view: d => [
    crumbs('Errors', 'errors', serviceOf(d.service), ' ', h('span.bad', d.text || 'no message')),
    tiles([['times', countOf(d.count)], ['first', when(d.first_ns)], ['last', when(d.last_ns)], ['seen in', `${d.kind}s`]]),
    panel('Over time', lines({ label: 'Times', from: d.grid.from, to: d.grid.to, area: true, fmt: countOf, series: [{ name: 'times', color: 'var(--bad)', data: d.trend }] })),
    panel('The latest as it was sent', h('p.mono.wrap', new Long(d.text || 'no message', 4000))),
    panel('Latest', table('Occurrences', [
      ['What exactly', o => [o.text, tags(o.attributes)], 'grow'], ['When', o => moment(o.time_ns)],
      ['Instance', o => h('span.mono.dim', o.instance || '–'), 'wide'], ['Trace', o => traceLink(o.trace_id, o.span_id), 'wide'],
    ], d.occurrences, o => o.time_ns + o.span_id, o => o.trace_id && link('trace', { id: o.trace_id, span: o.span_id }))),
  ],
};

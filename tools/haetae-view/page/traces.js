// SPDX-License-Identifier: Apache-2.0
// Traces: which there are, as dots and as a table.
import { ranged } from './api.js';
import { color, scatter, serviceOf } from './chart.js';
import { button, filterBox, h, moment, panel, select, table, to, warned } from './dom.js';
import { countOf, durationOf, percentile, plus } from './format.js';
import { gridOf, sampleOf } from './requests.js';
import { link, set } from './route.js';
import { pickInstance, pickService, search } from './shared.js';

const LIMIT = 200;
const FILTERS = ['service', 'instance', 'op', 'status', 'min_ms', 'max_ms', 'q', 'sort'];

export function traceTable(traces) {
  const most = Math.max(1, ...traces.map(t => Number(t.duration_ns)));
  return table('Traces', [
    ['Trace', t => [serviceOf(t.service), ' ', t.name], 'grow'],
    ['Start', t => moment(t.start_ns), 'wide'],
    ['Duration', t => durationOf(t.duration_ns), 'n'],
    ['', t => h('span.share', h('i', { style: { width: `${Number(t.duration_ns) / most * 100}%`, background: t.errors ? 'var(--bad)' : color(t.service) } })), 'wide'],
    ['Spans', t => countOf(t.spans), 'n wide'],
    ['Failed', t => warned(t.errors, countOf(t.errors)), 'n'],
  ], traces, t => t.trace_id, t => link('trace', { id: t.trace_id }), 'No such traces in this window.');
}

export const traces = {
  load: async q => {
    const grid = gridOf();
    const [{ traces: found }, sample] = await Promise.all([ranged('traces', { ...Object.fromEntries(FILTERS.map(f => [f, q[f]])), limit: LIMIT }), q.q ? null : sampleOf(grid, q)]);
    return { grid, found, sample: sample || found };
  },
  view: (d, q) => {
    const values = d.sample.map(t => Number(t.duration_ns));
    return [
      h('h1', 'Traces', h('small', values.length > 0 && `p50 ${durationOf(percentile(values, 0.5))} · p99 ${durationOf(percentile(values, 0.99))}`)),
      search(
        filterBox('name, message or attribute contains…', q.q, v => set({ q: v })),
        pickService(q.service), pickInstance(q.service, q.instance),
        select('Status', q.status, [['', 'any status'], ['error', 'failed']], v => set({ status: v })),
        [['Duration', 'min_ms', '≥'], ['Longest', 'max_ms', '≤']].map(([label, key, sign]) =>
          select(label, q[key], [['', `${sign} any duration`], ...[1, 10, 100, 1000, 10000].map(v => [v, `${sign} ${durationOf(v * 1e6)}`])], v => set({ [key]: v }))),
        select('Order', q.sort, [['', 'newest'], ['slowest', 'slowest']], v => set({ sort: v })),
        q.op && button(`${q.op} ✕`, () => set({ op: '' }), { aria: 'Remove the filter of the route' }),
        FILTERS.some(f => q[f]) && to('all', 'traces')),
      panel('Durations', 'a dot each: click opens it, drag marks a range', scatter({
        label: 'Durations of traces', from: d.grid.from, to: plus(d.grid.to, BigInt(d.grid.step) * 1000000000n), fmt: durationOf,
        dots: d.sample.map(t => ({ time: t.start_ns, value: Number(t.duration_ns), href: link('trace', { id: t.trace_id }),
          title: `${t.service} ${t.name}, ${durationOf(t.duration_ns)}`, color: t.errors ? 'var(--bad)' : color(t.service) })) })),
      panel('Traces', d.found.length === LIMIT ? `the first ${LIMIT}` : `${d.found.length}`, traceTable(d.found)),
    ];
  },
};

// SPDX-License-Identifier: Apache-2.0
// Metrics: all of them, and one with its series, percentiles and exemplars.
import { ask, ranged, sql } from './api.js';
import { lines, serviceOf, spark } from './chart.js';
import { crumbs, dim, filterBox, h, panel, table, to } from './dom.js';
import { clock, countOf, quantity, rate } from './format.js';
import { stepsOf } from './points.js';
import { gridOf } from './requests.js';
import { link, set } from './route.js';
import { attributeTable, has, pickService, search, valueText } from './shared.js';

const LINES = 8;
const RECENT = 40; // points of a trend
const kindOf = m => m.kind.replaceAll('_', ' ') + (m.temporality === 'unspecified' ? '' : ' · ' + m.temporality);

// The latest points of each metric's first series. Of counters the growth.
async function trends(metrics) {
  const rows = await sql("SELECT s.metric, iif(p.count IS NULL, p.value, printf('%u', p.count)) FROM (SELECT metric, min(id) AS id FROM series GROUP BY metric ORDER BY metric LIMIT 25) s "
    + 'JOIN point p ON p.series = s.id AND p.time_ns >= (SELECT max(time_ns) FROM point WHERE series = s.id) - 3600000000000 ORDER BY p.time_ns DESC LIMIT 1000');
  const of = new Map();
  for (const [id, v] of rows) of.set(id, [...(of.get(id) || []), Number(v)].slice(0, RECENT));
  return metrics.map(m => {
    const values = (of.get(String(m.id)) || []).reverse();
    const grows = m.temporality === 'cumulative' && /counter|hist/.test(m.kind) && m.kind !== 'up_down_counter';
    return { ...m, spark: grows ? values.slice(1).map((v, i) => Math.max(0, v - values[i])) : values };
  });
}

export const metrics = {
  load: async q => {
    const d = await ask('metrics', { service: q.service });
    return trends(d.metrics.filter(m => has(m.name, q.q)));
  },
  view: (list, q) => [
    h('h1', 'Metrics', h('small', list.length)),
    search(filterBox('name contains…', q.q, v => set({ q: v })), pickService(q.service)),
    panel('All', table('Metrics', [['Metric', m => m.name, 'grow'], ['Service', m => serviceOf(m.service)], ['Kind', m => dim(kindOf(m)), 'wide'], ['Unit', m => m.unit, 'wide'],
      ['Series', m => countOf(m.series_count), 'n wide'], ['Trend', m => m.spark.length > 1 && spark(m.spark, { label: m.name })]], list, m => m.id, m => link('metric', { id: m.id }), 'No such metrics. Send OTLP to /v1/metrics of this address.')),
  ],
};

const nameOf = s => Object.entries(s.attributes).map(([k, v]) => `${k}=${valueText(v)}`).join(' ') || s.instance || 'all';
const most = s => Math.max(0, ...s.values.map(v => v || 0));

export const metric = {
  title: (q, d) => d?.name || 'Metric',
  up: () => link('metrics'),
  load: async q => {
    const grid = gridOf();
    const d = await ranged('metric', { id: q.id, buckets: 1 });
    return { ...d, grid, series: d.series.map(s => ({ ...s, ...stepsOf(d, s.points, grid), name: nameOf(s) })) };
  },
  view: (d, q) => {
    const chosen = d.series.filter(s => (!q.series || String(s.id) === q.series) && has(s.name, q.q));
    const histogram = d.kind.includes('histogram');
    const counted = histogram || d.kind === 'counter';
    const top = [...chosen].sort((a, b) => most(b) - most(a)).slice(0, LINES).map((s, i) => ({ ...s, color: `var(--c${i % 8})` }));
    const unit = v => quantity(v, d.unit);
    const dots = top.flatMap(s => s.exemplars.filter(e => e.trace_id && BigInt(e.time_ns) >= BigInt(d.grid.from)).map(e => ({ time: e.time_ns, value: e.value, tab: true, color: s.color,
      href: link('trace', { id: e.trace_id, span: e.span_id }), title: `exemplar ${unit(e.value)} at ${clock(e.time_ns)}: opens its trace` })));
    const note = top.length < chosen.length ? `the highest ${top.length} of ${chosen.length} series` : null;
    const chart = (name, fmt, pick, more) => panel(name, note, lines({ from: d.grid.from, to: d.grid.to, label: name, fmt, series: top.map(s => ({ ...s, data: s[pick] })), ...more }));
    return [
      crumbs('Metrics', 'metrics', d.name, h('small', serviceOf(d.service), ` · ${kindOf(d)}`, d.unit && ` · ${d.unit}`)),
      d.description && h('p.dim', d.description),
      search(filterBox('series contains…', q.q, v => set({ q: v })), q.series && to('all series', 'metric', { id: q.id }),
        dots.length > 0 && dim('a dot is an exemplar: it opens its trace')),
      histogram && ['p99', 'p90', 'p50'].map(p => chart(p, unit, p, { dots: p === 'p99' ? dots : [] })),
      chart(counted ? 'Rate' : 'Value', counted ? rate : unit, 'values', { area: top.length < 3, dots: histogram || counted ? [] : dots }),
      panel('Series', table('Series', [['Attributes', s => s.name, 'grow'], ['Instance', s => h('span.mono.dim', s.instance || '–'), 'wide'],
        ['Last', s => s.points[0] && (histogram ? countOf(s.points[0].count) : s.points[0].integer ?? unit(s.points[0].value)), 'n'], ['Trend', s => spark(s.values, { label: 'values' })]], chosen, s => s.id, s => link('metric', { id: q.id, series: s.id }))),
      q.series && chosen.map(s => panel('Attributes', attributeTable(s.attributes, 'Attributes'))),
    ];
  },
};

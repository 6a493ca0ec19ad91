// SPDX-License-Identifier: Apache-2.0
// One trace: its spans as a waterfall, its logs, and what the chosen span says.
import { ask } from './api.js';
import { at, color, serviceOf } from './chart.js';
import { button, crumbs, dim, h, Long, panel, traceLink } from './dom.js';
import { countOf, durationOf, exact, fullTime, minus, visible } from './format.js';
import { link, set } from './route.js';
import { attributeTable, logRows, saved } from './shared.js';

const ROWS = 300;
const DEPTH_SHOWN = 16;
const closed = new Set();
let rowLimit = ROWS;
let shown = '';

// The spans from roots down, each with its depth. A span whose parents lead back to itself
// or are not there is a root of its own. No recursion: a chain may be long.
export function treeOf(spans) {
  const byId = new Map();
  spans.forEach((s, i) => { if (!byId.has(s.span_id)) byId.set(s.span_id, i); });
  const children = spans.map(() => []);
  const roots = [];
  spans.forEach((s, i) => {
    const parent = s.parent_id == null ? undefined : byId.get(s.parent_id);
    (parent === undefined || parent === i ? roots : children[parent]).push(i);
  });
  const early = (a, b) => minus(spans[a].start_ns, spans[b].start_ns);
  const seen = new Set();
  const rows = [];
  const walk = root => {
    const stack = [[root, 0]];
    while (stack.length) {
      const [i, depth] = stack.pop();
      if (seen.has(i)) continue;
      seen.add(i);
      rows.push({ span: spans[i], i, depth, children: children[i] });
      children[i].sort(early).reverse().forEach(c => stack.push([c, depth + 1]));
    }
  };
  roots.sort(early).forEach(walk);
  spans.forEach((s, i) => walk(i)); // cycles have no root
  return rows;
}

// The spans that the trace's end waited for: of each, from its end back, the child that ended
// last, then the one that ended last before that began.
export function criticalOf(spans, rows) {
  const end = i => minus(spans[i].start_ns, spans[0].start_ns) + Number(spans[i].duration_ns);
  const children = new Map(rows.map(r => [r.i, r.children]));
  const found = new Set();
  const stack = rows.length ? [rows[0].i] : [];
  while (stack.length) {
    const i = stack.pop();
    if (found.has(i)) continue;
    found.add(i);
    let until = end(i);
    for (const c of [...children.get(i)].sort((a, b) => end(b) - end(a))) {
      if (Math.min(end(c), end(i)) > until) continue;
      stack.push(c);
      until = minus(spans[c].start_ns, spans[0].start_ns);
    }
  }
  return found;
}

function visibleRows(rows) {
  const out = [];
  let below = Infinity;
  for (const row of rows) {
    if (row.depth > below) continue;
    below = closed.has(row.span.span_id) ? row.depth : Infinity;
    out.push(row);
  }
  return out;
}

function bar(d, row, total, logs) {
  const s = row.span;
  const left = minus(s.start_ns, d.start_ns) / total;
  const width = Number(s.duration_ns) / total;
  const end = left + width;
  const mark = (time, text, bad) => h(bad ? 'u.bad' : 'u', { title: text, style: { left: at(minus(time, d.start_ns) / total) } });
  const text = width > 0.4 ? { right: at(1 - end) } : end > 0.8 ? { right: at(1 - left) } : { left: at(end) };
  return h('div.time',
    h(s.status === 'error' ? 's.failed' : 's', { style: { left: at(left), width: at(width) } }),
    (s.events || []).map(e => mark(e.time_ns, `event ${e.name}`, /exception|error/i.test(e.name))),
    (logs.get(s.span_id) || []).map(l => mark(l.time_ns, `${l.level}: ${visible(l.body ?? '')}`, l.severity >= 17)),
    h(width > 0.4 ? 'span.in' : 'span', { style: text }, durationOf(s.duration_ns)));
}

function waterfall(d, rows, chosen, again) {
  const total = Math.max(1, Number(d.duration_ns));
  const critical = criticalOf(d.spans, rows);
  const logs = Map.groupBy(d.logs, l => l.span_id);
  const list = visibleRows(rows);
  return h('div.wf', { role: 'list', aria: 'Spans' },
    h('div.wf-head', { 'aria-hidden': 'true' }, h('span', 'Span'),
      h('span.axis', [0, 0.25, 0.5, 0.75, 1].map(f => h('i', durationOf(total * f))))),
    list.slice(0, rowLimit).map(row => {
      const s = row.span;
      const folded = closed.has(s.span_id);
      return h('div', { role: 'listitem', key: 's' + row.i, 'data-row': true, style: { '--c': color(s.service) },
        class: `span ${s.span_id === chosen ? 'chosen' : ''} ${critical.has(row.i) ? 'critical' : ''}`,
        on: { click: () => set({ span: s.span_id }) } },
      h('div.name', { style: { 'padding-left': `min(${Math.min(row.depth, DEPTH_SHOWN) * 13 + 5}px, 45%)` } },
        row.children.length ? button(folded ? '▸' : '▾', e => {
          e.stopPropagation();
          folded ? closed.delete(s.span_id) : closed.add(s.span_id);
          again();
        }, { class: 'fold', aria: folded ? 'Show what is below' : 'Hide what is below' }) : h('i.fold'),
        button(s.name || 'no name', () => {}, { class: `go ${s.status === 'error' ? 'bad' : ''}`, 'aria-pressed': String(s.span_id === chosen) }),
        dim(s.service, s.kind !== 'internal' && ` · ${s.kind}`)),
      bar(d, row, total, logs));
    }),
    list.length > rowLimit && button(`${list.length - rowLimit} more spans`, () => { rowLimit += 2 * ROWS; again(); }));
}

const heading = (text, note) => h('h3', text, note && h('small', note));

function side(d, s) {
  const own = d.logs.filter(l => l.span_id === s.span_id).length;
  return h('aside.panel.side', { aria: 'The chosen span' },
    h('h2', new Long(s.name || 'no name', 500)),
    h('p', serviceOf(s.service), dim(` · ${s.kind} · ${durationOf(s.duration_ns)} · at ${durationOf(minus(s.start_ns, d.start_ns))}`)),
    s.status === 'error' && h('p.bad', new Long(s.message || 'failed', 4000)),
    heading('Attributes'), attributeTable(s.attributes, 'Attributes'),
    (s.events || []).map(e => [heading(e.name, `at ${durationOf(minus(e.time_ns, d.start_ns))}`), attributeTable(e.attributes, 'Attributes of the event')]),
    s.links?.length > 0 && [heading('Links'), s.links.map(l => h('p', traceLink(l.trace_id, l.span_id, 32)))],
    heading('Resource'), attributeTable(d.resources.find(r => r.resource === s.resource)?.attributes, 'Resource'),
    heading('Span'), attributeTable({ 'span id': s.span_id, 'parent id': s.parent_id || 'none', scope: `${s.scope || 'none'} ${s.scope_version || ''}`, start: fullTime(s.start_ns),
      duration: exact(s.duration_ns), status: s.status, logs: own }, 'Span'));
}

export const trace = {
  title: (q, d) => d ? `Trace ${d.trace_id.slice(0, 8)}` : 'Trace',
  up: () => link('traces'),
  fresh: d => Date.now() * 1e6 - Number(d.start_ns) - Number(d.duration_ns) < 60e9,
  load: q => ask('trace', { id: q.id }),
  view: (d, q, again) => {
    if (shown !== d.trace_id) {
      shown = d.trace_id;
      rowLimit = ROWS;
      closed.clear();
    }
    const rows = treeOf(d.spans);
    if (!rows.length) return h('p', 'This trace has no spans.');
    const bad = rows.find(r => r.span.status === 'error' && r.span.message) || rows[0];
    const chosen = rows.find(r => r.span.span_id === q.span)?.span || bad.span;
    const failed = d.spans.filter(s => s.status === 'error').length;
    return [
      crumbs('Traces', 'traces', rows[0].span.name,
        h('small', h('span.mono', d.trace_id))),
      h('p.bar', dim({ title: fullTime(d.start_ns) },
        `${fullTime(d.start_ns).slice(0, 23)} · ${durationOf(d.duration_ns)} · ${countOf(d.spans.length)} spans · ${new Set(d.spans.map(s => s.service)).size} services · `
        + `${failed} failed · ${d.logs.length} logs`, d.span_count > d.spans.length && ` · ${countOf(d.span_count)} spans in all`),
      button('Copy id', () => navigator.clipboard?.writeText(d.trace_id)),
      saved('Export', `trace-${d.trace_id}.jsonl`, `export?trace=${d.trace_id}`),
      saved('Open in Perfetto', `trace-${d.trace_id}.json`, `perfetto?trace=${d.trace_id}`, 'Saves trace-event JSON: open the file at ui.perfetto.dev'),
      dim(h('i.critical-key'), ' critical path')),
      h('div.grid.sided',
        h('div', null,
          panel('Spans', waterfall(d, rows, chosen.span_id, again)),
          panel('Logs', 'time since the start of the trace', logRows([...d.logs].sort((a, b) => minus(a.time_ns, b.time_ns)), { since: d.start_ns, again, linked: false }))),
        side(d, chosen)),
    ];
  },
};

// SPDX-License-Identifier: Apache-2.0
// Two versions, instances or windows of time side by side.
import { ask, quote, ranged } from './api.js';
import { dim, h, panel, select, table } from './dom.js';
import { clock, countOf, durationOf, percent, rate } from './format.js';
import { errorTable } from './overview.js';
import { addTrends, ENTRY, gridOf, ofService, routesOf, sumOf } from './requests.js';
import { set } from './route.js';
import { pickService, search } from './shared.js';

// How b differs from a; what grew by a fifth or more of what should stay small is bad.
function change(a, b, calm) {
  if (a == null || b == null) return '';
  if (Number(a) === Number(b)) return dim('=');
  const ratio = Number(a) > 0 ? Number(b) / Number(a) : Infinity;
  const style = calm ? null : ratio >= 1.2 ? 'bad' : ratio <= 0.8 ? 'good' : null;
  return h('span', { class: style }, ratio === Infinity ? 'new' : `${ratio >= 1 ? '+' : '−'}${percent(Math.abs(ratio - 1))}`);
}

const FIGURES = [['Requests', 'requests', countOf, true], ['Per second', 'requests_per_s', rate, true], ['Errors', 'error_share', percent],
  ['p50', 'p50_ns', durationOf], ['p99', 'p99_ns', durationOf], ['Max', 'max_ns', durationOf]];

// {label, grid, where} of both sides. Windows: the one that is shown, and the one before it.
function sidesOf(q, choices) {
  const grid = gridOf();
  if (q.by === 'version' || q.by === 'instance') {
    const side = (name, i) => ({ label: q[name] || choices[i] || '–', grid, where: `${ENTRY} AND s.${q.by} = ${quote(q[name] || choices[i] || '')}` });
    return { a: side('a', 0), b: side('b', choices.length - 1) };
  }
  const before = { ...grid, begin: 2 * grid.begin - grid.end, end: grid.begin, first: 2 * grid.first - grid.end };
  const label = g => [g.begin, g.end].map(s => clock(`${s}000000000`).slice(0, -4)).join(' – ');
  return { a: { label: label(before), grid: before, where: ENTRY }, b: { label: label(grid), grid, where: ENTRY } };
}

function routeRows(d) {
  const all = new Map();
  for (const side of ['a', 'b']) for (const r of d[side].routes) all.set(r.op, { ...all.get(r.op), op: r.op, name: r.name, [side]: r });
  return [...all.values()];
}

function routes(d) {
  const cell = (side, [, field, fmt]) => r => r[side] ? fmt(r[side][field]) : '–';
  const columns = FIGURES.filter(f => /requests$|share|p99/.test(f[1])).flatMap(f => [[`${f[0]} A`, cell('a', f), 'n wide'], [`${f[0]} B`, cell('b', f), 'n'],
    ['', r => change(r.a?.[f[1]], r.b?.[f[1]], f[3]), 'n']]);
  return table('Routes of both', [['Route', r => r.name, 'grow'], ...columns], routeRows(d), r => r.op);
}

const pickSide = (name, d) => select(name, d[name].label, [...new Set([...d.choices, d[name].label])].map(c => [c, c]), v => set({ [name]: v }));

export const compare = {
  load: async q => {
    const all = await ask('services');
    const choices = [...new Set(all.services.filter(s => !q.service || s.name === q.service).flatMap(s => s.instances.map(i => i[q.by])).filter(Boolean))].sort();
    const sides = sidesOf(q, choices);
    const filled = await Promise.all(Object.entries(sides).map(async ([name, side]) => {
      const where = side.where + ofService(q.service);
      const [sum, found] = await Promise.all([sumOf(side.grid, where), routesOf(side.grid, where)]);
      return [name, { ...side, sum, routes: found }];
    }));
    const { errors } = await ranged('new_errors', { by: q.by, service: q.service, a: sides.a.label, b: sides.b.label });
    return { ...Object.fromEntries(filled), choices, errors: await addTrends(sides.b.grid, errors) };
  },
  view: (d, q) => [
    h('h1', 'Compare'),
    search(
      select('By', q.by, [['', 'windows of time'], ['version', 'versions'], ['instance', 'instances']], by => set({ by, a: '', b: '' })),
      pickService(q.service), q.by ? [pickSide('a', d), pickSide('b', d)] : dim('the window that is shown, and the one before it')),
    panel('Totals', table('Totals', [['', f => f[0]], [`A: ${d.a.label}`, f => d.a.sum ? f[2](d.a.sum[f[1]]) : '–', 'n'], [`B: ${d.b.label}`, f => d.b.sum ? f[2](d.b.sum[f[1]]) : '–', 'n'],
      ['B against A', f => change(d.a.sum?.[f[1]], d.b.sum?.[f[1]], f[3]), 'n']], FIGURES, f => f[0])),
    panel('Errors of B only', errorTable(d.errors, true)),
    panel('Routes', routes(d)),
  ],
};

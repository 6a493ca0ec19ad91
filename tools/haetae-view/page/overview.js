// SPDX-License-Identifier: Apache-2.0
// Overview, Services and Service: requests, errors and durations.
import { alertCards } from './alerts.js';
import { ask, ranged } from './api.js';
import { color, lines, serviceOf, spark } from './chart.js';
import { crumbs, dim, h, panel, table, to, traceLink, warned } from './dom.js';
import { ago, bytes, countOf, durationOf, fullTime, percent, rate } from './format.js';
import { addTrends, CALL, ENTRY, gridOf, ofService, routesOf, spread } from './requests.js';
import { link } from './route.js';
import { traceTable } from './traces.js';

const MOST_LINES = 6;
const FEW = 8;

export const share = value => h(value >= 0.05 ? 'span.bad' : value > 0 ? 'span.warn' : 'span.dim', percent(value));
export const when = ns => dim({ title: ns && fullTime(ns) }, ns ? ago(ns) : '–');
export const tiles = list => h('div.tiles', list.map(([name, value, style]) =>
  h('div.tile', { key: 't' + name }, h('b', { class: style }, value), h('span', name))));

// Of several rows {name, requests, spark}, the busiest first.
function red(grid, rows, what) {
  const all = rows.filter(r => r.spark);
  const top = [...all].sort((a, b) => b.requests - a.requests).slice(0, MOST_LINES);
  const of = pick => top.map(r => ({ name: r.name, color: color(r.name), data: pick(r.spark) }));
  const note = what + (rows.length > top.length ? `, ${top.length} of ${rows.length}` : '');
  const chart = (title, label, more) => panel(title, note, lines({ from: grid.from, to: grid.to, label, ...more }));
  return h('div.grid.three',
    chart('Requests', 'Requests per second', { area: true, fmt: rate, series: of(s => s.rate) }),
    chart('Errors', 'Share of errors', { min: 0.04, fmt: percent, series: of(s => s.errors.map((v, i) => s.requests[i] ? v / s.requests[i] : 0)) }),
    chart('p99 duration', 'p99 duration', { fmt: durationOf, series: of(s => s.p99_ns) }));
}

const figures = unit => [
  [unit, r => countOf(r.requests), 'n'], ['per s', r => rate(r.requests_per_s).replace('/s', ''), 'n wide'], ['Errors', r => share(r.error_share), 'n'],
  ['p50', r => durationOf(r.p50_ns), 'n wide'], ['p99', r => durationOf(r.p99_ns), 'n'], ['Max', r => durationOf(r.max_ns), 'n wide'],
  ['Trend', r => r.spark && h('span.sparks', spark(r.spark.requests, { label: 'requests' }),
    spark(r.spark.errors, { kind: 'bad', label: 'errors', max: Math.max(1, ...r.spark.requests) })), 'wide'],
];

const serviceTable = rows => table('Services', [['Service', r => serviceOf(r.name)], ...figures('Requests'),
  ['Failed calls', r => warned(r.failed, countOf(r.failed)), 'n wide'], ['Instances', r => r.instances.length, 'n wide'],
  ['Versions', r => [...new Set(r.instances.map(i => i.version).filter(Boolean))].join(', ') || '–', 'wide']],
rows, r => r.name, r => link('service', { name: r.name }), 'Nothing in this window. Send OTLP to /v1/traces of this address.');

export const errorTable = (groups, brief) => table('Errors', [
  ['Error', g => h('span.bad', g.text || 'no message'), 'grow'], ['Service', g => serviceOf(g.service)],
  !brief && ['In', g => dim(g.kind), 'wide'], ['Trend', g => g.trend && spark(g.trend, { kind: 'bad', label: 'times' }), 'wide'],
  ['Times', g => countOf(g.count), 'n'], !brief && ['First', g => when(g.first_ns), 'n wide'], ['Last', g => when(g.last_ns), 'n'],
  ['Trace', g => traceLink(g.trace_id), 'wide'],
].filter(Boolean), groups, g => g.id, g => link('error', { id: g.id }), 'No errors in this window.');

const routeTable = (rows, named, unit) => table(unit || 'Routes', [...(named ? [['Service', r => serviceOf(r.service)]] : []), [unit ? 'Call' : 'Route', r => r.name, 'grow'], ...(unit ? [['To', r => r.to]] : []),
  ...figures(unit || 'Requests').filter(c => !named || c[0] !== 'Max')], rows, r => r.op, r => link('traces', { service: r.service, op: r.name }), unit ? 'It makes no calls.' : undefined);

// Services with what they did in the window, also those that did nothing.
function join(grid, d, all, calls) {
  const none = { requests: 0, errors: 0, error_share: 0, requests_per_s: 0, steps: [] };
  return all.services.map(s => ({ ...none, ...s, ...d.services.find(f => f.name === s.name),
    failed: calls.filter(c => c.service === s.name).reduce((sum, c) => sum + c.errors, 0) }))
    .map(s => ({ ...s, spark: spread(grid, s.steps) })).sort((a, b) => b.requests - a.requests);
}

async function loadOverview() {
  const grid = gridOf();
  const [d, all, calls, routes] = await Promise.all([ranged('overview'), ask('services'), routesOf(grid, CALL), routesOf(grid, ENTRY)]);
  await addTrends(grid, d.errors);
  return { ...d, grid, routes, services: join(grid, d, all, calls) };
}

export const overview = {
  load: loadOverview,
  view: (d, q, again, paused, reload) => {
    const sum = name => d.services.reduce((all, s) => all + s[name], 0);
    return [
      d.alerts?.length > 0 && panel('Firing alerts', `${d.alerts.length}`, alertCards(d.alerts, reload)),
      tiles([['requests', countOf(sum('requests'))], ['per second', rate(sum('requests_per_s'))], ['errors', countOf(sum('errors')), sum('errors') ? 'bad' : null],
        ['failed calls', countOf(sum('failed')), sum('failed') ? 'bad' : null], ['spans kept', countOf(d.kept.spans)], ['logs kept', countOf(d.kept.logs)],
        ['points kept', countOf(d.kept.points)], ['database', bytes(d.kept.bytes)]]),
      red(d.grid, d.services, 'by service'),
      panel('Services', serviceTable(d.services)),
      h('div.grid.two', panel('Routes', 'most time spent first', routeTable(d.routes.slice(0, 12), true)),
        h('div', panel('Latest errors', to('all', 'errors'), errorTable(d.errors.slice(0, FEW), true)),
          panel('Slowest traces', to('all', 'traces', { sort: 'slowest' }), traceTable(d.slowest.slice(0, FEW))))),
    ];
  },
};

export const services = {
  load: loadOverview,
  view: d => [h('h1', 'Services'), panel('Services', `${d.services.length}`, serviceTable(d.services))],
};

export const serviceScreen = {
  title: q => q.name,
  up: () => link('services'),
  load: async q => {
    const grid = gridOf();
    const [d, routes, calls] = await Promise.all([ranged('service', { name: q.name }), routesOf(grid, ENTRY + ofService(q.name)), routesOf(grid, CALL + ofService(q.name))]);
    for (const c of calls) c.to = d.peers.filter(p => p.name === c.name).map(p => p.peer).join(', ');
    return { ...d, grid, routes, calls, errors: await addTrends(grid, d.errors) };
  },
  view: d => {
    const s = d.services[0];
    const failed = d.calls.reduce((sum, c) => sum + c.errors, 0);
    return [
      crumbs('Services', 'services', serviceOf(d.name)),
      h('p.bar', [['Traces', 'traces'], ['Logs', 'logs'], ['Metrics', 'metrics'], ['Compare', 'compare']].map(([text, screen]) =>
        h('a.button', { href: link(screen, { service: d.name }) }, text))),
      s ? tiles([['requests', countOf(s.requests)], ['per second', rate(s.requests_per_s)], ['errors', percent(s.error_share), s.errors ? 'bad' : null], ['p50', durationOf(s.p50_ns)],
        ['p99', durationOf(s.p99_ns)], ['max', durationOf(s.max_ns)], ['failed calls', countOf(failed), failed ? 'bad' : null]]) : h('p.dim', 'It had no requests in this window.'),
      red(d.grid, d.routes, 'by route'),
      h('div.grid.two',
        h('div', panel('Routes', routeTable(d.routes)),
          panel('Calls it makes', routeTable(d.calls, false, 'Calls'))),
        h('div', panel('Slowest traces', traceTable(d.slowest)),
          panel('Errors', errorTable(d.errors, true)),
          panel('Instances', table('Instances', [['Instance', i => h('span.mono', i.instance || '–'), 'grow'], ['Version', i => i.version || '–']],
            d.instances, i => i.resource, i => link('compare', { service: d.name, by: 'instance', a: i.instance }))))),
    ];
  },
};

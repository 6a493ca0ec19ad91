// SPDX-License-Identifier: Apache-2.0
// Incidents: a marked window with notes, its timeline, and a file of it. They are kept in this
// browser; what came in the window is asked for as long as the program keeps it.
import { ask, sql } from './api.js';
import { button, crumbs, dim, h, Long, moment, panel, table, traceLink } from './dom.js';
import { clock, countOf, durationOf, minus, plus } from './format.js';
import { go, link, route } from './route.js';
import { save } from './shared.js';
import { alarm } from './status.js';

const KEY = 'haetae-view incidents';
const now = () => `${Date.now()}000000`;

function stored() {
  try { return JSON.parse(localStorage.getItem(KEY)) || []; } catch { return []; }
}

function store(list) {
  try { localStorage.setItem(KEY, JSON.stringify(list)); } catch { alarm('this browser keeps nothing for the page'); }
}

const alter = (id, act) => store(stored().map(i => i.id === id ? act(i) : i));

const form = (label, text, done) => h('form.bar', { on: { submit: e => {
  e.preventDefault();
  const box = e.target.querySelector('input');
  const value = box.value.trim();
  box.value = '';
  if (value) done(value);
} } }, h('input', { aria: label, placeholder: label, maxlength: 1000 }), h('button', text));

// Of the window that is shown now.
function mark(title) {
  const { from, to, window } = route.range;
  const end = to || now();
  const incident = { id: now(), title, from_ns: from || plus(end, -1000000000n * BigInt(window)), to_ns: end, notes: [] };
  store([...stored(), incident]);
  go('incident', { id: incident.id });
}

const extent = i => `${clock(i.from_ns)} – ${clock(i.to_ns)}`;

export const incidents = {
  load: async () => stored(),
  view: list => [
    h('h1', 'Incidents', h('small', 'kept in this browser')),
    panel('Mark this window', 'drag over a chart to choose another one', form('what happened?', 'Mark', mark)),
    panel('All', table('Incidents', [['Incident', i => i.title, 'grow'], ['When', extent], ['Length', i => durationOf(minus(i.to_ns, i.from_ns)), 'n wide'], ['Notes', i => countOf(i.notes.length), 'n wide']],
      list, i => i.id, i => link('incident', { id: i.id }), 'None is marked.')),
  ],
};

// Errors that came first or last in the window, processes that began in it, and notes.
async function timelineOf(i) {
  const inside = ns => minus(ns, i.from_ns) >= 0 && minus(i.to_ns, ns) >= 0;
  const [d, starts] = await Promise.all([ask('errors', { from: i.from_ns, to: i.to_ns }),
    sql('SELECT s.service, s.instance, s.version, min(r.bucket_s) FROM rollup r JOIN resource s ON s.id = r.resource GROUP BY s.id ORDER BY 4 DESC LIMIT 200')]);
  const of = (e, time_ns, words) => ({ time_ns, kind: 'error', text: `${e.service}: ${e.text} (${words})`, trace_id: e.trace_id });
  return [
    ...i.notes.map(n => ({ ...n, kind: 'note' })),
    ...d.errors.flatMap(e => [of(e, e.first_ns, 'for the first time'), ...(e.count > 1 ? [of(e, e.last_ns, `for the ${e.count}th time, the last so far`)] : [])]),
    ...starts.map(([service, instance, version, s]) => ({ time_ns: `${s}000000000`, kind: 'start', text: `first request of ${service} ${version || ''} ${instance || ''}` })),
  ].filter(t => inside(t.time_ns)).sort((a, b) => minus(a.time_ns, b.time_ns));
}

export const incident = {
  title: (q, d) => d?.incident.title || 'Incident',
  up: () => link('incidents'),
  load: async q => {
    const found = stored().find(i => i.id === q.id);
    if (!found) throw Object.assign(new Error('This browser has no such incident.'), { status: 404 });
    return { incident: found, timeline: await timelineOf(found) };
  },
  view: (d, q, again, paused, reload) => {
    const i = d.incident;
    const range = { from: i.from_ns, to: i.to_ns };
    const note = text => {
      const time = now();
      alter(i.id, old => ({ ...old, notes: [...old.notes, { time_ns: time, text }], to_ns: minus(time, old.to_ns) > 0 ? time : old.to_ns }));
      reload();
    };
    return [
      crumbs('Incidents', 'incidents', i.title),
      h('p.bar', dim(extent(i), ` · ${durationOf(minus(i.to_ns, i.from_ns))}`),
        [['Overview', 'overview'], ['Traces', 'traces'], ['Errors', 'errors']].map(([text, screen]) => h('a.button', { href: link(screen, {}, range) }, text)),
        button('Export', () => save(`incident-${i.id}.json`, d)),
        button('Delete', () => { store(stored().filter(o => o.id !== i.id)); go('incidents'); })),
      panel('Add a note', form('what was seen, tried, decided?', 'Add', note)),
      panel('Timeline', `${d.timeline.length}`, h('ol.timeline', d.timeline.map(t => h('li', { class: t.kind === 'error' ? 'bad' : null },
        moment(t.time_ns), h('span.tag', t.kind), h('span.wrap', new Long(t.text, 1000)), traceLink(t.trace_id))))),
    ];
  },
};

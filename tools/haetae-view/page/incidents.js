// SPDX-License-Identifier: Apache-2.0
// Incidents: marked windows with notes, which the program keeps with its database.
import { ask } from './api.js';
import { button, crumbs, dim, h, Long, moment, panel, table, traceLink } from './dom.js';
import { clock, countOf, durationOf, minus, parse, plus } from './format.js';
import { go, link, route } from './route.js';
import { saved } from './shared.js';
import { alarm } from './status.js';

const now = () => `${Date.now()}000000`;
const SIGNALS = { resourceMetrics: 'metrics', resourceLogs: 'logs' };
const BAD = /error|alert/;

// Then the screen is asked for again, or another one is shown.
async function alter(name, q, method, body, then) {
  try {
    then(await ask(name, q, method, body));
  } catch (problem) { alarm(problem.message); }
}

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
  alter('incidents', {}, 'POST', { title, from_ns: from || plus(end, -1000000000n * BigInt(window)), to_ns: end }, d => go('incident', { id: d.id }));
}

// A file that was exported, here or by another program: a request on each line.
async function take(file) {
  let opened;
  try {
    for (const line of (await file.text()).split('\n').filter(l => l.trim())) {
      const kind = /^\s*{\s*"(\w+)/.exec(line)?.[1];
      if (kind === 'haetaeView') {
        const { incident, notes } = parse(line).haetaeView;
        opened = await ask('incidents', {}, 'POST', incident);
        for (const n of notes) await ask('note', {}, 'POST', { ...n, incident: opened.id });
      } else await ask('../v1/' + (SIGNALS[kind] || 'traces'), {}, 'POST', line);
    }
    go(...opened ? ['incident', { id: opened.id }] : ['overview']);
  } catch (problem) { alarm(problem.message); }
}

const extent = i => `${clock(i.from_ns)} – ${clock(i.to_ns)}`;

export const incidents = {
  load: () => ask('incidents'),
  view: d => [
    h('h1', 'Incidents'),
    panel('Mark this window', 'drag over a chart to choose it', form('what happened?', 'Mark', mark)),
    panel('Open a file', 'of OTLP in JSON lines', h('input', { type: 'file', aria: 'File', on: { change: e => take(e.target.files[0]) } })),
    panel('All', table('Incidents', [['Incident', i => i.title, 'grow'], ['When', extent], ['Length', i => durationOf(minus(i.to_ns, i.from_ns)), 'n wide'], ['Notes', i => countOf(i.notes), 'n wide']],
      d.incidents, i => i.id, i => link('incident', { id: i.id }), 'None is marked.')),
  ],
};

export const incident = {
  title: (q, d) => d?.incident.title || 'Incident',
  up: () => link('incidents'),
  load: q => ask('incident', { id: q.id }),
  view: (d, q, again, paused, reload) => {
    const i = d.incident;
    const range = { from: i.from_ns, to: i.to_ns };
    return [
      crumbs('Incidents', 'incidents', i.title),
      h('p.bar', dim(extent(i), ` · ${durationOf(minus(i.to_ns, i.from_ns))}`),
        [['Overview', 'overview'], ['Traces', 'traces'], ['Errors', 'errors']].map(([text, screen]) => h('a.button', { href: link(screen, {}, range) }, text)),
        saved('Export', `incident-${i.id}.jsonl`, `export?incident=${i.id}`),
        button('Delete', () => alter('incident', { id: i.id }, 'DELETE', undefined, () => go('incidents')))),
      panel('Add a note', form('what was seen, tried, decided?', 'Add', text => alter('note', {}, 'POST', { incident: i.id, text }, reload))),
      panel('Timeline', `${d.timeline.length}`, h('ol.timeline', d.timeline.map(t => h('li', { class: BAD.test(t.kind) ? 'bad' : null },
        moment(t.time_ns), h('span.tag', t.kind), h('span.wrap', new Long(t.text, 1000)), traceLink(t.trace_id))))),
    ];
  },
};

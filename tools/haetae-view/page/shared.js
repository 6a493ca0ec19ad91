// SPDX-License-Identifier: Apache-2.0
// What several screens use: names of services, attributes, rows of logs.
import { ask } from './api.js';
import { serviceOf } from './chart.js';
import { button, dim, h, Long, none, select, traceLink } from './dom.js';
import { clock, durationOf, fullTime, levelOf, minus } from './format.js';
import { set } from './route.js';

let known = []; // all services that are kept, whatever the range

export async function askNames() {
  known = (await ask('services')).services;
}

const pick = (label, key, value, names) => select(label, value,
  [['', `all ${label.toLowerCase()}s`], ...[...new Set([...names, value])].filter(Boolean).sort().map(n => [n, n])], v => set({ [key]: v }));
export const pickService = value => pick('Service', 'service', value, known.map(s => s.name));
export const pickInstance = (service, value) => pick('Instance', 'instance', value, known.filter(s => !service || s.name === service).flatMap(s => s.instances.map(i => i.instance)));
export const search = (...children) => h('div.bar', { role: 'search' }, ...children);

export const has = (text, part) => !part || text.toLowerCase().includes(part.toLowerCase());
export const valueText = v => typeof v === 'object' ? JSON.stringify(v) : String(v);

export function attributeTable(values, label) {
  const entries = Object.entries(values || {});
  return entries.length ? h('table.kv', { aria: label }, h('tbody', entries.map(([k, v]) =>
    h('tr', h('th', { scope: 'row' }, k), h('td.mono', h('div.value', new Long(valueText(v), 4000)))))))
    : none();
}

export const ratherBad = level => /ERROR|FATAL/.test(level) ? 'bad' : level === 'WARN' ? 'warn' : /DEBUG|TRACE/.test(level) ? 'dim' : null;

const open = new Set();
const TAGS = 5;

export function tags(attributes) {
  const all = Object.entries(attributes || {});
  return [all.slice(0, TAGS).map(([k, v]) => h('span.tag', `${k}=${valueText(v).slice(0, 60)}`)), all.length > TAGS && dim(` +${all.length - TAGS}`)];
}

// Rows of logs; a click shows one's attributes. since: the times are those after it.
export const logRows = (logs, { since, again, linked = true }, empty) => !logs.length ? none(empty) : h('div.logs', { role: 'list' }, logs.map(l => {
  const level = levelOf(l.severity);
  const more = open.has(l.id);
  const toggle = () => { open.has(l.id) ? open.delete(l.id) : open.add(l.id); again(); };
  return h('div.log', { role: 'listitem', key: 'l' + l.id, 'data-row': true },
    button(since ? durationOf(minus(l.time_ns, since)) : clock(l.time_ns), toggle, { class: 'go mono', title: fullTime(l.time_ns), 'aria-expanded': String(more) }),
    h('b', { class: 'level ' + (ratherBad(level) || '') }, level), serviceOf(l.service),
    h('div.body', more ? new Long(l.body ?? '') : l.body ?? '', l.event_name && h('span.tag', l.event_name),
      !more && tags(l.attributes)),
    linked ? traceLink(l.trace_id, l.span_id) : h('span'),
    more && h('div.more', attributeTable({ ...l.attributes }, 'Attributes'),
      h('p.dim.mono', `${l.scope || ''} ${l.instance || ''}`)));
}));

// A question whose answer becomes a file.
export const saved = (text, name, question, title) => h('a.button', { href: '/api/' + question, download: name, title }, text);

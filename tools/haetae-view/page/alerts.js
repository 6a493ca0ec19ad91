// SPDX-License-Identifier: Apache-2.0
// Alerts: what fires, the rules and what is silenced.
import { ask } from './api.js';
import { button, dim, h, moment, none, panel, table, to } from './dom.js';
import { ago, clock, durationOf, minus } from './format.js';
import { alarm } from './status.js';

const STATES = { __proto__: null, firing: 'span.tag.bad', pending: 'span.tag.warn', unknown: 'span.tag.warn' };
const badge = state => h(STATES[state] || 'span.tag', state);
const labels = all => Object.entries(all).map(([k, v]) => h('span.tag', `${k}=${v}`));

// Then the screen is asked for again, which shows what became of it.
async function order(name, q, reload) {
  try { await ask(name, q, 'POST'); } catch (problem) { alarm(problem.message); }
  reload();
}

const silence = (a, reload) => order('silence', { for: '2h', by: 'page', 'match.rule': a.rule,
  ...Object.fromEntries(Object.entries(a.labels).map(([k, v]) => ['match.' + k, v])) }, reload);

function alertCard(a, reload) {
  const { service } = a.labels;
  return h(a.state === 'firing' || a.state === 'pending' ? 'article.card.' + a.state : 'article.card', { key: 'a' + a.id },
    h('p', badge(a.state), h('span.tag', a.severity), a.silenced && h('span.tag', 'silenced'), ' ', h('b', a.rule)),
    h('p', a.summary),
    h('p', dim(moment(a.since_ns, a.resolved_ns ? clock(a.since_ns) : `since ${ago(a.since_ns)}`), a.resolved_ns && ` for ${durationOf(minus(a.resolved_ns, a.since_ns))}`), labels(a.labels), ' ',
      service && [to('charts', 'service', { name: service }), ' ', to('failed traces', 'traces', { service, status: 'error' }), ' '],
      a.state === 'firing' && !a.silenced && button('Silence for 2 hours', () => silence(a, reload))));
}

export const alertCards = (list, reload, empty) => list.length ? h('div.cards', list.map(a => alertCard(a, reload))) : none(empty);

export const alerts = {
  load: () => ask('alerts'),
  view: (d, q, again, paused, reload) => {
    const of = (state, title, empty) => {
      const list = d.alerts.filter(a => a.state === state);
      return (empty || list.length > 0) && panel(title, `${list.length}`, alertCards(list, reload, empty));
    };
    return [
      h('h1', 'Alerts'),
      of('firing', 'Firing', 'Nothing fires.'), of('pending', 'Pending'),
      panel('Rules', table('Rules', [['Rule', r => r.name], ['State', r => badge(r.state)], ['Kind', r => r.kind.replaceAll('_', ' '), 'wide'],
        ['Condition', r => [r.text, r.problem && h('p.warn', r.problem)], 'grow'], ['Every', r => `${r.every_s} s`, 'n wide']], d.rules, r => r.name, null, 'No rules: haetae-view --rules FILE reads them.')),
      d.silences.length > 0 && panel('Silences', table('Silences', [['Of', s => labels(s.match), 'grow'], ['Until', s => moment(s.until_ns)], ['By', s => s.by, 'wide'],
        ['', s => button('End', () => order('unsilence', { id: s.id }, reload))]], d.silences, s => s.id)),
      of('resolved', 'Resolved'),
    ];
  },
};

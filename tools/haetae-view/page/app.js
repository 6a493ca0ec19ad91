// SPDX-License-Identifier: Apache-2.0
// The frame: header, keys, which screen is shown and when it is asked for again.
import { ask, totals } from './api.js';
import { alerts } from './alerts.js';
import { button, h, patch, select, show } from './dom.js';
import { clock, countOf, parse } from './format.js';
import { go, link, read, route, setRange, WINDOWS } from './route.js';
import { rehover } from './chart.js';
import { askNames } from './shared.js';
import { alarm } from './status.js';
import { overview, services, serviceScreen } from './overview.js';
import { traces } from './traces.js';
import { trace } from './trace.js';
import { logs } from './logs.js';
import { error, errors } from './errors.js';
import { metric, metrics } from './metrics.js';
import { compare } from './compare.js';
import { incident, incidents } from './incidents.js';

const POLL_MS = 2000;
const NEWS_MS = 700; // from one question to the next when something came
const REST = 4; // and at least so many times as long as an answer takes
const NAMES_LOOKS = 5; // each so many times it is asked which services there are
const SCREENS = { __proto__: null, overview, services, service: serviceScreen, traces, trace, logs, errors, error, metrics, metric, alerts, compare, incidents, incident };
const NAV = [['overview', 'Overview', 'o'], ['services', 'Services', 's'], ['traces', 'Traces', 't'], ['logs', 'Logs', 'l'], ['errors', 'Errors', 'e'],
  ['metrics', 'Metrics', 'm'], ['alerts', 'Alerts', 'a'], ['compare', 'Compare', 'c'], ['incidents', 'Incidents', 'i']];
const THEMES = { '': 'Auto', light: 'Light', dark: 'Dark' };
const $ = id => document.getElementById(id);

let paused = false;
let data = null; // of the screen that is shown
let timer = 0; // 0: nothing is to be asked again, or a question is under way
let took = 0; // the last answer, in milliseconds
let begun = 0;
let asked = 0; // counts questions: a late answer to an earlier one is dropped
let counts = null;
let looks = 0;
let firing = 0; // alerts
let connected = true;
let stream = null; // of events
let address = ''; // of the stream
let news = false; // something came that the screen may not show yet

// ---- Theme ------------------------------------------------------------------------------

const readTheme = () => { try { return localStorage.getItem('theme') || ''; } catch { return ''; } };
let theme = readTheme();

function setTheme(value) {
  theme = value;
  document.documentElement.dataset.theme = value;
  try { localStorage.setItem('theme', value); } catch { /* without storage it lasts as long as the page */ }
  header();
}

// ---- The header -------------------------------------------------------------------------

const base = () => SCREENS[route.screen]?.up ? SCREENS[route.screen].up().replace(/^#\/|\?.*/g, '') : route.screen;

function header() {
  const here = base();
  show($('nav'), NAV.map(([screen, text, key]) => h('a', { href: link(screen), key: screen, title: `g ${key}`, 'aria-current': screen === here ? 'page' : null },
    text, screen === 'alerts' && firing > 0 && h('b.pill', { aria: `${firing} firing` }, firing))));
  const { from, to, window } = route.range;
  const choices = WINDOWS.map(([s, text]) => [s, text]);
  if (from) choices.unshift(['', `${clock(from)} – ${clock(to)}`]);
  show($('tools'),
    h('span.counts.dim', h('i', { class: connected ? 'live' : 'lost', role: 'img', aria: connected ? 'connected' : 'not connected' }),
      counts && `${countOf(counts.spans)} spans · ${countOf(counts.logs)} logs · ${countOf(counts.data_points)} points`),
    select('Window of time', from ? '' : window, choices, v => v && setRange({ window: v })),
    button(paused ? 'Resume' : 'Pause', pause, { title: 'space', 'aria-pressed': String(paused) }),
    button(THEMES[theme] || 'Auto', () => { const all = Object.keys(THEMES); setTheme(all[(all.indexOf(theme) + 1) % all.length]); }, { title: 'Light or dark', aria: `Theme: ${THEMES[theme] || 'Auto'}` }),
    button('?', help, { aria: 'Help' }));
}

function pause() {
  paused = !paused;
  header();
  if (paused) draw();
  else load();
}

// ---- The screen -------------------------------------------------------------------------

const setTitle = () => { document.title = `${screen().title?.(route.q, data) ?? NAV.find(n => n[0] === route.screen)[1]} · haetae-view`; };
const screen = () => SCREENS[route.screen] || overview;

function draw() {
  if (!data) return;
  const next = h('main', { id: 'main', tabindex: -1 });
  next.append(...[screen().view(data, route.q, draw, paused, load)].flat(Infinity).filter(Boolean));
  patch($('main'), next);
  setTitle();
  rehover();
}

function schedule() {
  clearTimeout(timer);
  const old = route.range.from && BigInt(route.range.to) < BigInt(Date.now() - 60000) * 1000000n;
  const stale = screen().fresh && data && !screen().fresh(data);
  timer = paused || document.hidden || old || stale ? 0 : setTimeout(load, Math.max(POLL_MS, REST * took));
}

async function load() {
  const number = ++asked;
  clearTimeout(timer);
  timer = 0;
  news = false;
  begun = performance.now();
  try {
    const found = await screen().load(route.q);
    if (number !== asked) return;
    data = found;
    draw();
    alarm('');
  } catch (problem) {
    if (number !== asked) return;
    if (problem instanceof TypeError && problem.message.includes('fetch')) alarm('haetae-view does not answer; asking again');
    else if (data) alarm(problem.message);
    else show($('main'), h('h1', problem.status === 404 ? 'Not kept (any more)' : 'This cannot be shown'), h('p', problem.message));
  }
  document.body.dataset.ready = location.hash;
  took = performance.now() - begun;
  schedule();
}

function moved() {
  const before = route.screen + JSON.stringify(route.q.id ?? route.q.name);
  read(location.hash);
  if (!SCREENS[route.screen]) route.screen = 'overview';
  header();
  listen();
  if (before !== route.screen + JSON.stringify(route.q.id ?? route.q.name) || !data) {
    data = null;
    show($('main'), h('p.dim', 'Loading…'));
    setTitle();
    scrollTo(0, 0);
  } else if (route.screen === 'trace') draw(); // another span was chosen
  load();
}

// ---- What came --------------------------------------------------------------------------

// The screen is asked for again as soon as more has come, and now and then in any case.
function came(now) {
  news ||= now.requests !== counts?.requests;
  counts = now;
  connected = true;
  header();
  if (news && timer && !(stream && screen().tail)) {
    clearTimeout(timer);
    timer = setTimeout(load, Math.max(NEWS_MS, REST * took) - performance.now() + begun);
  }
}

function alerted(list) {
  firing = list.filter(a => a.state === 'firing' && !a.silenced).length;
  header();
}

// For as long as there is no stream.
async function poll() {
  try {
    came(await totals());
    alerted((await ask('alerts')).alerts);
  } catch {
    connected = false;
    header();
  }
}

// One stream, with the log records when they are shown; none while nobody looks, as a browser
// has few connections to a server.
function listen() {
  const wanted = document.hidden ? '' : '/api/stream?' + (screen().tail?.(route.q) || '');
  if (wanted === address && (stream || !wanted)) return;
  stream?.close();
  address = wanted;
  stream = wanted ? new EventSource(wanted) : null;
  if (!stream) return;
  const on = (name, act) => stream.addEventListener(name, e => act(parse(e.data)));
  on('counts', came);
  on('alerts', d => alerted(d.alerts));
  on('logs', d => {
    if (paused) return;
    screen().add?.(d.logs);
    draw();
  });
  stream.onerror = () => {
    stream.close();
    stream = null;
    poll();
  };
}

function look() {
  if (document.hidden) return;
  listen();
  if (looks++ % NAMES_LOOKS === 0) askNames().catch(() => {}); // poll() says that nobody answers
  if (stream?.readyState !== EventSource.OPEN) poll();
}
setInterval(look, POLL_MS);

// ---- Keys -------------------------------------------------------------------------------

const KEYS = [...NAV.map(n => [`g ${n[2]}`, n[1]]), ['/', 'to the filter'], ['j  k', 'next, previous row'], ['Enter', 'opens the row'],
  ['Esc', 'out of the filter; one level up'], ['space', 'pauses'], ['?', 'this help']];

function help() {
  show($('help'), h('h2', { id: 'help-title' }, 'Keys'), h('dl', KEYS.map(([key, text]) => [h('dt', h('kbd', key)), h('dd', text)])),
    h('p.dim', 'Drag over a chart to choose a window of time. The address of each screen can be shared.'), button('Close', () => $('help').close()));
  if (!$('help').open) $('help').showModal();
}

function step(by) {
  const rows = [...document.querySelectorAll('main [data-row] .go')];
  const at = rows.findIndex(r => r.closest('[data-row]').contains(document.activeElement));
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

let leader = 0; // when g was pressed

function key(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || $('help').open) return;
  const typed = e.target.matches('input, select, textarea');
  if (e.key === 'Escape') {
    if (typed) e.target.blur();
    else if (screen().up) location.hash = screen().up();
    return;
  }
  if (typed) return;
  const after = performance.now() - leader < 1500 && NAV.find(n => n[2] === e.key);
  leader = 0;
  const act = after ? () => go(after[0])
    : { g: () => { leader = performance.now(); }, '/': () => document.querySelector('main [data-filter]')?.focus(), '?': help, j: () => step(1), k: () => step(-1),
      ' ': e.target.matches('button, a') ? null : pause }[e.key];
  if (act) {
    e.preventDefault();
    act();
  }
}

addEventListener('hashchange', moved);
addEventListener('keydown', key);
document.addEventListener('visibilitychange', () => {
  listen();
  if (document.hidden) schedule();
  else if (!paused) load();
});
$('skip').addEventListener('click', () => $('main').focus());
document.documentElement.dataset.theme = theme;
moved();
look();

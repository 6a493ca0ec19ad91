// SPDX-License-Identifier: Apache-2.0
// Charts. Lines are SVG stretched to the place there is; labels and dots are elements at
// shares of it, so nothing is drawn again when the window changes its size.
import { h, svg } from './dom.js';
import { clock, logTicks, minus, percentile, plus, tickTime, ticks } from './format.js';
import { setRange } from './route.js';

const WIDTH = 1000;
const HEIGHT = 100;
const GAP = 7;
const STEPS_S = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
const taken = [];

// A colour of eight, the same for a name as long as no other took it first.
export function color(name) {
  let i = taken.indexOf(name);
  if (i < 0) {
    let hash = 0;
    for (const c of String(name)) hash = (hash * 31 + c.codePointAt(0)) >>> 0;
    i = hash % 8;
    for (let tries = 0; tries < 8 && taken[i] !== undefined; tries++) i = (i + 1) % 8;
    if (taken[i] !== undefined) i = taken.length;
    taken[i] = name;
  }
  return `var(--c${i % 8})`;
}

export const serviceOf = name => h('span.svc', { title: name }, h('i', { style: { background: color(name) } }), name || 'unknown');

export const at = share => `${+(Math.min(1, Math.max(0, share)) * 100).toFixed(3)}%`;

// Over gaps of a few steps, too: what comes each minute is a line, not dots.
function pathOf(data, top, area) {
  const x = i => (data.length > 1 ? i / (data.length - 1) * WIDTH : 0).toFixed(1);
  let d = '';
  let start = 0; // of a piece
  let last = -Infinity;
  const end = () => { if (d) d += area ? `L${x(last)} ${HEIGHT}L${x(start)} ${HEIGHT}Z` : start === last ? 'h0.01' : ''; }; // one alone is a dot
  data.forEach((v, i) => {
    if (v == null) return;
    const goesOn = i - last <= GAP;
    if (!goesOn) {
      end();
      start = i;
    }
    d += `${goesOn ? 'L' : 'M'}${x(i)} ${(HEIGHT - Math.max(0, v) / top * HEIGHT).toFixed(2)}`;
    last = i;
  });
  end();
  return d;
}

export function spark(data, { kind = '', label = 'trend', max } = {}) {
  const top = max || Math.max(...data.map(v => v || 0), 1e-9);
  const last = data.findLast(v => v != null);
  return svg('svg', { class: 'spark ' + kind, viewBox: `0 -4 ${WIDTH} ${HEIGHT + 8}`, preserveAspectRatio: 'none', role: 'img',
    aria: `${label}: highest ${+top.toPrecision(3)}, last ${last == null ? 'none' : +Number(last).toPrecision(3)}` },
  svg('path', { class: 'area', d: pathOf(data, top, true) }), svg('path', { class: 'line', d: pathOf(data, top) }));
}

function timeLabels(from, to) {
  const span = minus(to, from) / 1e9;
  const step = STEPS_S.find(s => span / s <= 6) || 604800;
  const zone = new Date().getTimezoneOffset() * 60;
  const labels = [];
  const begin = Number(BigInt(from) / 1000000n) / 1e3;
  for (let t = Math.ceil((begin - zone) / step) * step + zone; t <= begin + span; t += step) {
    const left = (t - begin) / span;
    if (left > 0.03 && left < 0.97) {
      labels.push(h('span', { style: { left: at(left) } },
        tickTime(plus(from, BigInt(Math.round((t - begin) * 1e6)) * 1000n), step < 60)));
    }
  }
  return h('div.x', { 'aria-hidden': 'true' }, labels);
}

// ---- What the pointer does: shows the values of an instant, marks a range ----------------

let held = null;
let over = null;
const shareOf = (e, plot) => {
  const box = plot.getBoundingClientRect();
  return Math.min(1, Math.max(0, (e.clientX - box.left) / box.width));
};

function hover(e, plot, o) {
  const share = shareOf(e, plot);
  const i = Math.round(share * (o.steps - 1));
  const chart = plot.closest('.chart');
  const line = plot.querySelector('.cursor');
  line.style.display = 'block';
  line.style.left = at(o.steps > 1 ? i / (o.steps - 1) : share);
  chart.querySelectorAll('.legend b').forEach((b, k) => { b.textContent = o.series[k] ? ' ' + o.fmt(o.series[k].data[i]) : ''; });
  chart.querySelector('.when').textContent = clock(plus(o.from, Math.round(share * minus(o.to, o.from))));
  if (held) {
    const mark = plot.querySelector('.mark');
    Object.assign(mark.style, { display: 'block', left: at(Math.min(held.share, share)), width: at(Math.abs(held.share - share)) });
  }
}

// After a chart was drawn anew below a pointer that rests.
export const rehover = () => { if (over?.plot.isConnected) over.plot.on.pointermove(over.event, over.plot); };

const leave = (e, plot) => {
  if (plot.contains(e.relatedTarget)) return;
  over = null;
  for (const c of ['.cursor', '.mark']) plot.querySelector(c).style.display = 'none';
  plot.closest('.chart').querySelectorAll('.legend b, .when').forEach(b => { b.textContent = ''; });
};

const pointer = o => ({
  pointermove: (event, plot) => {
    over = { event, plot };
    hover(event, plot, o);
  },
  pointerout: (e, plot) => leave(e, plot),
  pointerdown: (e, plot) => { if (e.buttons === 1 && !e.target.closest('a')) held = { share: shareOf(e, plot) }; },
  pointerup: (e, plot) => {
    const share = shareOf(e, plot);
    const begun = held;
    held = null;
    if (!begun || Math.abs(share - begun.share) < 0.02) return;
    const length = minus(o.to, o.from);
    setRange({ from: plus(o.from, Math.round(Math.min(share, begun.share) * length)),
      to: plus(o.from, Math.round(Math.max(share, begun.share) * length)) });
  },
});
addEventListener('pointerup', () => { held = null; });

// ---- Charts ---------------------------------------------------------------------------

const frame = (o, marks, place, drawing) => h('figure.chart', { key: o.label },
  h('div.y', { 'aria-hidden': 'true' }, marks.map(v => h('span', { style: { bottom: at(place(v)) } }, v ? o.fmt(v).replace(/\.0+(?=\D)/, '') : '0'))),
  h('div.plot', { on: pointer(o) }, drawing,
    h('div.cursor'), h('div.mark')),
  timeLabels(o.from, o.to),
  h('figcaption.legend', o.series.map(s => h('span', h('i', { style: { background: s.color } }), s.name, h('b'))),
    h('span.when')));

const dotsOf = (dots, o, place) => dots.map(d => h('a', {
  class: 'dot', href: d.href, title: d.title, aria: d.title, tabindex: d.tab ? '0' : '-1',
  style: { left: at(minus(d.time, o.from) / minus(o.to, o.from)), bottom: at(place(d.value)), background: d.color },
}));

const grid = (marks, place) => marks.map(v => svg('line', { class: 'grid', x1: 0, x2: WIDTH, y1: (1 - place(v)) * HEIGHT, y2: (1 - place(v)) * HEIGHT }));
const drawingOf = (label, ...inside) => svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', aria: label }, ...inside);

// o: {label, from, to, series: [{name, color, data}], fmt, min: least top, area,
//     dots: [{time, value, href, title, color}]}
export function lines(o) {
  o.steps = Math.max(0, ...o.series.map(s => s.data.length));
  const high = Math.max(o.min || 0, ...o.series.flatMap(s => s.data.map(v => v || 0)), ...(o.dots || []).map(d => d.value));
  const marks = ticks(high);
  const top = marks[marks.length - 1];
  const place = v => Math.max(0, v) / top;
  const said = `${o.label}: ` + (o.series.map(s => `${s.name} highest ${o.fmt(percentile(s.data, 1))}`).join(', ') || 'nothing');
  return frame(o, marks, place, [drawingOf(said, grid(marks, place), o.series.map(s => [
    o.area && svg('path', { class: 'area', d: pathOf(s.data, top, true), style: { '--c': s.color } }),
    svg('path', { class: 'line', d: pathOf(s.data, top), style: { '--c': s.color } })])),
  dotsOf(o.dots || [], o, place)]);
}

// Durations over time, on a logarithmic scale. o: {label, from, to, dots, fmt}
export function scatter(o) {
  const values = o.dots.map(d => d.value);
  const marks = logTicks(percentile(values, 0) || 1, percentile(values, 1) || 10);
  const low = Math.log10(marks[0]);
  const height = Math.log10(marks[marks.length - 1]) - low;
  const place = v => (Math.log10(Math.max(v, marks[0])) - low) / height;
  o.series = [];
  o.steps = 0;
  return frame(o, marks, place, [drawingOf(`${o.label}: ${o.dots.length} dots`, grid(marks, place)), dotsOf(o.dots, o, place)]);
}

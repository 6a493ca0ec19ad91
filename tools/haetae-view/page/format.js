// SPDX-License-Identifier: Apache-2.0
// Text of values. Pure: knows no document. Times and durations in nanoseconds come as
// decimal text, since they exceed what a number holds exactly; differences are taken of
// BigInts and only then become numbers.

// Control characters, those that change the direction of text, the invisible, and halves
// of surrogate pairs: shown as \uXXXX. Tabs and line feeds stay.
const UNSEEN = new RegExp('[\\0-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u200b\\u200e\\u200f' +
  '\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb]|[\\ud800-\\udbff](?![\\udc00-\\udfff])|' +
  '(?<![\\ud800-\\udbff])[\\udc00-\\udfff]', 'g');

export function visible(text, max = 300) {
  let s = String(text);
  if (s.length > max) {
    const pair = /[\ud800-\udbff]/.test(s[max - 1]) ? 1 : 0;
    s = s.slice(0, max - pair) + '…';
  }
  return s.replace(UNSEEN, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

const digits3 = v => v < 0.01 ? '<0.01' : v >= 99.95 ? v.toFixed(0) : v >= 9.995 ? v.toFixed(1) : v.toFixed(2);

export function durationOf(ns) {
  if (ns == null) return '–';
  const v = Number(ns);
  if (v < 0) return '−' + durationOf(-v);
  if (v < 1e3) return `${+v.toFixed(1)} ns`;
  if (v < 999.5e3) return digits3(v / 1e3) + ' µs';
  if (v < 999.5e6) return digits3(v / 1e6) + ' ms';
  if (v < 60e9) return digits3(v / 1e9) + ' s';
  const s = Math.round(v / 1e9);
  return s < 3600 ? `${Math.floor(s / 60)} min ${s % 60} s`
    : `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
}

// All digits, in groups of three.
export const exact = ns => String(ns).replace(/\B(?=(\d{3})+$)/g, '\u202f') + ' ns';

export function countOf(n) {
  if (n == null) return '–';
  const v = Math.abs(n);
  if (v < 1e4) return Number.isInteger(n) ? n.toLocaleString('en') : String(+n.toPrecision(3));
  if (v < 999.5e3) return digits3(n / 1e3) + ' k';
  return v < 999.5e6 ? digits3(n / 1e6) + ' M' : digits3(n / 1e9) + ' G';
}

export const bytes = n => n < 1e3 ? `${n} B` : n < 1e6 ? digits3(n / 1e3) + ' kB'
  : n < 1e9 ? digits3(n / 1e6) + ' MB' : digits3(n / 1e9) + ' GB';

export const rate = v => (v == null ? '–' : v >= 1e4 ? countOf(v) : v === 0 ? '0' : digits3(v)) + '/s';

export function percent(share) {
  const p = share * 100;
  return (p === 0 ? '0' : p < 0.1 ? '<0.1' : p < 10 ? p.toFixed(1) : p.toFixed(0)) + ' %';
}

// A value of a metric, in the metric's unit.
export function quantity(v, unit) {
  if (v == null) return '–';
  const scale = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 }[unit];
  if (scale) return durationOf(v * scale);
  if (unit === 'By') return bytes(v);
  return countOf(v) + (unit && unit !== '1' && unit[0] !== '{' ? ' ' + unit : '');
}

export const minus = (a, b) => Number(BigInt(a) - BigInt(b));
export const plus = (ns, add) => String(BigInt(ns) + BigInt(add));

const pad = (n, width) => String(n).padStart(width, '0');
const date = ns => new Date(Number(BigInt(ns) / 1000000n));
const day = d => `${d.getFullYear()}-${pad(d.getMonth() + 1, 2)}-${pad(d.getDate(), 2)}`;
const time = d => `${pad(d.getHours(), 2)}:${pad(d.getMinutes(), 2)}:${pad(d.getSeconds(), 2)}`;

// The time of day, with the date when that is not today.
export function clock(ns) {
  const d = date(ns);
  return (day(d) === day(new Date()) ? '' : day(d) + ' ') + time(d) + '.' + pad(d.getMilliseconds(), 3);
}

export function fullTime(ns) {
  const d = date(ns);
  return `${day(d)} ${time(d)}.${pad(BigInt(ns) % 1000000000n, 9)}`;
}

export const tickTime = (ns, seconds) => time(date(ns)).slice(0, seconds ? 8 : 5);

export function ago(ns) {
  const s = Math.max(0, Date.now() / 1e3 - Number(BigInt(ns) / 1000000n) / 1e3);
  return s < 60 ? `${s.toFixed(0)} s ago` : s < 3600 ? `${(s / 60).toFixed(0)} min ago`
    : s < 172800 ? `${(s / 3600).toFixed(1)} h ago` : `${(s / 86400).toFixed(0)} d ago`;
}

// Round marks from 0 to at least max, about four.
export function ticks(max) {
  if (!(max > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(max / 4));
  const step = power * [1, 2, 2.5, 5, 10].find(m => max / (power * m) <= 4.0001);
  const marks = [];
  for (let i = 0; i === 0 || marks[i - 1] < max * 0.9999; i++) marks.push(+(i * step).toPrecision(12));
  return marks;
}

// Powers of ten around what lies between low and high.
export function logTicks(low, high) {
  const marks = [10 ** Math.floor(Math.log10(Math.max(low, 1)))];
  while (marks[marks.length - 1] < high || marks.length < 2) marks.push(marks[marks.length - 1] * 10);
  return marks;
}

// The smallest value that a share of q does not exceed; null of none.
export function percentile(values, q) {
  const sorted = values.filter(v => v != null).sort((a, b) => a - b);
  return sorted.length ? sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] : null;
}

export const levelOf = n => n >= 21 ? 'FATAL' : n >= 17 ? 'ERROR' : n >= 13 ? 'WARN' : n >= 9 ? 'INFO'
  : n >= 5 ? 'DEBUG' : n >= 1 ? 'TRACE' : '–';

// JSON whose integers beyond 2^53 stay exact: they become text.
export function parse(text) {
  if (!/[:[,]\s*-?\d{16,}/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (key, value, context) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && context
      ? context.source : value);
}

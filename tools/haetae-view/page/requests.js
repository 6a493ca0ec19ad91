// SPDX-License-Identifier: Apache-2.0
// Requests, errors and durations by steps of time, which are even: lines of several things share
// their times. Beside the questions of the API the tables are asked: docs/view.md has them.
import { quote, sql } from './api.js';
import { route } from './route.js';

const STEPS = 90;
const PIECE_S = 10; // how fine the table rollup is
const ROUTES = 50;
const ROUTES_STEPS = 10; // as many have their own steps: an answer has at most 1000 rows
const SAMPLE = 600; // dots, about
const NEWEST = 200000; // rows that are looked at for trends of errors
const seconds = ns => Number(BigInt(ns) / 1000000000n);

// The range that is shown as {begin, end} in seconds and `n` steps from `first`.
export function gridOf({ from, to, window } = route.range) {
  const end = to ? seconds(to) : Math.floor(Date.now() / 1000);
  const begin = from ? seconds(from) : end - window;
  const step = Math.max(1, Math.floor((end - begin) / STEPS / PIECE_S)) * PIECE_S;
  const first = Math.floor(begin / step) * step;
  const n = Math.max(2, Math.floor(end / step) - first / step + 1);
  return { begin, end, step, first, n, from: `${first}000000000`, to: `${first + (n - 1) * step}000000000` };
}

export const indexOf = (grid, second) => Math.floor((second - grid.first) / grid.step);

// Rows {time_s, requests, errors, p99_ns} as a value for each step.
export function spread(grid, rows) {
  const steps = Array.from({ length: grid.n }, (_, i) => rows.find(r => indexOf(grid, r.time_s) === i));
  return { requests: steps.map(r => r ? r.requests : 0), errors: steps.map(r => r ? r.errors : 0), p99_ns: steps.map(r => r ? Number(r.p99_ns) : null),
    // Of the last step only a part is over.
    rate: steps.map((r, i) => r ? r.requests / Math.min(grid.step, Math.max(1, grid.end - grid.first - i * grid.step)) : 0) };
}

const quantile = q => `histogram_quantile(sum_histograms(r.histogram), max(r.duration_max), ${q})`;
const SUMS = `sum(r.requests), sum(r.errors), ${quantile(0.5)}, ${quantile(0.99)}, max(r.duration_max)`;
const figuresOf = (grid, [requests, errors, p50_ns, p99_ns, max_ns]) => ({ requests: +requests, errors: +errors, p50_ns, p99_ns, max_ns,
  error_share: errors / requests, requests_per_s: requests / (grid.end - grid.begin) });
const inGrid = grid => 'FROM rollup r JOIN op o ON o.id = r.op JOIN resource s ON s.id = r.resource '
  + `WHERE r.bucket_s >= ${grid.begin - grid.begin % PIECE_S} AND r.bucket_s <= ${grid.end}`;

// Operations, those first that take most time: `where` chooses among o (op) and s (resource).
export async function routesOf(grid, where) {
  const rows = await sql(`SELECT r.op, o.service, o.name, ${SUMS} ${inGrid(grid)} AND ${where} GROUP BY r.op ORDER BY sum(r.duration_sum) DESC LIMIT ${ROUTES}`);
  const routes = rows.map(([op, service, name, ...figures]) => ({ op, service, name, ...figuresOf(grid, figures) }));
  const top = routes.slice(0, ROUTES_STEPS);
  if (!top.length) return routes;
  const steps = await sql(`SELECT r.op, r.bucket_s / ${grid.step} * ${grid.step}, ${SUMS} ${inGrid(grid)} AND ${where} AND r.op IN (${top.map(r => r.op)}) GROUP BY 1, 2`);
  for (const r of top) {
    r.spark = spread(grid, steps.filter(row => row[0] === r.op).map(([, time, ...figures]) => ({ time_s: +time, ...figuresOf(grid, figures) })));
  }
  return routes;
}

// The sums of all that `where` chooses; undefined of none.
export async function sumOf(grid, where) {
  const [row] = await sql(`SELECT ${SUMS} ${inGrid(grid)} AND ${where}`);
  return row && row[0] != null ? figuresOf(grid, row) : undefined;
}

// Entry spans of the whole window, evenly chosen when there are many.
export async function sampleOf(grid, { service, instance, op, status, min_ms, max_ms }) {
  const where = `FROM span p INDEXED BY span_entry JOIN op o ON o.id = p.op WHERE p.entry AND p.start_ns BETWEEN ${grid.begin}000000000 AND ${grid.end}999999999`
    + ofService(service) + (op ? ` AND o.name = ${quote(op)}` : '') + (status ? ' AND p.status = 2' : '')
    + (instance ? ` AND p.resource IN (SELECT id FROM resource WHERE instance = ${quote(instance)})` : '') + ` AND p.duration_ns BETWEEN ${(min_ms || 0) * 1e6} AND ${(max_ms || 9e9) * 1e6}`;
  const [[count]] = await sql(`SELECT count(*) ${where}`);
  const rows = await sql(`SELECT p.trace_id, o.service, coalesce(p.name, o.name), p.start_ns, p.duration_ns, p.status ${where} `
    + `AND p.id % ${Math.ceil(count / SAMPLE) || 1} = 0 LIMIT 1000`);
  return rows.map(([trace_id, name, span, start_ns, duration_ns, code]) => ({ trace_id, service: name, name: span, start_ns, duration_ns, errors: +(code === '2') }));
}

export const ENTRY = 'o.entry';
export const CALL = 'o.kind IN (3, 4)';
export const ofService = name => name ? ` AND o.service = ${quote(name)}` : '';

// Adds `trend` to errors: how often in each step, by the newest spans and logs.
export async function addTrends(grid, errors) {
  if (!errors.length) return errors;
  const step = BigInt(grid.step) * 1000000000n;
  const top = errors.slice(0, ROUTES_STEPS);
  const part = (table, time) => `SELECT error, ${time} / ${step} * ${grid.step} FROM ${table} INDEXED BY ${table}_failed `
    + `WHERE error IN (${top.map(e => e.id)}) AND id > (SELECT max(id) FROM ${table}) - ${NEWEST} AND ${time} BETWEEN ${grid.from} AND ${grid.end}999999999`;
  const rows = await sql(`SELECT *, count(*) FROM (${part('span', 'start_ns')} UNION ALL ${part('log', 'time_ns')}) GROUP BY 1, 2`);
  for (const e of top) {
    e.trend = Array(grid.n).fill(0);
    for (const [id, time, times] of rows) if (id === String(e.id)) e.trend[indexOf(grid, +time)] = +times;
  }
  return errors;
}

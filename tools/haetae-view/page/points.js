// SPDX-License-Identifier: Apache-2.0
// Points of a metric, as they came, as values for the steps of a window: rates of what counts,
// quantiles of what came between two points. Pure.
import { minus } from './format.js';
import { indexOf } from './requests.js';

const number = p => p.integer === undefined ? p.value : Number(p.integer);

// The upper bounds of buckets with their counts, in order.
export function bucketsOf(b) {
  if (b?.bounds) return b.counts.map((n, i) => [i < b.bounds.length ? b.bounds[i] : Infinity, n]);
  if (!b?.positive) return [];
  const base = 2 ** 2 ** -b.scale;
  return [[0, b.zero_count], ...b.positive.counts.map((n, i) => [base ** (b.positive.offset + i + 1), n])];
}

// What came since `before`; null when the buckets are others.
function since(now, before) {
  if (!before) return now;
  const old = new Map(before);
  if (before.some(([bound]) => !now.some(n => n[0] === bound))) return null;
  return now.map(([bound, n]) => [bound, Math.max(0, n - (old.get(bound) || 0))]);
}

// Within a bucket as if its values were spread evenly; null of nothing.
export function quantileOf(buckets, q) {
  const all = (buckets || []).reduce((sum, b) => sum + b[1], 0);
  if (!all) return null;
  let rank = q * all;
  let low = Math.min(0, buckets[0][0]);
  for (const [bound, n] of buckets) {
    if (n > 0 && rank <= n) return bound === Infinity ? low : low + (bound - low) * rank / n;
    rank -= n;
    low = bound;
  }
  return low;
}

// {values, p50, p90, p99}: for each step of the grid, null where nothing came.
export function stepsOf(metric, points, grid) {
  const histogram = metric.kind.includes('histogram');
  const counts = histogram || metric.kind === 'counter';
  const out = { values: Array(grid.n).fill(null) };
  const quantiles = histogram ? [['p50', 0.5], ['p90', 0.9], ['p99', 0.99]] : [];
  for (const [name] of quantiles) out[name] = Array(grid.n).fill(null);
  let before = null;
  for (const p of [...points].reverse()) {
    const i = indexOf(grid, Number(BigInt(p.time_ns) / 1000000n) / 1e3);
    const now = { time: p.time_ns, start: p.start_ns, total: histogram ? p.count : number(p), buckets: histogram ? bucketsOf(p.buckets) : null };
    // Cumulative points that began anew count from their start.
    const last = metric.temporality === 'cumulative' && before && before.start === now.start && before.total <= now.total ? before : null;
    const known = metric.temporality === 'delta' || last;
    const gap = minus(now.time, last ? last.time : now.start) / 1e9;
    before = now;
    if (i < 0 || i >= grid.n) continue;
    if (!counts) out.values[i] = metric.kind === 'summary' ? p.count : number(p);
    else if (known && gap > 0) out.values[i] = (now.total - (last ? last.total : 0)) / gap;
    const fresh = known && histogram ? since(now.buckets, last?.buckets) : null;
    for (const [name, q] of quantiles) out[name][i] = fresh && quantileOf(fresh, q);
  }
  return out;
}

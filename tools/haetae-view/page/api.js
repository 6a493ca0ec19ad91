// SPDX-License-Identifier: Apache-2.0
// Questions to the server.
import { parse } from './format.js';
import { route } from './route.js';

// With a header that other sites cannot send: a question may change something. A body that is text
// is JSON already.
export async function ask(name, q = {}, method = 'GET', body) {
  const given = Object.entries(q).filter(([, v]) => v != null && v !== '');
  const response = await fetch(`/api/${name}?${new URLSearchParams(given)}`, { method, cache: 'no-store',
    body: typeof body === 'object' ? JSON.stringify(body) : body, headers: { 'X-Haetae': '1', 'Content-Type': 'application/json' } });
  const text = await response.text();
  if (response.ok) return parse(text);
  let why = text;
  try { why = parse(text).error; } catch { /* it is not the program that answers */ }
  throw Object.assign(new Error(why || `status ${response.status}`), { status: response.status });
}

// Of the range of time that is shown.
export const ranged = (name, q) => ask(name, { ...q, ...route.range });

// Rows of one SELECT: integers are text. What comes from elsewhere is quoted.
export const sql = async q => (await ask('sql', { q })).rows;
export const quote = text => '\'' + String(text).replaceAll('\'', '\'\'') + '\'';

// How much has come: small, so it can be asked for often. Undefined when the program is busy.
export async function totals() {
  const response = await fetch('/totals.json', { cache: 'no-store' });
  return response.ok ? parse(await response.text()) : undefined;
}

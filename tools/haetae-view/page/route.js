// SPDX-License-Identifier: Apache-2.0
// What the address after # says: the screen, its parameters and the range of time. Links
// keep the range, so an address can be shared as it is.
export const WINDOWS = [[60, 'last minute'], [300, 'last 5 min'], [900, 'last 15 min'], [3600, 'last hour'],
  [21600, 'last 6 hours'], [86400, 'last day'], [604800, 'last 7 days']];
const RANGE = ['window', 'from', 'to'];

// {screen, q: parameters, range: {window} or {from, to}}
export const route = { screen: 'overview', q: {}, range: { window: '900' } };

export function read(hash) {
  const [path, query] = hash.replace(/^#\/?/, '').split('?');
  const all = Object.fromEntries(new URLSearchParams(query || ''));
  route.screen = path || 'overview';
  route.range = /^\d{1,20}$/.test(all.from) && /^\d{1,20}$/.test(all.to) ? { from: all.from, to: all.to }
    : { window: WINDOWS.some(w => String(w[0]) === all.window) ? all.window : '900' };
  for (const name of RANGE) delete all[name];
  route.q = all;
}

export function link(screen, q = {}, range = route.range) {
  const params = new URLSearchParams();
  for (const [k, v] of Object.entries({ ...q, ...range })) {
    if (v != null && v !== '' && !(k === 'window' && v === '900')) params.set(k, v);
  }
  const query = String(params);
  return `#/${screen}${query ? '?' + query : ''}`;
}

export const go = (...args) => { location.hash = link(...args); };

// Changes parameters of this screen; no step back for each letter typed.
export function set(q, replace = true) {
  const hash = link(route.screen, { ...route.q, ...q });
  if (replace) {
    history.replaceState(null, '', hash);
    dispatchEvent(new Event('hashchange'));
  } else location.hash = hash;
}

export const setRange = range => { location.hash = link(route.screen, route.q, range); };

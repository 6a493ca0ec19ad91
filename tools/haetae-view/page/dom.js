// SPDX-License-Identifier: Apache-2.0
// Elements. Text from data becomes text nodes and checked attributes, never HTML; all of it
// passes visible(). A screen builds its whole tree anew and patch() changes the document to
// it, so focus, scroll positions and what is typed stay.
import { clock, fullTime, visible } from './format.js';
import { link } from './route.js';

const SVG = 'http://www.w3.org/2000/svg';
const ATTRIBUTE_MAX = 1000;

// Marks text that may be longer than a cell's.
export class Long {
  constructor(text, max = 20000) { this.text = visible(text, max); }
}

function setAttribute(node, name, value) {
  if (value == null || value === false) return;
  if (name === 'aria') name = 'aria-label';
  if (/^on/i.test(name) || name === 'srcdoc') throw new Error('no such attribute: ' + name);
  let text = value === true ? '' : String(value);
  if (name === 'href' && !/^(#|\/(?!\/))/.test(text)) throw new Error('not a link of this page');
  if (/^(title|aria)/.test(name)) text = visible(text, ATTRIBUTE_MAX);
  node.setAttribute(name, text);
}

function build(node, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (name === 'on') node.on = value;
    else if (name === 'key') node.key = value;
    else if (name === 'style') for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
    else setAttribute(node, name, value);
  }
  for (const child of children.flat(Infinity)) {
    if (child == null || child === false || child === '') continue;
    node.append(child instanceof Node ? child : child instanceof Long ? child.text : visible(child));
  }
  return node;
}

// h('p.dim', {title: 'x'}, 'text'): the properties may be left out.
export function h(tag, props, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(' ');
  return props?.constructor === Object ? build(node, props, children) : build(node, null, [props, ...children]);
}
export const dim = (...children) => h('span.dim', ...children);
// Of what is a defect when there is any.
export const warned = (bad, text) => h(bad ? 'span.bad' : 'span.dim', text);
export const svg = (tag, props, ...children) => build(document.createElementNS(SVG, tag), props, children);

const alike = (a, b) => a.nodeName === b.nodeName && a.key === b.key;

function patchAttributes(old, next) {
  for (const { name } of [...old.attributes]) {
    if (!next.hasAttribute(name) && name !== 'open' && name !== 'style') old.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name !== 'style' && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  // By CSSOM: a style attribute is what the content security policy forbids.
  if (old.style.cssText !== next.style.cssText) old.style.cssText = next.style.cssText;
  old.on = next.on;
}

function patchChildren(old, next) {
  const keyed = new Map();
  for (const child of old.childNodes) if (child.key) keyed.set(child.key, child);
  let at = old.firstChild;
  for (const child of [...next.childNodes]) {
    const found = child.key ? keyed.get(child.key) : at;
    if (!found || !alike(found, child)) {
      old.insertBefore(child, at);
      continue;
    }
    keyed.delete(child.key);
    if (found === at) at = at.nextSibling;
    else old.insertBefore(found, at);
    patch(found, child);
  }
  while (at) {
    const after = at.nextSibling;
    at.remove();
    at = after;
  }
}

// Changes `old` into `next`, which must be alike.
export function patch(old, next) {
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== next.data) old.data = next.data;
    return;
  }
  const { value } = next;
  patchAttributes(old, next);
  patchChildren(old, next);
  if (old !== document.activeElement && /^(INPUT|SELECT|TEXTAREA)$/.test(old.nodeName) && old.value !== value) {
    old.value = value;
  }
}

export function show(node, ...children) {
  patchChildren(node, h('div', ...children));
}

// Handlers are properties of elements (`on`), so that patch() can hand them on.
for (const type of ['click', 'input', 'change', 'submit', 'pointerdown', 'pointermove', 'pointerup', 'pointerout']) {
  document.addEventListener(type, event => {
    for (let node = event.target; node && !event.cancelBubble; node = node.parentNode) {
      node.on?.[type]?.(event, node);
    }
  });
}

// A table. A column: [name, row => content, style]; of the style `n` is for numbers, and `wide`
// is left out on narrow screens. `key` of a row is text, `go` of it where it leads.
export function table(label, columns, rows, key, go, empty = 'Nothing in this window.') {
  if (!rows.length) return none(empty);
  return h('div.scroll', h('table', { aria: label },
    h('thead', h('tr', columns.map(([name, , style]) => h('th', { scope: 'col', class: style }, name)))),
    h('tbody', rows.map(row => {
      const href = go?.(row);
      return h('tr', {
        key: 'r' + key(row), 'data-row': true, class: href ? 'go-row' : null,
        on: href && { click: e => { if (!e.target.closest('a, button') && !String(getSelection())) location.hash = href; } },
      }, columns.map(([, cell, style], i) => h('td', { class: style }, i === 0 && href ? h('a.go', { href }, cell(row)) : cell(row))));
    }))));
}

export const to = (text, ...where) => h('a', { href: link(...where) }, text);
export const crumbs = (text, screen, ...rest) => h('h1', to(text, screen), ' / ', ...rest);
export const traceLink = (id, span, most = 8) => id ? h('a.mono', { href: link('trace', { id, span }) }, id.slice(0, most)) : h('span');
export const moment = (ns, text = clock(ns)) => h('span.mono.dim', { title: fullTime(ns) }, text);
export const none = (text = 'none') => h('p.dim', text);

// The first of the children, when it is text or a link, is a note beside the title.
export function panel(title, ...children) {
  const note = typeof children[0] === 'string' || children[0]?.nodeName === 'A' ? h('small', children.shift()) : null;
  return h('section.panel', { key: 'p' + title, aria: title }, h('h2', title, note), ...children);
}

export const select = (label, value, choices, change) => h('select', {
  aria: label, on: { change: e => change(e.target.value) },
}, choices.map(([v, text]) => h('option', { value: v, selected: String(v) === String(value ?? '') }, text)));

export const button = (text, click, props) => h('button', { type: 'button', ...props, on: { click } }, text);

let typing;
// A box to filter by. `change` is called when typing pauses.
export const filterBox = (label, value, change, props) => h('input', {
  type: 'search', placeholder: label, aria: label, value, maxlength: 500, 'data-filter': true, spellcheck: 'false', ...props,
  on: { input: e => { clearTimeout(typing); typing = setTimeout(() => change(e.target.value), 250); } },
});

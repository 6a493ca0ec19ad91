// SPDX-License-Identifier: Apache-2.0
// Web vitals of a page, in milliseconds; CLS has no unit. https://web.dev/vitals says what each is.

// Thresholds of the ratings: good up to the first, poor above the second.
const RATINGS = { lcp: [2500, 4000], cls: [0.1, 0.25], inp: [200, 500], fcp: [1800, 3000], ttfb: [800, 1800] };

// Runs in the page before its own scripts, and so uses nothing from outside.
export function observe() {
  const found = {};
  const interactions = new Map();
  let shifts = { start: 0, last: 0, sum: 0 };
  const takers = {
    paint: entry => {
      if (entry.name === 'first-contentful-paint') {
        found.fcp = entry.startTime;
      }
    },
    'largest-contentful-paint': entry => { found.lcp = entry.startTime; },
    // Shifts after an input are expected. Chromium takes the size that the window is given for one, so what it says of
    // that holds from the first real input on. Those belong together that are less than a second apart, within five.
    'layout-shift': entry => {
      if (entry.hadRecentInput && input) {
        return;
      }
      const more = entry.startTime - shifts.last < 1000 && entry.startTime - shifts.start < 5000;
      shifts = more ? { ...shifts, last: entry.startTime, sum: shifts.sum + entry.value }
        : { start: entry.startTime, last: entry.startTime, sum: entry.value };
      found.cls = Math.max(found.cls ?? 0, shifts.sum);
    },
    // A visit has few interactions, so the slowest one counts. Fast ones are reported as the first input only.
    event: entry => {
      if (entry.interactionId) {
        interactions.set(entry.interactionId, Math.max(interactions.get(entry.interactionId) ?? 0, entry.duration));
        found.inp = Math.max(...interactions.values());
      }
    },
    'first-input': entry => { found.inp ??= entry.duration; },
  };
  let input = false;
  for (const type of ['pointerdown', 'keydown']) {
    addEventListener(type, () => { input = true; }, { capture: true, passive: true });
  }
  const observers = Object.entries(takers).map(([type, take]) => {
    const observer = new PerformanceObserver(list => list.getEntries().forEach(take));
    observer.observe({ type, buffered: true, durationThreshold: 16 });
    return [observer, take];
  });
  // What was painted last comes with the frame after it.
  const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve)));
  window.outsideVitals = async () => {
    await frame();
    await frame();
    for (const [observer, take] of observers) {
      observer.takeRecords().forEach(take);
    }
    const navigation = performance.getEntriesByType('navigation')[0];
    if (navigation?.responseStart > 0) {
      found.ttfb = navigation.responseStart;
      found.cls ??= 0;
    }
    return { ...found };
  };
}

export function rate(name, value) {
  const [good, poor] = RATINGS[name];
  return value <= good ? 'good' : value <= poor ? 'needs-improvement' : 'poor';
}

// What changed since it was reported last, with the attributes of the event browser.web_vital.
export class Reported {
  constructor(pageId) {
    this.pageId = pageId;
    this.values = {};
  }

  changes(values) {
    return Object.entries(values).filter(([name, value]) => value !== this.values[name]).map(([name, value]) => {
      const delta = value - (this.values[name] ?? 0);
      this.values[name] = value;
      return {
        attributes: {
          'browser.web_vital.name': name, 'browser.web_vital.id': `${name}-${this.pageId}`, 'browser.web_vital.rating': rate(name, value),
          'browser.web_vital.navigation_type': 'navigate',
        },
        doubles: { 'browser.web_vital.value': value, 'browser.web_vital.delta': delta },
      };
    });
  }
}

// SPDX-License-Identifier: Apache-2.0
// One visit: a new browser context with a user's language, time zone, place and network walks through the steps of a
// scenario. Each step is a client span; requests to the site carry it, so what happens inside belongs to the same trace.
import path from 'node:path';

import { Span, eventOf, newTraceId, nowNs } from './otlp.js';
import { Reported, observe } from './vitals.js';

// Why a step failed. `type` is for error.type, which has few values.
class Problem extends Error {
  constructor(type, message, attributes = {}) {
    super(message);
    Object.assign(this, { type, attributes });
  }
}

export class Visit {
  constructor({ scenario, url, userName, user, stepLimitMs, folder }) {
    Object.assign(this, { scenario, url, userName, user, stepLimitMs, folder });
    this.origin = new URL(url).origin;
    this.spans = [];
    this.logRecords = [];
    this.traceId = newTraceId();
  }

  async run(browser) {
    const { user } = this;
    this.root = new Span(this.traceId, null, 'internal', this.scenario.name, {
      'outside.user': this.userName, 'browser.language': user.locale, 'browser.mobile': user.mobile, 'geo.country.iso_code': user.country,
      'geo.locality.name': user.city, 'network.connection.type': user.connection, 'user_agent.synthetic.type': 'test',
    });
    this.spans.push(this.root);
    const context = await browser.newContext({
      locale: user.locale, timezoneId: user.timezone, geolocation: { latitude: user.latitude, longitude: user.longitude },
      permissions: ['geolocation'], viewport: user.mobile ? { width: 412, height: 732 } : { width: 1280, height: 800 },
      isMobile: user.mobile, hasTouch: user.mobile, serviceWorkers: 'block',
    });
    try {
      await this.walk(context);
    } finally {
      this.root.end();
      await context.close().catch(() => {}); // a browser that is gone has closed it
    }
    return this.failed === undefined;
  }

  async walk(context) {
    const page = await context.newPage();
    page.setDefaultTimeout(0); // steps have the limit
    await page.addInitScript(observe);
    await this.emulateNetwork(context, page);
    await this.followRequests(page);
    this.reported = new Reported(this.root.id);
    this.root.startNs = nowNs(); // what came before is of no concern to the site
    for (const [index, step] of this.scenario.steps.entries()) {
      await this.walkStep(page, step, index);
      if (this.failed !== undefined) {
        this.root.fail(this.failed.type, `${step.name} failed`);
        return;
      }
    }
    if (this.late !== undefined) {
      this.failed = this.late;
      this.root.fail(this.failed.type, `after the last step: ${this.failed.message}`);
    }
  }

  // By the DevTools protocol: Chromium delays and slows what it gets, from whichever host.
  async emulateNetwork(context, page) {
    const { latency_ms: latency, download_kbps: down, upload_kbps: up } = this.user;
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', {
      offline: false, latency, downloadThroughput: down * 1000 / 8, uploadThroughput: up * 1000 / 8, connectionType: 'other',
    });
  }

  // Requests to other sites carry nothing: they did not ask for it, and it would make them ask for permission first.
  async followRequests(page) {
    this.waiting = new Set();
    await page.route(url => url.origin === this.origin, route =>
      route.continue({ headers: { ...route.request().headers(), traceparent: this.span.traceparent } }).catch(() => {}));
    page.on('request', request => this.waiting.add(request));
    page.on('requestfinished', request => this.waiting.delete(request));
    page.on('requestfailed', request => {
      this.waiting.delete(request);
      const reason = request.failure()?.errorText ?? 'request_failed';
      if (reason !== 'net::ERR_ABORTED' && this.ours(request.url())) { // the page may abort what it does not need
        this.fail(new Problem(reason, `${this.nameOf(request)}: ${reason}`));
      }
    });
    page.on('response', response => {
      if (response.status() >= 500 && this.ours(response.url())) {
        this.fail(new Problem(String(response.status()), `${this.nameOf(response.request())}: ${response.status()}`,
          { 'http.response.status_code': response.status(), 'http.request.method': response.request().method() }));
      }
    });
    page.on('pageerror', error => this.fail(new Problem(error.name || 'Error', `script: ${error.message}`)));
    page.on('crash', () => this.fail(new Problem('crash', 'the page crashed')));
  }

  ours(url) {
    return new URL(url).origin === this.origin;
  }

  // Without the query, which may be secret.
  nameOf(request) {
    const url = new URL(request.url());
    return `${request.method()} ${url.origin === this.origin ? '' : url.origin}${url.pathname}`;
  }

  // Ends the current step; between two of them, the next one.
  fail(problem) {
    if (this.stop !== undefined) {
      this.stop(problem);
    } else {
      this.late ??= problem;
    }
  }

  tooSlow() {
    const [request] = this.waiting;
    return request !== undefined ? new Problem('timeout', `no answer to ${this.nameOf(request)} within ${this.stepLimitMs} ms`)
      : new Problem('element_missing', `what the step waits for did not appear within ${this.stepLimitMs} ms`);
  }

  async walkStep(page, step, index) {
    this.span = new Span(this.traceId, this.root, 'client', step.name, { 'outside.user': this.userName, 'outside.step': index + 1 });
    this.spans.push(this.span);
    const { span } = this;
    let timer;
    const ended = new Promise((_, reject) => {
      this.stop = reject;
      if (this.late !== undefined) {
        reject(this.late);
      }
      timer = setTimeout(() => reject(this.tooSlow()), this.stepLimitMs);
    });
    try {
      ended.catch(() => {}); // it may end when nobody waits for it
      const steps = step.run(page, this.url);
      steps.catch(() => {}); // when the limit was first, the context closes under it
      await Promise.race([ended, steps]);
    } catch (error) {
      this.failed = error instanceof Problem ? error : new Problem(error.name, error.message.split('\n', 1)[0]);
      span.fail(this.failed.type, this.failed.message);
      span.addEvent('exception', { 'exception.type': this.failed.type, 'exception.message': this.failed.message });
    }
    clearTimeout(timer);
    this.stop = undefined;
    span.end();
    const arrived = /^https?:/.test(page.url()); // Chromium has pages of its own for what it cannot open
    const address = new URL(arrived ? page.url() : this.url);
    Object.assign(span.attributes, this.failed?.attributes, {
      'url.full': address.origin + address.pathname, 'server.address': address.hostname,
      'server.port': Number(address.port || (address.protocol === 'https:' ? 443 : 80)),
    });
    if (arrived) {
      await this.readVitals(page);
    }
    await this.takePicture(page, `${this.traceId}-${index + 1}-${step.name.replaceAll(' ', '-')}.png`);
  }

  // `what` of a page that may hang or be gone; null then.
  async patiently(what) {
    let timer;
    const limit = new Promise(resolve => { timer = setTimeout(resolve, 2000, null); });
    const value = await Promise.race([what.catch(() => null), limit]);
    clearTimeout(timer);
    return value;
  }

  async readVitals(page) {
    const values = await this.patiently(page.evaluate(() => window.outsideVitals?.()));
    for (const { attributes, doubles } of this.reported.changes(values ?? {})) {
      this.logRecords.push(eventOf(this.span, 'browser.web_vital', { ...attributes, 'url.path': new URL(page.url()).pathname }, doubles));
    }
  }

  async takePicture(page, name) {
    if (this.folder !== undefined && await this.patiently(page.screenshot({ path: path.join(this.folder, name) })) !== null) {
      this.span.attributes['outside.screenshot'] = name;
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Spans and log records as OTLP/HTTP JSON, sent to where OTEL_EXPORTER_OTLP_ENDPOINT says.
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const KINDS = { internal: 1, client: 3 };
const TRIES = 3;
const TIMEOUT_MS = 10000;

export const newTraceId = () => randomBytes(16).toString('hex');
const newSpanId = () => randomBytes(8).toString('hex');

// Unix time in nanoseconds, which a number of JavaScript cannot hold. The clock is monotonic within the process.
const originNs = BigInt(Date.now()) * 1000000n - process.hrtime.bigint();
export const nowNs = () => originNs + process.hrtime.bigint();

function valueOf(value) {
  if (Array.isArray(value)) {
    return { arrayValue: { values: value.map(valueOf) } };
  }
  switch (typeof value) {
    case 'boolean': return { boolValue: value };
    case 'number': return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
    default: return { stringValue: String(value) };
  }
}

const attributesOf = map => Object.entries(map).filter(([, value]) => value !== undefined && value !== null)
  .map(([key, value]) => ({ key, value: valueOf(value) }));

export class Span {
  constructor(traceId, parent, kind, name, attributes) {
    Object.assign(this, { traceId, parentId: parent?.id ?? '', id: newSpanId(), kind, name, attributes, events: [] });
    this.startNs = nowNs();
  }

  // Of the W3C's Trace Context, sampled.
  get traceparent() {
    return `00-${this.traceId}-${this.id}-01`;
  }

  addEvent(name, attributes) {
    this.events.push({ timeUnixNano: String(nowNs()), name, attributes: attributesOf(attributes) });
  }

  fail(type, message) {
    this.attributes['error.type'] = type;
    this.error = message;
  }

  end() {
    this.endNs = nowNs();
  }

  encode() {
    return {
      traceId: this.traceId, spanId: this.id, parentSpanId: this.parentId, flags: 0x101, name: this.name, kind: KINDS[this.kind],
      startTimeUnixNano: String(this.startNs), endTimeUnixNano: String(this.endNs), attributes: attributesOf(this.attributes),
      events: this.events, status: this.error === undefined ? {} : { code: 2, message: this.error },
    };
  }
}

// An event by the semantic conventions: a log record with a name, of a span. Its values are floating-point numbers, also
// those that happen to be whole.
export function eventOf(span, name, attributes, doubles) {
  const now = String(nowNs());
  return {
    timeUnixNano: now, observedTimeUnixNano: now, severityNumber: 9, severityText: 'INFO', eventName: name,
    traceId: span.traceId, spanId: span.id, flags: 1,
    attributes: [...attributesOf(attributes), ...Object.entries(doubles).map(([key, doubleValue]) => ({ key, value: { doubleValue } }))],
  };
}

// "a=b,c=d" of the environment, with percent-encoded values.
function pairsOf(text = '') {
  return Object.fromEntries(text.split(',').map(pair => pair.trim()).filter(pair => pair.includes('='))
    .map(pair => [pair.slice(0, pair.indexOf('=')).trim(), decodeURIComponent(pair.slice(pair.indexOf('=') + 1).trim())]));
}

export class Exporter {
  constructor(version) {
    const env = process.env;
    this.endpoint = (env.OTEL_EXPORTER_OTLP_ENDPOINT || 'http://127.0.0.1:4318').replace(/\/+$/, '');
    this.headers = { ...pairsOf(env.OTEL_EXPORTER_OTLP_HEADERS), 'Content-Type': 'application/json' };
    this.resource = {
      attributes: attributesOf({
        'service.name': 'outside', 'service.version': version, 'service.instance.id': randomUUID(),
        ...pairsOf(env.OTEL_RESOURCE_ATTRIBUTES), ...(env.OTEL_SERVICE_NAME ? { 'service.name': env.OTEL_SERVICE_NAME } : {}),
      }),
    };
    this.scope = { name: 'haetae.examples.outside', version };
  }

  // Throws when the receiver did not take it.
  async post(path, body) {
    for (let attempt = 1; ; attempt++) {
      let problem;
      let final = false;
      try {
        const answer = await fetch(this.endpoint + path, {
          method: 'POST', headers: this.headers, body: JSON.stringify(body), redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        const text = await answer.text();
        if (answer.ok) {
          const refused = text ? JSON.parse(text).partialSuccess : undefined;
          const count = Number(refused?.rejectedSpans ?? refused?.rejectedLogRecords ?? 0);
          if (!count) {
            return;
          }
          problem = `${count} refused: ${refused.errorMessage}`;
          final = true;
        } else {
          problem = `HTTP status ${answer.status}`;
          final = ![429, 502, 503, 504].includes(answer.status);
        }
      } catch (error) {
        problem = error.cause?.message ?? error.message;
      }
      if (final || attempt === TRIES) {
        throw new Error(`${path}: ${problem}`);
      }
      await sleep(500 * 2 ** attempt);
    }
  }

  // Resolves to what went wrong: a list of texts, empty when all was delivered.
  async send(spans, logRecords) {
    const { resource, scope } = this;
    const requests = [
      ['/v1/traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: spans.map(span => span.encode()) }] }] }],
    ];
    if (logRecords.length > 0) {
      requests.push(['/v1/logs', { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords }] }] }]);
    }
    const results = await Promise.allSettled(requests.map(([path, body]) => this.post(path, body)));
    return results.filter(result => result.status === 'rejected').map(result => result.reason.message);
  }
}

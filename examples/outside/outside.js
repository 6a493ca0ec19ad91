#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Looks at a site from outside, as its users do, and says what they meet: README.md.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { Exporter } from './otlp.js';
import * as scenario from './ride.js';
import { Visit } from './visit.js';

const HELP = `Usage: node outside.js --url URL [OPTION]...
Walks through the page at URL in headless Chromium, and sends a trace of it by OTLP to
OTEL_EXPORTER_OTLP_ENDPOINT (http://127.0.0.1:4318).

  --user NAME          as which user of users.json; several: one after the other
  --users FILE         other users
  --every SECONDS      again and again, until SIGINT or SIGTERM
  --visits N           at most N visits
  --step-limit MS      how long a step may take (5000)
  --screenshots DIR    where a screenshot of each step goes
  --keep N             how many of them are kept (400)
  --chromium FILE      the browser ($CHROMIUM, or what is installed)

Exit status: 0, 1 when a step failed, 2 for wrong arguments, 3 when there is no browser or it
could not be run, 4 when not all was delivered.
`;
const HERE = import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname);
const BROWSERS = ['chromium', 'chromium-headless-shell', 'chromium-browser', 'google-chrome'];
const PICTURE = /^[0-9a-f]{32}-\d+-[a-z0-9-]+\.png$/;

class Usage extends Error {}

function wholeNumber(name, text, least) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least || value > 2 ** 31 - 1) {
    throw new Usage(`--${name} '${text}': expected a number from ${least} to ${2 ** 31 - 1}`);
  }
  return value;
}

function siteUrl(text) {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Usage(`--url '${text ?? ''}': expected the http or https address of a page`);
  }
  return url.href;
}

function readUsers(file, names) {
  let all;
  try {
    all = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Usage(`${file}: ${error.message}`);
  }
  return (names ?? Object.keys(all).slice(0, 1)).map(name => {
    if (!Object.hasOwn(all, name)) {
      throw new Usage(`--user '${name}': expected one of ${Object.keys(all).join(', ')}`);
    }
    return [name, all[name]];
  });
}

function readArguments() {
  const string = { type: 'string' };
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        url: string, user: { type: 'string', multiple: true }, users: string, every: string, visits: string, 'step-limit': string,
        screenshots: string, keep: string, chromium: string, help: { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new Usage(error.message);
  }
  if (values.help) {
    return null;
  }
  const users = readUsers(values.users ?? path.join(HERE, 'users.json'), values.user);
  const everyMs = values.every === undefined ? 0 : wholeNumber('every', values.every, 1) * 1000;
  return {
    url: siteUrl(values.url), users, everyMs, stepLimitMs: wholeNumber('step-limit', values['step-limit'] ?? '5000', 1),
    visits: values.visits !== undefined ? wholeNumber('visits', values.visits, 1) : everyMs > 0 ? Infinity : users.length,
    folder: values.screenshots, keep: wholeNumber('keep', values.keep ?? '400', 0), chromium: values.chromium ?? process.env.CHROMIUM,
  };
}

function findBrowser(named) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = named ?? BROWSERS.flatMap(name => folders.map(folder => path.join(folder, name))).find(existsSync);
  if (found === undefined || !existsSync(found)) {
    throw new Error(`no Chromium${named ? ` at ${named}` : ''} (Debian package: chromium)`);
  }
  return found;
}

// Chromium's own sandbox does not work as root, for example in containers.
async function launch(options) {
  const { chromium } = await import('playwright-core');
  return chromium.launch({
    executablePath: options.chromium, handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false,
    args: ['--disable-quic', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
}

// Only files that a visit has written.
function removeOldPictures(folder, keep) {
  const pictures = readdirSync(folder).filter(name => PICTURE.test(name)).map(name => path.join(folder, name))
    .map(file => [statSync(file).mtimeMs, file]).sort(([a], [b]) => b - a);
  pictures.slice(keep).forEach(([, file]) => rmSync(file, { force: true }));
}

function report(visit) {
  const ms = span => `${((Number(span.endNs - span.startNs)) / 1e6).toFixed(0)} ms`;
  const steps = visit.spans.slice(1).map(span => `${span.name} ${span.error === undefined ? '' : 'FAILED after '}${ms(span)}`);
  console.log(`outside: ${visit.userName}: ${steps.join(', ')}; trace ${visit.traceId}`);
  if (visit.failed !== undefined) {
    console.error(`outside: ${visit.userName}: ${visit.root.error}: ${visit.failed.message}`);
  }
}

const firstLine = error => error.message.split('\n', 1)[0];
const sums = { visits: 0, failed: 0, spans: 0, events: 0, undelivered: 0 };

async function visitOnce(browser, options, [userName, user], exporter) {
  const visit = new Visit({ ...options, scenario, userName, user });
  const good = await visit.run(browser);
  report(visit);
  const problems = await exporter.send(visit.spans, visit.logRecords);
  problems.forEach(problem => console.error(`outside: ${problem}`));
  sums.visits += 1;
  sums.failed += good ? 0 : 1;
  sums.spans += visit.spans.length;
  sums.events += visit.logRecords.length;
  sums.undelivered += problems.length;
  if (options.folder !== undefined) {
    removeOldPictures(options.folder, options.keep);
  }
}

// A browser serves all visits, each with a context of its own, until it ends.
async function visitAll(options, exporter, stopping) {
  let browser = null;
  try {
    for (let i = 0; i < options.visits && !stopping.aborted; i++) {
      const next = Date.now() + options.everyMs;
      if (!browser?.isConnected()) {
        browser = await launch(options);
      }
      try {
        await visitOnce(browser, options, options.users[i % options.users.length], exporter);
      } catch (error) {
        if (options.everyMs === 0) {
          throw error;
        }
        sums.failed += 1;
        console.error(`outside: the visit could not be made: ${firstLine(error)}`);
        await browser.close().catch(() => {});
      }
      if (i + 1 < options.visits && options.everyMs > 0) {
        await sleep(Math.max(0, next - Date.now()), undefined, { signal: stopping }).catch(() => {});
      }
    }
  } finally {
    await browser?.close();
  }
}

async function main() {
  const options = readArguments();
  if (options === null) {
    process.stdout.write(HELP);
    return 0;
  }
  options.chromium = findBrowser(options.chromium);
  if (options.folder !== undefined) {
    mkdirSync(options.folder, { recursive: true });
  }
  const { version } = JSON.parse(readFileSync(path.join(HERE, 'package.json'), 'utf8'));
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.once(name, () => stopping.abort());
  }
  await visitAll(options, new Exporter(version), stopping.signal);
  console.log('outside: ' + Object.entries(sums).map(([name, count]) => `${name}=${count}`).join(' '));
  return sums.failed > 0 ? 1 : sums.undelivered > 0 ? 4 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof Usage;
  console.error(`outside: ${error.code === 'ERR_MODULE_NOT_FOUND' ? 'playwright-core is not installed: npm ci' : firstLine(error)}`);
  process.exitCode = usage ? 2 : 3;
}

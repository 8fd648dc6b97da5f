// A browser over the WebDriver protocol (W3C), as far as these tests need it.

import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const ARGUMENTS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
export const ENTER = '\uE007';
export const ESCAPE = '\uE00C';
export const TAB = '\uE004';

/** Starts a driver on a free port, and waits until it says so. */
export async function startDriver() {
  const child = spawn('chromedriver', ['--port=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve, reject) => {
    let text = '';
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`chromedriver ended: ${text}`)));
    child.stdout.on('data', (data) => {
      text += data;
      const found = /started successfully on port (\d+)/.exec(text);
      if (found) resolve(found[1]);
    });
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

/** A browser of its own, with its cookies and its folder. */
export class Browser {
  static async open(driver, { width = 1000, height = 800 } = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'workos-e2e-'));
    const args = [...ARGUMENTS, `--user-data-dir=${folder}`, `--window-size=${width},${height}`];
    const browser = new Browser(driver.url, folder);
    const options = { binary: process.env.CHROMIUM ?? '/usr/bin/chromium', args };
    const capabilities = {
      alwaysMatch: {
        browserName: 'chrome',
        'goog:chromeOptions': options,
        'goog:loggingPrefs': { browser: 'ALL', performance: 'ALL' },
      },
    };
    const { sessionId } = await browser.call('POST', '/session', { capabilities });
    browser.base = `${driver.url}/session/${sessionId}`;
    await browser.call('POST', '/timeouts', { implicit: 5000, pageLoad: 20000 });
    return browser;
  }

  constructor(base, folder) {
    this.base = base;
    this.folder = folder;
  }

  async call(method, path, body) {
    const response = await fetch(this.base + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${path}: ${value.error}: ${value.message.split('\n')[0]}`);
    return value;
  }

  go(url) {
    return this.call('POST', '/url', { url });
  }

  url() {
    return this.call('GET', '/url');
  }

  async find(using, value) {
    return (await this.call('POST', '/element', { using, value }))[ELEMENT];
  }

  /**
   * Waits until an element has this text. A page that was asked for may not be there yet, and while
   * one page takes the place of another the driver fails in several ways.
   */
  async sees(selector, expected) {
    let seen;
    for (let tries = 0; tries < 100; tries += 1) {
      try {
        const element = await this.find('css selector', selector);
        seen = await this.call('GET', `/element/${element}/text`);
        if (seen === expected) return;
      } catch (error) {
        seen = error.message;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${selector} is ${JSON.stringify(seen)}, not ${JSON.stringify(expected)}`);
  }

  /** Waits for the page with this heading. */
  at(heading) {
    return this.sees('h1', heading);
  }

  async heading() {
    return this.call('GET', `/element/${await this.find('css selector', 'h1')}/text`);
  }

  /** Types into the field with this label. */
  async fill(label, text) {
    const named = await this.find('xpath', `//label[starts-with(normalize-space(), "${label}")]`);
    const id = await this.call('GET', `/element/${named}/attribute/for`);
    const field = await this.find('css selector', `#${id}`);
    await this.call('POST', `/element/${field}/clear`, {});
    await this.call('POST', `/element/${field}/value`, { text });
  }

  /** Types where the focus is, without a mouse. */
  async type(text) {
    const focused = (await this.call('GET', '/element/active'))[ELEMENT];
    await this.call('POST', `/element/${focused}/value`, { text });
  }

  /** Presses keys one by one, even if nothing has the focus. */
  strike(keys) {
    const actions = [...keys].flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]);
    return this.call('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  }

  /** What this expression is in the page. */
  evaluate(expression) {
    return this.call('POST', '/execute/sync', { script: `return (${expression})`, args: [] });
  }

  /** Waits until this expression is true in the page; returns how many milliseconds that took. */
  async until(expression) {
    const start = Date.now();
    while (!(await this.evaluate(expression).catch(() => false))) {
      if (Date.now() - start > 5000) throw new Error(`never true: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return Date.now() - start;
  }

  /** Sets what the person prefers, as in `{ 'prefers-color-scheme': 'dark' }`. */
  prefer(preferences) {
    const features = Object.entries(preferences).map(([name, value]) => ({ name, value }));
    return this.devtools('Emulation.setEmulatedMedia', { features });
  }

  devtools(cmd, params) {
    return this.call('POST', '/goog/cdp/execute', { cmd, params });
  }

  /** The warnings and errors in the console. */
  async complaints() {
    const entries = await this.call('POST', '/se/log', { type: 'browser' });
    return entries.filter(({ level }) => level === 'SEVERE' || level === 'WARNING').map(({ message }) => message);
  }

  /** The addresses of all requests since the last time. */
  async requests() {
    const entries = await this.call('POST', '/se/log', { type: 'performance' });
    const messages = entries.map(({ message }) => JSON.parse(message).message);
    return messages.filter(({ method }) => method === 'Network.requestWillBeSent')
      .map(({ params }) => params.request.url);
  }

  async press(label) {
    const button = await this.find('xpath', `//button[contains(normalize-space(), "${label}")]`);
    await this.call('POST', `/element/${button}/click`, {});
  }

  async follow(label) {
    const link = await this.find('xpath', `//a[contains(normalize-space(), "${label}")]`);
    await this.call('POST', `/element/${link}/click`, {});
  }

  /** Opens another tab, and returns how to come back to this one. */
  async openTab() {
    const before = await this.call('GET', '/window');
    const { handle } = await this.call('POST', '/window/new', { type: 'tab' });
    await this.call('POST', '/window', { handle });
    return () => this.call('POST', '/window', { handle: before });
  }

  /** The names of the cookies of this site, in order. */
  async cookieNames() {
    return (await this.call('GET', '/cookie')).map(({ name }) => name).sort();
  }

  async screenshot(path) {
    await writeFile(path, Buffer.from(await this.call('GET', '/screenshot'), 'base64'));
  }

  async close() {
    await this.call('DELETE', '').catch(() => {});
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 }).catch(() => {});
  }
}

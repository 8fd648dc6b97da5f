// The example of workos-axum in a real browser: node axum.mjs <example> <emulator> <folder of screenshots>

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { Emulator } from './emulator.mjs';
import { run } from './scenarios.mjs';
import { ENTER } from './webdriver.mjs';

const [example, program, folder] = process.argv.slice(2);
const PASSWORD = 'correct horse battery';
const ADA = 'ada@example.com';

/** People and roles as the example has them, with more permissions if there are to be. */
function seed(permissions = []) {
  const all = ['notes:read', 'notes:write', ...permissions];
  return {
    permissions: all.map((slug) => ({ slug, name: slug })),
    roles: [{ slug: 'editor', name: 'Editor', permissions: all }],
    users: [{ email: ADA, email_verified: true, first_name: 'Ada', password: PASSWORD }],
    organizations: [{ name: 'Acme', memberships: [{ email: ADA, role: 'editor' }] }],
  };
}

class Stage {
  children = [];

  /** Starts the example, with an emulator of its own or with this one. */
  async application(emulator) {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const origin = `http://localhost:${port}`;
    const variables = emulator && {
      WORKOS_API_KEY: emulator.apiKey,
      WORKOS_CLIENT_ID: emulator.clientId,
      WORKOS_BASE_URL: emulator.url,
      WORKOS_REDIRECT_URI: `${origin}/callback`,
      WORKOS_COOKIE_PASSWORD: 'a cookie password of 32 characters',
    };
    const child = spawn(example, [String(port)], {
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.children.push(child);
    const lines = createInterface({ input: child.stdout });
    await lines[Symbol.asyncIterator]().next();
    return origin;
  }

  async emulator(data) {
    const emulator = await Emulator.start(program, data);
    this.children.push(emulator.child);
    return emulator;
  }

  close() {
    this.children.forEach((child) => child.kill());
  }
}

/** Signs Ada in on WorkOS's pages. */
async function signIn(browser) {
  await browser.at('Sign in');
  await browser.type(ADA + ENTER);
  await browser.at('Enter your password');
  await browser.type(PASSWORD + ENTER);
}

/** Lets the tokens that WorkOS issues from now on expire in so many seconds. */
function expireIn(emulator, seconds) {
  const at = new Date(Date.now() + (seconds - 300) * 1000);
  return emulator.send('POST', '/_emulate/clock', { freeze: at.toISOString() });
}

const scenarios = {
  async 'a person signs up, switches the organization, is refused, and signs out'({ browser, shoot }) {
    const origin = await this.application();
    await browser.go(origin);
    await browser.at('Notes');
    await shoot('axum-signed-out');
    await browser.follow('sign up');
    await browser.at('Create an account');
    await browser.fill('First name', 'Grace');
    await browser.fill('Email address', 'grace+workos_test@example.com');
    await browser.fill('Password', PASSWORD);
    await browser.press('Create account');
    await browser.at('Verify your email address');
    await browser.type(`424242${ENTER}`);
    await browser.at('Hello, Grace');
    await shoot('axum-signed-up');
    await browser.press('Switch to Acme');
    await browser.sees('strong', 'Acme');
    await browser.follow('Notes');
    await browser.fill('New note', 'Buy milk');
    await browser.press('Add');
    await browser.sees('li', 'Buy milk');
    await shoot('axum-notes');
    await browser.follow('Home');
    await browser.press('Switch to Beta');
    await browser.sees('strong', 'Beta');
    await browser.follow('Notes');
    await browser.fill('New note', 'Not here');
    await browser.press('Add');
    await browser.at('You cannot open this page');
    await shoot('axum-refused');
    await browser.go(origin);
    await browser.press('Sign out');
    await browser.at('Notes');
    assert.equal(await browser.url(), `${origin}/`);
    assert.deepEqual(await browser.cookieNames(), []);
    await browser.go(`${origin}/notes`);
    await browser.at('Sign in');
  },

  async 'two tabs sign in at the same time, and each returns to its page'({ browser }) {
    const emulator = await this.emulator(seed());
    const origin = await this.application(emulator);
    await browser.go(`${origin}/notes?tab=1`);
    await browser.at('Sign in');
    const back = await browser.openTab();
    await browser.go(`${origin}/notes?tab=2`);
    await signIn(browser);
    await browser.at('Notes');
    assert.equal(await browser.url(), `${origin}/notes?tab=2`);
    await back();
    await signIn(browser);
    await browser.at('Notes');
    assert.equal(await browser.url(), `${origin}/notes?tab=1`);
    assert.deepEqual(await browser.cookieNames(), ['wos-session']);
  },

  async 'a callback that this browser did not begin signs nobody in'({ browser, shoot }) {
    const emulator = await this.emulator(seed());
    const origin = await this.application(emulator);
    await browser.go(`${origin}/login`);
    await browser.at('Sign in');
    await browser.go(`${origin}/callback?code=somebody&state=else`);
    await browser.at('Sign in again');
    await shoot('axum-tampered');
    const names = await browser.cookieNames();
    assert.ok(!names.includes('wos-session'), names.join());
    // Without a state, as from WorkOS's dashboard, this browser begins a sign-in of its own.
    await browser.go(`${origin}/callback?code=somebody`);
    await browser.at('Sign in');
  },

  async 'a session with 200 permissions is kept in several cookies'({ browser }) {
    const many = Array.from({ length: 200 }, (_, n) => `documents-of-department-${n}:read`);
    const emulator = await this.emulator(seed(many));
    const origin = await this.application(emulator);
    await browser.go(`${origin}/notes`);
    await signIn(browser);
    await browser.at('Notes');
    const names = await browser.cookieNames();
    assert.ok(names.length > 2 && names.every((name) => /^wos-session\.\d$/.test(name)), names.join());
    await browser.follow('Home');
    await browser.press('Sign out');
    await browser.at('Notes');
    assert.deepEqual(await browser.cookieNames(), []);
  },

  async 'a session that was revoked elsewhere asks for a sign-in'({ browser }) {
    const emulator = await this.emulator(seed());
    const origin = await this.application(emulator);
    await expireIn(emulator, 25);
    await browser.go(`${origin}/notes`);
    await signIn(browser);
    await browser.at('Notes');
    const [{ id }] = (await emulator.send('GET', '/user_management/users')).data;
    const sessions = await emulator.send('GET', `/user_management/users/${id}/sessions`);
    await emulator.send('POST', '/user_management/sessions/revoke', { session_id: sessions.data[0].id });
    await browser.go(`${origin}/notes`);
    await browser.at('Sign in');
    await browser.go(origin);
    await browser.at('Notes');
    const names = await browser.cookieNames();
    assert.ok(!names.includes('wos-session'), names.join());
  },

  async 'an outage during a refresh signs nobody out'({ browser, shoot }) {
    const emulator = await this.emulator(seed());
    const origin = await this.application(emulator);
    await expireIn(emulator, 10);
    await browser.go(`${origin}/notes`);
    await signIn(browser);
    await browser.at('Notes');
    const outage = { method: 'POST', path: '/user_management/authenticate', status: 503 };
    const { id } = await emulator.send('POST', '/_emulate/hooks', outage);
    // The page is served until the token has expired.
    for (let tries = 0; tries < 60; tries += 1) {
      await browser.go(`${origin}/notes`);
      if ((await browser.heading()) !== 'Notes') break;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    await browser.at('Try again soon');
    await shoot('axum-outage');
    assert.deepEqual(await browser.cookieNames(), ['wos-session']);
    await emulator.send('DELETE', `/_emulate/hooks/${id}`);
    await emulator.send('POST', '/_emulate/clock', { follow: true });
    await browser.go(`${origin}/notes`);
    await browser.at('Notes');
  },
};

process.exit(await run(scenarios, folder, async () => ({ stage: new Stage(), given: {} })));

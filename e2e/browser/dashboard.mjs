// The dashboard of the emulator in a real browser: node dashboard.mjs <emulator> <folder of screenshots>
//
// Each scenario has an emulator and a browser of its own. After each, the console has to be free of
// errors, and no request may have left the emulator.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';

import { Emulator } from './emulator.mjs';
import { run } from './scenarios.mjs';
import { ENTER, ESCAPE, TAB } from './webdriver.mjs';

const [program, folder] = process.argv.slice(2);
const PAGES = {
  '': 'Overview',
  'ui/organizations': 'Organizations',
  'ui/users': 'Users',
  'ui/sessions': 'Sessions',
  'ui/data': 'All data',
  'ui/requests': 'Requests',
  'ui/events': 'Events',
  'ui/mails': 'Mail',
  'ui/webhooks': 'Webhooks',
  'ui/faults': 'Faults',
  'ui/snapshots': 'Snapshots',
  'ui/api': 'Control API',
};
const LAPTOP = { width: 1280, height: 860, deviceScaleFactor: 1, mobile: false };
const PHONE = { width: 390, height: 844, deviceScaleFactor: 2, mobile: true };
const DARK = { 'prefers-color-scheme': 'dark' };
const PEOPLE = ['Ada Lovelace', 'Grace Hopper', 'Alan Turing', 'Katherine Johnson', 'Edsger Dijkstra'];

function address(name) {
  return `${name.split(' ')[0].toLowerCase()}@acme.test`;
}

/** An emulator in use: people, organizations, sign-ins, mail and webhooks. */
async function busy(stage) {
  const emulator = await stage.emulator({
    permissions: [{ slug: 'notes:read', name: 'Read notes' }],
    users: PEOPLE.map((name) => ({
      email: address(name),
      email_verified: !name.startsWith('Alan'),
      first_name: name.split(' ')[0],
      last_name: name.split(' ')[1],
      password: 'correct horse battery',
    })),
    organizations: ['Acme', 'Globex', 'Initech'].map((name, index) => ({
      name,
      domains: [{ domain: `${name.toLowerCase()}.test`, state: index === 0 ? 'verified' : 'pending' }],
      memberships: PEOPLE.slice(index).map((person) => ({ email: address(person), role: index ? 'member' : 'admin' })),
    })),
    connections: [{ name: 'Acme', organization: 'Acme', profiles: [{ email: address(PEOPLE[0]) }] }],
  });
  const { data: [alan] } = await emulator.send('GET', '/user_management/users?email=alan@acme.test');
  const hook = { endpoint_url: stage.application, events: ['user.created', 'organization.created'] };
  await emulator.send('POST', '/webhook_endpoints', hook);
  await emulator.send('POST', `/user_management/users/${alan.id}/email_verification/send`);
  await emulator.send('POST', '/user_management/magic_auth', { email: address(PEOPLE[0]) });
  await emulator.send('POST', '/user_management/password_reset', { email: address(PEOPLE[1]) });
  await emulator.send('POST', '/user_management/invitations', { email: 'new@acme.test' });
  const organization = { name: 'Umbrella', domains: ['umbrella.test'] };
  await emulator.send('POST', '/organizations', organization);
  await emulator.send('POST', '/user_management/users', { email: 'linus@umbrella.test', first_name: 'Linus' });
  const password = { grant_type: 'password', email: 'grace@acme.test', password: 'correct horse battery' };
  const step = await emulator.authenticate(password).catch(({ json }) => json);
  const choice = {
    grant_type: 'urn:workos:oauth:grant-type:organization-selection',
    pending_authentication_token: step.pending_authentication_token,
    organization_id: step.organizations[0].id,
  };
  await emulator.authenticate(choice);
  await emulator.send('GET', '/organizations/org_missing').catch(() => {});
  await emulator.send('POST', '/_emulate/hooks', { method: 'GET', path: '/directories', status: 503 });
  return emulator;
}

const scenarios = {
  async 'every page is there, in light and in dark'({ browser, shoot }) {
    const emulator = await busy(this);
    await browser.devtools('Emulation.setDeviceMetricsOverride', LAPTOP);
    for (const [path, heading] of Object.entries(PAGES)) {
      await browser.go(`${emulator.url}/_emulate/${path}`);
      await this.at(browser, heading);
      await shoot(`dashboard-${heading.toLowerCase().replace(' ', '-')}`);
    }
    await browser.prefer(DARK);
    for (const path of ['', 'ui/requests', 'ui/faults']) {
      await browser.go(`${emulator.url}/_emulate/${path}`);
      await this.at(browser, PAGES[path]);
      await shoot(`dashboard-${PAGES[path].toLowerCase()}-dark`);
    }
  },

  async 'an object leads to all that belongs to it'({ browser, shoot }) {
    const emulator = await busy(this);
    await browser.go(`${emulator.url}/_emulate/ui/organizations`);
    await browser.follow('Acme');
    await browser.at('Acme');
    await shoot('dashboard-organization');
    await browser.follow('grace@acme.test');
    await browser.at('Grace Hopper');
    await shoot('dashboard-user');
    await browser.press('Revoke');
    await browser.at('Grace Hopper');
    await browser.sees('td .badge.bad', 'revoked');
    await browser.go(`${emulator.url}/_emulate/ui/events?name=organization.created`);
    await browser.follow('organization.created');
    await browser.at('organization.created');
    await shoot('dashboard-event');
    // The ID in the payload leads to the organization.
    const [, id] = /"(org_[0-9A-Z]+)"/.exec(await browser.evaluate('document.getElementById("payload").textContent'));
    await browser.follow(id);
    await browser.at('Umbrella');
    await browser.go(`${emulator.url}/_emulate/ui/webhooks`);
    await browser.follow('user.created');
    await browser.at('user.created');
    await shoot('dashboard-delivery');
    await browser.press('Deliver again');
    await browser.until('document.querySelectorAll("main tbody tr").length === 2');
    await browser.go(`${emulator.url}/_emulate/ui/requests?q=authenticate`);
    await browser.follow('/user_management/authenticate');
    await browser.at('POST /user_management/authenticate');
    assert.ok(!(await browser.evaluate('document.body.textContent')).includes('correct horse'));
    await shoot('dashboard-request');
  },

  async 'the keyboard is enough'({ browser, shoot }) {
    const emulator = await busy(this);
    await browser.go(`${emulator.url}/_emulate/`);
    await browser.at('Overview');
    await browser.strike('gu');
    await this.at(browser, 'Users');
    await browser.strike('j');
    await browser.strike('j');
    const second = await browser.evaluate('document.activeElement.textContent');
    await browser.strike('k');
    await browser.strike('j');
    assert.equal(await browser.evaluate('document.activeElement.textContent'), second);
    await browser.strike(ENTER);
    await browser.until('document.querySelector(".kind")?.textContent === "User"');
    await browser.strike('go');
    await this.at(browser, 'Organizations');
    await browser.strike('/');
    await browser.strike(`globex${ENTER}`);
    await browser.until('document.querySelectorAll("main tbody tr").length === 1');
    await browser.strike(ESCAPE);
    await browser.strike('?');
    await browser.until('document.getElementById("help").open');
    await shoot('dashboard-keys');
    await browser.strike(ESCAPE);
    await browser.until('!document.getElementById("help").open');
    await browser.strike('gf');
    await this.at(browser, 'Faults');
    // With nothing but the tab key: every stop can be seen, and the first skips the navigation.
    await browser.strike(TAB);
    assert.equal(await browser.evaluate('document.activeElement.textContent'), 'Skip to the content');
    await browser.strike(ENTER);
    const stops = [];
    for (let count = 0; count < 40; count += 1) {
      await browser.strike(TAB);
      stops.push(await browser.evaluate(`(() => {
        const one = document.activeElement;
        const style = getComputedStyle(one);
        return [one.id || one.textContent.trim(), parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none'];
      })()`));
      if (stops.at(-1)[0] === 'Add the fault') break;
    }
    const names = stops.map(([name]) => name);
    for (const name of ['Remove', 'method', 'path', 'kind', 'status', 'latency_ms', 'count', 'chance', 'Add the fault']) {
      assert.ok(names.includes(name), `${name} in ${names}`);
    }
    assert.deepEqual(stops.filter(([, isVisible]) => !isVisible), []);
  },

  async 'a change shows up within two seconds, and leaves alone what somebody does'({ browser }) {
    const emulator = await busy(this);
    await browser.go(`${emulator.url}/_emulate/ui/faults`);
    await this.at(browser, 'Faults');
    await browser.fill('Status', '418');
    await browser.evaluate('(document.getElementById("more").open = true)');
    await emulator.send('POST', '/_emulate/hooks', { method: 'POST', path: '/groups', fault: 'stall' });
    const time = await browser.until('document.querySelectorAll("main tbody tr").length === 2');
    assert.ok(time < 2000, `${time} ms`);
    assert.deepEqual(
      await browser.evaluate('[document.activeElement.id, document.getElementById("status").value, document.getElementById("more").open]'),
      ['status', '418', true],
    );
    await browser.go(`${emulator.url}/_emulate/ui/users`);
    await this.at(browser, 'Users');
    await browser.strike('j');
    const first = await browser.evaluate('document.activeElement.textContent');
    await emulator.send('POST', '/user_management/users', { email: 'tim@acme.test' });
    const took = await browser.until('document.querySelector("main tbody tr").textContent.includes("tim@acme.test")');
    assert.ok(took < 2000, `${took} ms`);
    assert.equal(await browser.evaluate('document.activeElement.textContent'), first);
  },

  async 'the clock is moved'({ browser }) {
    const emulator = await this.emulator();
    await browser.go(`${emulator.url}/_emulate/`);
    await browser.at('Overview');
    await browser.fill('Freeze at', 'tomorrow');
    await browser.press('Set');
    await browser.until('document.getElementById("at").getAttribute("aria-invalid") === "true"');
    assert.equal(await browser.evaluate('document.activeElement.id'), 'at');
    await browser.fill('Freeze at', '2026-03-01T12:00:00Z');
    await browser.press('Set');
    await browser.sees('.clock time', '2026-03-01 12:00:00');
    await browser.press('+1 day');
    await browser.sees('.clock time', '2026-03-02 12:00:00');
    assert.deepEqual(await emulator.send('GET', '/_emulate/clock'), { now: '2026-03-02T12:00:00.000Z', is_frozen: true });
    await browser.press('Follow the system');
    await browser.until('!document.querySelector(".clock .badge")');
  },

  async 'a fault is added, and a client sees it'({ browser, shoot }) {
    const emulator = await this.emulator();
    await browser.go(`${emulator.url}/_emulate/ui/faults`);
    await this.at(browser, 'Faults');
    await browser.fill('Path', '/organizations');
    await browser.fill('Status', '99');
    await browser.press('Add the fault');
    await browser.sees('#status-problem', 'status is required and must be a valid HTTP status code: 200 to 599');
    await shoot('dashboard-fault-refused');
    await browser.fill('Status', '503');
    await browser.fill('How many times', '1');
    await browser.press('Add the fault');
    await browser.sees('main tbody .badge', '503');
    const headers = { authorization: `Bearer ${emulator.apiKey}` };
    const answer = () => fetch(`${emulator.url}/organizations`, { headers }).then(({ status }) => status);
    assert.deepEqual([await answer(), await answer()], [503, 200]);
    await browser.sees('p.empty', 'No faults. The API behaves.');
  },

  async 'everything is exported, and removed after a question'({ browser }) {
    const emulator = await busy(this);
    const file = await fetch(`${emulator.url}/_emulate/ui/export`);
    assert.match(file.headers.get('content-disposition'), /^attachment/);
    assert.equal((await file.json()).users.length, PEOPLE.length + 1);
    await browser.go(`${emulator.url}/_emulate/`);
    await browser.at('Overview');
    await browser.follow('Reset');
    await browser.at('Reset the emulator?');
    await browser.press('Remove everything');
    await browser.at('Overview');
    assert.deepEqual((await emulator.send('GET', '/organizations')).data, []);
  },

  async 'an emulator that is gone is noticed, and the next one is followed'({ browser }) {
    const emulator = await this.emulator();
    await browser.go(`${emulator.url}/_emulate/ui/users`);
    await this.at(browser, 'Users');
    emulator.child.kill();
    await browser.until('document.getElementById("live").textContent === "The emulator does not answer"');
    const next = await this.emulator(undefined, emulator.port);
    await next.send('POST', '/user_management/users', { email: 'ada@acme.test' });
    await browser.until('document.querySelector("main tbody tr")?.textContent.includes("ada@acme.test")');
    await browser.sees('#live', 'Live');
    this.mayComplain = true;
  },

  async 'a script from elsewhere does not run'({ browser }) {
    const hostile = '<script>document.title = "owned"</script><img src=x onerror="document.title = \'owned\'">';
    const emulator = await this.emulator();
    await emulator.send('POST', '/organizations', { name: hostile });
    for (const path of Object.keys(PAGES)) {
      await browser.go(`${emulator.url}/_emulate/${path}`);
      await browser.until('document.querySelector("h1")');
      assert.ok((await browser.evaluate('document.title')).includes('WorkOS Emulator'), path);
    }
    await browser.go(`${emulator.url}/_emulate/ui/organizations`);
    await browser.follow('<script>');
    await browser.at(hostile);
  },

  async 'every page fits on a phone'({ browser, shoot }) {
    const emulator = await busy(this);
    await browser.devtools('Emulation.setDeviceMetricsOverride', PHONE);
    for (const [path, heading] of Object.entries(PAGES)) {
      await browser.go(`${emulator.url}/_emulate/${path}`);
      await this.at(browser, heading);
      const width = await browser.evaluate('document.documentElement.scrollWidth');
      assert.ok(width <= 390, `${heading} is ${width} wide`);
      if (['Overview', 'Users', 'Faults', 'Mail'].includes(heading)) await shoot(`dashboard-${heading.toLowerCase()}-phone`);
    }
  },
};

/** What scenarios share. */
class Stage {
  emulators = [];

  async open() {
    this.server = createServer((_request, response) => response.end());
    await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.application = `http://localhost:${this.server.address().port}/webhooks`;
    return this;
  }

  async emulator(seed, port) {
    const emulator = await Emulator.start(program, seed, port);
    this.emulators.push(emulator);
    return emulator;
  }

  /** Waits for a page, whose heading may have a number after it. */
  at(browser, heading) {
    return browser.until(`document.querySelector('h1')?.textContent.startsWith(${JSON.stringify(heading)})`);
  }

  async check(browser) {
    // A form that is refused is an answer with this status.
    const complaints = (await browser.complaints()).filter((one) => !one.includes('status of 422'));
    if (!this.mayComplain) assert.deepEqual(complaints, []);
    const own = this.emulators.map(({ url }) => url);
    // A browser that opens begins with a page of its own.
    const foreign = (await browser.requests()).filter((url) => /^(https?|wss?):/.test(url))
      .filter((url) => !own.some((origin) => url.startsWith(`${origin}/`)));
    assert.deepEqual(foreign, []);
  }

  close() {
    this.server.close();
    this.emulators.forEach(({ child }) => child.kill());
  }
}

process.exit(await run(scenarios, folder, async () => ({ stage: await new Stage().open(), given: {} })));

// The hosted pages of the emulator in a real browser: node run.mjs <emulator> <folder of screenshots>
//
// Each scenario has an emulator and a browser of its own, goes from the authorization URL to the
// callback of an application, and exchanges the code there. Needs chromium and chromedriver.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';

import { Emulator } from './emulator.mjs';
import { run } from './scenarios.mjs';
import { ENTER } from './webdriver.mjs';

const [program, folder] = process.argv.slice(2);
const PASSWORD = 'correct horse battery';
const STATE = 'state-1';

/** An application, which waits at its callback for a browser. */
class Application {
  static async start() {
    const application = new Application();
    application.server = createServer((request, response) => {
      // A browser also asks for an icon.
      const url = new URL(request.url, application.origin);
      if (url.pathname === '/callback') application.came = url;
      response.end('<!doctype html><title>Signed in</title><h1>Signed in</h1>');
    });
    await new Promise((resolve) => application.server.listen(0, '127.0.0.1', resolve));
    application.origin = `http://localhost:${application.server.address().port}`;
    return application;
  }

  get callback() {
    return `${this.origin}/callback`;
  }
}

/** The code of an authenticator app (RFC 6238). */
function totp(secret) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const hash = createHmac('sha1', key).update(step).digest();
  const number = hash.readUInt32BE(hash.at(-1) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

const ada = { email: 'ada@acme.test', email_verified: true, password: PASSWORD, first_name: 'Ada' };

const scenarios = {
  async 'somebody signs up, and verifies the address'({ browser, application, shoot }) {
    const emulator = await this.emulator();
    const hint = { provider: 'authkit', screen_hint: 'sign-up' };
    await browser.go(emulator.authorization('/user_management/authorize', application.callback, hint));
    await browser.at('Create an account');
    await browser.fill('First name', 'Grace');
    await browser.fill('Email address', 'grace@acme.test');
    await browser.fill('Password', 'short');
    await browser.press('Create account');
    await browser.sees('[role=alert]', 'Password must be at least 10 characters long.');
    await shoot('sign-up');
    await browser.fill('Password', PASSWORD);
    await browser.press('Create account');
    await browser.at('Verify your email address');
    await shoot('verify');
    await browser.fill('Code', await emulator.lastCode('grace@acme.test'));
    await browser.press('Verify');
    const { user } = await this.callback(emulator, application);
    assert.deepEqual([user.email, user.email_verified, user.first_name], ['grace@acme.test', true, 'Grace']);
  },

  async 'a member signs in with a password, a second factor and an organization, by keyboard'({ browser, application, shoot }) {
    const members = [{ email: ada.email }];
    const organizations = ['Acme', 'Beta'].map((name) => ({ name, memberships: members }));
    const emulator = await this.emulator({ users: [ada], organizations });
    const [{ id }] = (await emulator.send('GET', '/user_management/users')).data;
    const enrolled = await emulator.send('POST', `/user_management/users/${id}/auth_factors`, { type: 'totp' });
    const authkit = { provider: 'authkit' };
    await browser.go(emulator.authorization('/user_management/authorize', application.callback, authkit));
    await browser.at('Sign in');
    await shoot('sign-in');
    await browser.type(ada.email + ENTER);
    await browser.at('Enter your password');
    await browser.type(`wrong${ENTER}`);
    await browser.sees('[role=alert]', 'Invalid credentials.');
    await shoot('wrong-password');
    await browser.type(PASSWORD + ENTER);
    await browser.at('Confirm that it is you');
    await shoot('second-factor');
    await browser.type(totp(enrolled.authentication_factor.totp.secret) + ENTER);
    await browser.at('Choose an organization');
    await shoot('organizations');
    await browser.press('Beta');
    const { user, organization_id } = await this.callback(emulator, application);
    const { name } = await emulator.send('GET', `/organizations/${organization_id}`);
    assert.deepEqual([user.email, name], [ada.email, 'Beta']);
  },

  async 'somebody signs in with a code by email, on a phone'({ browser, application, shoot }) {
    const emulator = await this.emulator({ users: [ada] });
    const authkit = { provider: 'authkit', login_hint: ada.email };
    await browser.go(emulator.authorization('/user_management/authorize', application.callback, authkit));
    await browser.at('Sign in');
    await browser.press('Continue');
    await browser.at('Enter your password');
    await browser.press('Email me a code');
    await browser.at('Check your email');
    await shoot('magic-code');
    await browser.fill('Code', await emulator.lastCode(ada.email));
    await browser.press('Sign in');
    const { authentication_method } = await this.callback(emulator, application);
    assert.equal(authentication_method, 'MagicAuth');
  },

  async 'somebody who forgot the password chooses a new one'({ browser, application, shoot }) {
    const emulator = await this.emulator({ users: [ada] });
    const authkit = { provider: 'authkit', login_hint: ada.email };
    await browser.go(emulator.authorization('/user_management/authorize', application.callback, authkit));
    await browser.at('Sign in');
    await browser.press('Continue');
    await browser.at('Enter your password');
    await shoot('password');
    await browser.press('Forgot your password?');
    await browser.at('Check your email');
    await shoot('reset-sent');
    await browser.go((await emulator.lastEmail(ada.email)).link);
    await browser.at('Choose a new password');
    await shoot('new-password');
    await browser.type(`battery staple${ENTER}`);
    await browser.at('Password changed');
    await browser.go(emulator.authorization('/user_management/authorize', application.callback, authkit));
    await browser.at('Sign in');
    await browser.press('Continue');
    await browser.at('Enter your password');
    await browser.type(`battery staple${ENTER}`);
    const { user } = await this.callback(emulator, application);
    assert.equal(user.email, ada.email);
  },

  async 'an invitation leads through a sign-up to the application'({ browser, application, shoot }) {
    const emulator = await this.emulator({ organizations: [{ name: 'Acme' }] });
    await emulator.send('POST', '/user_management/redirect_uris', { uri: application.callback });
    const [{ id }] = (await emulator.send('GET', '/organizations')).data;
    const invitation = { email: 'grace@acme.test', organization_id: id };
    await emulator.send('POST', '/user_management/invitations', invitation);
    await browser.go((await emulator.lastEmail(invitation.email)).link);
    await browser.at('Create an account');
    await browser.fill('Password', PASSWORD);
    await shoot('invitation');
    await browser.press('Create account');
    // No application asked for this sign-in, so there is no state.
    const { user, organization_id } = await this.callback(emulator, application, null);
    assert.deepEqual([user.email, organization_id], [invitation.email, id]);
  },

  async 'an employee signs in at the identity provider'({ browser, application, shoot }) {
    const profile = { email: 'bob@acme.test', first_name: 'Bob', last_name: 'Ray' };
    const emulator = await this.emulator({
      organizations: [{ name: 'Acme' }],
      connections: [{ name: 'Acme', organization: 'Acme', profiles: [profile] }],
    });
    const [{ id }] = (await emulator.send('GET', '/connections')).data;
    await browser.go(emulator.authorization('/sso/authorize', application.callback, { connection: id }));
    await browser.at('Test identity provider');
    await shoot('identity-provider');
    await browser.press('Bob Ray');
    const code = await this.code(application);
    const grant = { client_id: emulator.clientId, client_secret: emulator.apiKey, grant_type: 'authorization_code', code };
    const { profile: signedIn } = await emulator.send('POST', '/sso/token', grant);
    assert.equal(signedIn.email, profile.email);
  },

  async 'a device is approved'({ browser, shoot }) {
    const emulator = await this.emulator({ users: [ada] });
    const device = await emulator.send('POST', '/user_management/authorize/device', { client_id: emulator.clientId });
    await browser.go(device.verification_uri_complete);
    await browser.at('Connect a device');
    await shoot('device');
    await browser.press('Continue');
    await browser.at('Sign in');
    await browser.fill('Email address', ada.email);
    await browser.press('Continue');
    await browser.at('Enter your password');
    await browser.fill('Password', PASSWORD);
    await browser.press('Sign in');
    await browser.at('Approve this device?');
    await shoot('approval');
    await browser.press('Approve');
    await browser.at('Device approved');
    await shoot('approved');
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device.device_code };
    const { user } = await emulator.send('POST', '/user_management/authenticate', { client_id: emulator.clientId, ...grant });
    assert.equal(user.email, ada.email);
  },

  async 'a redirect URI that is not allowed ends on an error page'({ browser, shoot }) {
    const emulator = await this.emulator();
    const elsewhere = 'https://elsewhere.example/';
    await browser.go(emulator.authorization('/user_management/authorize', elsewhere, { provider: 'authkit' }));
    await browser.at('You cannot sign in');
    await shoot('error');
  },
};

/** What scenarios share. */
class Stage {
  emulators = [];

  async emulator(seed) {
    const emulator = await Emulator.start(program, seed);
    this.emulators.push(emulator);
    return emulator;
  }

  close() {
    this.application.server.close();
    this.emulators.forEach(({ child }) => child.kill());
  }

  /** The code that came to the application, with the state that it sent, if it sent one. */
  async code(application, state = STATE) {
    for (let tries = 0; tries < 100 && !application.came; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.ok(application.came, 'the browser did not come to the callback');
    const { searchParams } = application.came;
    assert.equal(searchParams.get('state'), state);
    return searchParams.get('code');
  }

  async callback(emulator, application, state = STATE) {
    const code = await this.code(application, state);
    return emulator.authenticate({ grant_type: 'authorization_code', code });
  }
}

process.exit(await run(scenarios, folder, async () => {
  const stage = new Stage();
  stage.application = await Application.start();
  return { stage, given: { application: stage.application } };
}));

// The emulator, as programs in other languages use it.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** An emulator in a process of its own, and its control routes. */
export class Emulator {
  static async start(program, seed, port = 0) {
    const emulator = new Emulator();
    const options = ['--port', String(port), '--json', '--interactive', '--strict'];
    emulator.child = spawn(program, options, {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = createInterface({ input: emulator.child.stdout });
    const ready = JSON.parse((await lines[Symbol.asyncIterator]().next()).value);
    Object.assign(emulator, ready);
    if (seed) await emulator.send('POST', '/_emulate/seed', seed);
    return emulator;
  }

  async send(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const json = JSON.parse((await response.text()) || 'null');
    if (!response.ok) throw Object.assign(new Error(`${path}: ${JSON.stringify(json)}`), { json });
    return json;
  }

  authenticate(grant) {
    const credentials = { client_id: this.clientId, client_secret: this.apiKey };
    return this.send('POST', '/user_management/authenticate', { ...credentials, ...grant });
  }

  authorization(path, callback, parameters, state = 'state-1') {
    const query = new URLSearchParams({
      client_id: this.clientId,
      redirect_uri: callback,
      response_type: 'code',
      state,
      ...parameters,
    });
    return `${this.url}${path}?${query}`;
  }

  async lastEmail(email) {
    const emails = (await this.send('GET', '/_emulate/outbox')).filter(({ to }) => to === email);
    return emails.at(-1);
  }

  async lastCode(email) {
    return (await this.lastEmail(email)).code;
  }
}

// Walks through the API with the official SDK, against the emulator at EMULATOR_URL.

import { WorkOS } from '@workos-inc/node';
import { access } from './access.mjs';
import { organizations } from './organizations.mjs';
import { products } from './products.mjs';
import { signIn } from './sign_in.mjs';
import { finish } from './steps.mjs';

const url = new URL(process.env.EMULATOR_URL);
const emulator = {
  url: url.origin,
  apiKey: process.env.EMULATOR_API_KEY,
  clientId: 'client_compat',
  async control(method, path, body) {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url.origin}/_emulate/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  },
};
const workos = new WorkOS(emulator.apiKey, {
  apiHostname: url.hostname,
  port: Number(url.port),
  https: false,
  clientId: emulator.clientId,
});

await emulator.control('POST', 'reset');
await organizations(workos, emulator);
await access(workos, emulator);
await products(workos, emulator);
await signIn(workos, emulator);
process.exit(finish('node') ? 0 : 1);

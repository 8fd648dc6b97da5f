// Runs the steps of a walk: each is named, one that fails does not end the walk, and what it was to
// make is missing for later steps only.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

const failures = [];
let count = 0;

/** Runs one step. */
export async function step(name, work) {
  count += 1;
  try {
    await work();
  } catch (error) {
    const reason = String(error.message ?? error).replace(/\s+/g, ' ').slice(0, 400);
    const status = error.status ? `${error.status} ${error.code ?? error.error ?? ''} ` : '';
    failures.push(name);
    console.log(`FAILED ${name}: ${status}${reason}`);
  }
}

/** Prints the summary, and returns whether all steps passed. */
export function finish(walk) {
  console.log(`${walk}: ${count - failures.length} of ${count} steps`);
  return failures.length === 0;
}

/** What steps made. Reading what is not there says so, instead of failing somewhere else. */
export const made = new Proxy(
  {},
  {
    get(target, name) {
      if (!(name in target)) throw new Error(`needs "${String(name)}", which no step has made`);
      return target[name];
    },
  },
);

export const same = assert.deepStrictEqual;

/** Checks the fields that are given, each as a whole. */
export function has(actual, expected) {
  const picked = Object.fromEntries(Object.keys(expected).map((name) => [name, actual[name]]));
  assert.deepStrictEqual(picked, expected);
}

/** Checks the form of an ID. */
export function isId(id, prefix) {
  assert.match(id, new RegExp(`^${prefix}_[0-9A-Za-z]+$`));
}

/** Waits for a refusal, checks it, and returns the error. */
export async function refused(promise, status, code) {
  let answer;
  try {
    answer = await promise;
  } catch (error) {
    const body = error.rawData ?? {};
    const found = error.code ?? body.code ?? error.error ?? body.error;
    if (error.status === undefined) throw error;
    assert.deepStrictEqual([error.status, found], [status, code]);
    return error;
  }
  throw new Error(`expected ${status} ${code}, but got ${JSON.stringify(answer)}`);
}

/** The IDs of a page. */
export const ids = (page) => page.data.map((item) => item.id);

/** The code of an authenticator app (RFC 6238), now or some steps of 30 seconds later. */
export function totp(secret, later = 0) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret]
    .map((digit) => alphabet.indexOf(digit).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const mac = createHmac('sha1', key).update(counter).digest();
  const word = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, '0');
}

/** The claims of a token, unverified. */
export const claims = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

/** Opens a URL as a browser would, and returns the parameters that it is sent back with. */
export async function browse(url) {
  const answer = await fetch(url, { redirect: 'manual' });
  assert.equal(answer.status, 302, await answer.text());
  return new URL(answer.headers.get('location'));
}

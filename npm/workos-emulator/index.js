// Starts an emulator for the tests of an application.

import { spawn } from 'node:child_process';

import { binary } from './binary.js';

/** How much of standard error goes into the message of an error. */
const MAX_ERRORS = 8 * 1024;
/** How long the program may take to stop. */
const STOP_TIMEOUT = 5_000;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

export async function start({ args = [], cwd, env, timeout = 10_000 } = {}) {
  const child = spawn(binary(), ['--port', '0', '--json', ...args], {
    cwd,
    env: env && { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const ended = new Promise((resolve) => {
    child.on('error', resolve);
    child.on('exit', resolve);
  }).finally(() => running.delete(child));

  let ready;
  try {
    ready = await announcement(child, timeout);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  // A process that does not stop it can still exit.
  child.unref();
  child.stdout.unref();
  child.stderr.unref();

  async function stop() {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
    await ended;
    clearTimeout(timer);
  }
  const { url, apiKey, clientId, controlKey } = ready;
  return { url, apiKey, clientId, controlKey, stop };
}

/** The line of JSON that the program prints when it is ready. */
function announcement(child, timeout) {
  return new Promise((resolve, reject) => {
    let output = '';
    let errors = '';
    const failed = (reason) => {
      clearTimeout(timer);
      reject(new Error(`workos-emulator: ${reason}${errors && `\n${errors.trimEnd()}`}`));
    };
    const timer = setTimeout(() => failed(`not ready within ${timeout} ms`), timeout);
    child.on('error', (error) => failed(error.message));
    child.on('close', (code, signal) => failed(`ended with ${signal ?? code} instead of starting`));
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors = (errors + text).slice(-MAX_ERRORS);
    });
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      const end = output.indexOf('\n');
      if (end < 0) return;
      // What it prints later is not needed, but has to be read.
      child.stdout.removeAllListeners('data').resume();
      try {
        resolve(JSON.parse(output.slice(0, end)));
        clearTimeout(timer);
      } catch {
        failed('what it printed is not JSON');
      }
    });
  });
}

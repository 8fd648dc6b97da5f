#!/usr/bin/env node
// Runs the program in place of this script: its arguments, its input and output, its signals, its
// exit code.

import { spawn } from 'node:child_process';

import { binary } from '../binary.js';

function fail(error) {
  console.error(`workos-emulator: ${error.message}`);
  process.exit(1);
}

function run(path) {
  let child;
  // Before the program starts: a reader of its first line may send a signal at once. Handlers run
  // when this function has returned, so there is a child by then.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK']) {
    // Some signals do not exist on some systems.
    try {
      process.on(signal, () => child.kill(signal));
    } catch {}
  }
  child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
  child.on('error', fail);
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    // Ends the same way as the program did.
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

try {
  run(binary());
} catch (error) {
  fail(error);
}

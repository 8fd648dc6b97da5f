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
  const child = spawn(path, process.argv.slice(2), { stdio: 'inherit' });
  child.on('error', fail);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGBREAK'];
  for (const signal of signals) {
    // Some signals do not exist on some systems.
    try {
      process.on(signal, () => child.kill(signal));
    } catch {}
  }
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

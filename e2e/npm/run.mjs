// The npm packages as users have them: node run.mjs <emulator>
//
// Packs the main package and the one of this platform, installs both into a project without a
// registry, and runs what is installed.

import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const emulator = resolve(process.argv[2]);
const root = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'workos-emulator-npm-'));
process.on('exit', () => rmSync(work, { recursive: true, force: true }));
/** Longer than anything here takes. */
const timeout = 120_000;

// Independent of the user's settings and cache.
const env = {
  ...process.env,
  npm_config_cache: join(work, 'cache'),
  npm_config_userconfig: join(work, 'npmrc'),
  npm_config_update_notifier: 'false',
};
delete env.WORKOS_EMULATOR_BINARY;
delete env.WORKOS_EMULATE_API_KEY;

const npm = (folder, ...args) =>
  execFileSync('npm', args, { cwd: folder, env, timeout, encoding: 'utf8', stdio: 'pipe' });
/** Runs a program that ends by itself. */
function ended(project, [program, ...args], variables = {}) {
  const options = { cwd: project, env: { ...env, ...variables }, timeout, encoding: 'utf8' };
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, stdout, stderr };
}

/** Packs both packages; returns the paths of the archives. */
function pack() {
  const target = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
  mkdirSync(join(work, 'dist'));
  cpSync(emulator, join(work, 'dist', `workos-emulator-${target}-unknown-linux-musl`));
  const packages = join(work, 'packages');
  const build = [join(root, 'npm/build.mjs'), join(work, 'dist'), packages];
  execFileSync(process.execPath, build, { timeout });
  return ['workos-emulator', `linux-${process.arch}`].map((name) => {
    const folder = join(packages, name);
    const [{ filename, files }] = JSON.parse(npm(folder, 'pack', '--json'));
    console.log(`${filename}: ${files.map((file) => file.path).join(' ')}`);
    return join(folder, filename);
  });
}

/** A project with nothing but these archives. */
function install(name, ...archives) {
  const project = join(work, name);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"private": true, "type": "module"}');
  npm(project, 'install', '--offline', '--no-audit', '--no-fund', ...archives);
  return project;
}

const [main, platform] = pack();
const version = /^version = "(.+)"$/m.exec(readFileSync(join(root, 'Cargo.toml'), 'utf8'))[1];
const project = install('project', main, platform);
const program = join(project, 'node_modules/.bin/workos-emulator');

const checks = {
  'npx runs the program'() {
    const expected = { status: 0, stdout: `workos-emulator ${version}\n`, stderr: '' };
    assert.deepEqual(ended(project, ['npx', '--offline', 'workos-emulator', '--version']), expected);
  },

  async 'it serves until it gets a signal, and exits with 0'() {
    for (const signal of ['SIGTERM', 'SIGINT']) {
      const child = spawn(program, ['--port', '0', '--json'], {
        cwd: project,
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        const [line] = await once(createInterface(child.stdout), 'line');
        const health = await fetch(JSON.parse(line).health);
        assert.deepEqual(await health.json(), { status: 'ok' });
        const exit = once(child, 'exit', { signal: AbortSignal.timeout(timeout) });
        child.kill(signal);
        assert.deepEqual(await exit, [0, null]);
        await assert.rejects(fetch(JSON.parse(line).health));
      } finally {
        child.kill('SIGKILL');
      }
    }
  },

  'what it prints and its exit code are those of the program'() {
    // Under the name that it prints in its usage.
    const packed = join(work, 'packages', `linux-${process.arch}`, 'bin/workos-emulator');
    for (const args of [['--nope'], ['--help'], ['completions', 'bash'], ['doctor', '--json']]) {
      assert.deepEqual(ended(project, [program, ...args]), ended(project, [packed, ...args]));
    }
    assert.equal(ended(project, [program, '--nope']).status, 1);
  },

  'without a binary for the platform it says what to do'() {
    const lonely = install('lonely', main);
    const name = `@workos-emulator/linux-${process.arch}`;
    const expected =
      `workos-emulator: there is no binary for linux-${process.arch}: ${name} is not installed.\n` +
      'If npm was told to omit optional dependencies, install again without that. Otherwise\n' +
      'build the program with `cargo install workos-emulator`, and set WORKOS_EMULATOR_BINARY to ' +
      'its path.\n';
    const path = join(lonely, 'node_modules/.bin/workos-emulator');
    assert.deepEqual(ended(lonely, [path]), { status: 1, stdout: '', stderr: expected });

    const run = [path, '--version'];
    const own = ended(lonely, run, { WORKOS_EMULATOR_BINARY: emulator });
    assert.deepEqual(own, { status: 0, stdout: `workos-emulator ${version}\n`, stderr: '' });
    const missing = ended(lonely, run, { WORKOS_EMULATOR_BINARY: '/missing' });
    const reason = 'workos-emulator: WORKOS_EMULATOR_BINARY: there is no file /missing\n';
    assert.deepEqual(missing, { status: 1, stdout: '', stderr: reason });
    const text = join(lonely, 'package.json');
    const broken = ended(lonely, run, { WORKOS_EMULATOR_BINARY: text });
    assert.equal(broken.status, 1);
    assert.match(broken.stderr, /^workos-emulator: spawn .* EACCES\n$/);
  },

  'a test starts and stops emulators'() {
    const test = `
      import assert from 'node:assert/strict';
      import { start } from 'workos-emulator';

      const [one, other] = await Promise.all([
        start({ args: ['--control-key', 'mine'] }),
        start({ env: { WORKOS_EMULATE_API_KEY: 'sk_test_mine' } }),
      ]);
      const { apiKey, clientId, controlKey } = one;
      const expected = { apiKey: 'sk_test_default', clientId: 'client_emulator', controlKey: 'mine' };
      assert.deepEqual({ apiKey, clientId, controlKey }, expected);
      assert.deepEqual([other.apiKey, other.controlKey], ['sk_test_mine', undefined]);
      const headers = { authorization: 'Bearer sk_test_mine' };
      assert.equal((await fetch(other.url + '/organizations', { headers })).status, 200);

      await Promise.all([one.stop(), one.stop()]);
      await one.stop();
      await assert.rejects(fetch(one.url + '/health'));

      await assert.rejects(start({ args: ['--nope'] }), (error) => {
        const start = 'workos-emulator: ended with 1 instead of starting\\n' +
          'workos-emulator: Unknown option: --nope\\n';
        assert.equal(error.message.slice(0, start.length), start);
        return true;
      });
      process.env.WORKOS_EMULATOR_BINARY = '/bin/echo';
      await assert.rejects(start(), { message: 'workos-emulator: what it printed is not JSON' });
      process.env.WORKOS_EMULATOR_BINARY = './silent';
      await assert.rejects(start({ timeout: 100 }), {
        message: 'workos-emulator: not ready within 100 ms',
      });
      console.log(other.url);
    `;
    writeFileSync(join(project, 'start.js'), test);
    writeFileSync(join(project, 'silent'), '#!/bin/sh\nexec sleep 60\n', { mode: 0o755 });
    const { status, stdout, stderr } = ended(project, [process.execPath, 'start.js']);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    // The one that was not stopped has ended with its process.
    return assert.rejects(fetch(`${stdout.trim()}/health`));
  },
};

if (process.platform !== 'linux') throw new Error('the packages are made for Linux here');
for (const [name, check] of Object.entries(checks)) {
  await check();
  console.log(`ok: ${name}`);
}

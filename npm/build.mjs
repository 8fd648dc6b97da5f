// Makes the npm packages from the binaries of scripts/build-static: node npm/build.mjs [<folder of
// binaries>] [<folder of packages>]
//
// Each binary becomes a package for its platform. The main package finds the program there, and has
// those platforms as optional dependencies: npm installs the one that fits. `npm publish` the
// platforms first.

import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const [binaries = join(root, 'dist'), packages = join(root, 'target/npm')] = process.argv.slice(2);

/** The platforms, as Node calls them. Static binaries run with any libc, so none is named. */
const PLATFORMS = {
  'x86_64-unknown-linux-musl': { os: 'linux', cpu: 'x64' },
  'aarch64-unknown-linux-musl': { os: 'linux', cpu: 'arm64' },
};

async function version() {
  const manifest = await readFile(join(root, 'Cargo.toml'), 'utf8');
  const [, found] = manifest.match(/^\[workspace\.package\]\nversion = "(.+)"$/m) ?? [];
  if (!found) throw new Error('Cargo.toml: there is no version below [workspace.package]');
  return found;
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** Makes the package of a platform, and returns its name. */
async function platformPackage(target, { os, cpu }, version, main) {
  const name = `@workos-emulator/${os}-${cpu}`;
  const folder = join(packages, `${os}-${cpu}`);
  const program = join(folder, 'bin', 'workos-emulator');
  await mkdir(join(folder, 'bin'), { recursive: true });
  await cp(join(binaries, `workos-emulator-${target}`), program);
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const { license } = main;
  const description = `The program of workos-emulator for ${os} ${cpu}`;
  const manifest = { name, version, description, license, os: [os], cpu: [cpu], files: ['bin'] };
  await writeFile(join(folder, 'package.json'), json(manifest));
  await writeFile(join(folder, 'README.md'), `${description}. Install \`workos-emulator\`.\n`);
  return name;
}

async function mainPackage(manifest, version, platforms) {
  const folder = join(packages, 'workos-emulator');
  await cp(join(root, 'npm/workos-emulator'), folder, { recursive: true });
  await cp(join(root, 'npm/README.md'), join(folder, 'README.md'));
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const optionalDependencies = Object.fromEntries(platforms.map((name) => [name, version]));
  await writeFile(
    join(folder, 'package.json'),
    json({ ...manifest, version, optionalDependencies }),
  );
}

const found = await readdir(binaries);
const targets = Object.keys(PLATFORMS).filter((target) =>
  found.includes(`workos-emulator-${target}`),
);
if (targets.length === 0) {
  console.error(`${binaries}: there are no binaries; make them with scripts/build-static`);
  process.exit(1);
}
const main = JSON.parse(await readFile(join(root, 'npm/workos-emulator/package.json'), 'utf8'));
const number = await version();
await rm(packages, { recursive: true, force: true });
const platforms = [];
for (const target of targets) {
  platforms.push(await platformPackage(target, PLATFORMS[target], number, main));
}
await mainPackage(main, number, platforms);
console.log(['workos-emulator', ...platforms].map((name) => `${name} ${number}`).join('\n'));

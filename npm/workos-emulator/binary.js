// Where the program is: WORKOS_EMULATOR_BINARY, or else in the package of this platform.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';

const VARIABLE = 'WORKOS_EMULATOR_BINARY';

/** The path of the program; throws an error that says what to do if there is none. */
export function binary() {
  const chosen = process.env[VARIABLE];
  if (chosen) {
    if (existsSync(chosen)) return chosen;
    throw new Error(`${VARIABLE}: there is no file ${chosen}`);
  }
  const platform = `${process.platform}-${process.arch}`;
  try {
    const { resolve } = createRequire(import.meta.url);
    return resolve(`@workos-emulator/${platform}/bin/workos-emulator`);
  } catch {
    throw new Error(
      `there is no binary for ${platform}: @workos-emulator/${platform} is not installed.\n` +
        'If npm was told to omit optional dependencies, install again without that. Otherwise\n' +
        'build the program with `cargo install workos-emulator`, and set ' +
        `${VARIABLE} to its path.`,
    );
  }
}

// Runs scenarios, each in a browser of its own, and keeps their screenshots.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { Browser, startDriver } from './webdriver.mjs';

/**
 * Runs every scenario with `this` being its stage, which `open` makes. One whose name ends with "on
 * a phone" has a browser of that size. A stage may `check` the browser afterwards. Returns 0 when
 * all pass.
 */
export async function run(scenarios, folder, open) {
  await mkdir(folder, { recursive: true });
  const driver = await startDriver();
  let failed = 0;
  try {
    for (const [name, scenario] of Object.entries(scenarios)) {
      const { stage, given } = await open();
      const isPhone = name.endsWith('on a phone');
      const browser = await Browser.open(driver, isPhone ? { width: 390, height: 844 } : {});
      const shoot = (what) => browser.screenshot(join(folder, `${what}.png`));
      try {
        await scenario.call(stage, { browser, shoot, ...given });
        await stage.check?.(browser);
        console.log(`ok      ${name}`);
      } catch (error) {
        failed += 1;
        await shoot(`failed-${failed}`).catch(() => {});
        console.log(`FAILED  ${name}: ${error.stack}`);
      } finally {
        await browser.close();
        stage.close();
      }
    }
  } finally {
    driver.stop();
  }
  return failed === 0 ? 0 : 1;
}

// How fast iron-session, which AuthKit for Next.js uses, opens a session's cookie, beside the figures
// of `cargo xtask helpers`: npm install iron-session; node iron-session.mjs

import { sealData, unsealData } from 'iron-session';

const password = 'a cookie password of 32 characters';
// As long as the session that `helpers` measures.
const session = {
  accessToken: 'x'.repeat(900),
  refreshToken: 'xkMp9f1NDLDxQ2tGVcjmrrWHA',
  user: { id: 'user_01', email: 'ada@example.com', metadata: { padding: 'x'.repeat(400) } },
};
const sealed = await sealData(session, { password, ttl: 0 });
const rates = [];
for (let round = 0; round < 15; round += 1) {
  const start = process.hrtime.bigint();
  let times = 0;
  while (process.hrtime.bigint() - start < 60_000_000n) {
    await unsealData(sealed, { password, ttl: 0 });
    times += 1;
  }
  rates.push(times / (Number(process.hrtime.bigint() - start) / 1e9));
}
rates.sort((a, b) => a - b);
console.log(`| iron-session unsealData, ${sealed.length} bytes | ${Math.round(rates[7])} per second |`);

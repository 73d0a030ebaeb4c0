import { afterAll, beforeAll, expect, test } from 'vitest';
import { bootGuest, type Guest } from '../lab/guest.ts';
import { describeUml } from '../lab/tier.ts';
describeUml('kernel backend', () => {
  let guest: Guest;
  beforeAll(async () => { guest = await bootGuest(); });
  afterAll(async () => { await guest?.stop(); });
  test('dev', async () => {
    const r = await guest.run(['node', 'node_modules/.kb-dev.mjs'], {timeoutMs: 60000});
    console.log(r.stdout, r.stderr);
  });
  test('contract', async () => {
    const t = Date.now();
    const r = await guest.run(['node_modules/.bin/vitest', 'run', '--config', 'test/uml/guest/vitest.config.ts'], {timeoutMs: 120000, env: {CI: '1', NO_COLOR: '1'}});
    console.log(Date.now()-t, r.stdout.slice(-16000), r.stderr.slice(-16000));
  });
});

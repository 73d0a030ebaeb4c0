/**
 * What `ipseal apply` works out against a kernel that has SAs: see `two-hosts.ts` for the hosts.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { presentOf } from '../../../src/apps/configuration/commit-difference.ts';
import { readSetkey } from '../../../src/config/index.ts';
import type { Change } from '../../../src/ipsec/change.ts';
import { contentsSaid, namesOf } from '../../../src/ipsec/contents.ts';
import { takeOver } from '../../../src/ipsec/ownership.ts';
import { reconcile } from '../../../src/ipsec/reconcile.ts';
import { GAZETTE } from '../../support/examples.ts';
import { espSa } from '../../support/sas.ts';
import { changesOf } from './commands.ts';
import {
  disposeTwoHosts,
  emptyTwoHosts,
  makeTwoHosts,
  protectPings,
  type TwoHosts,
} from './two-hosts.ts';

const KEY = '0x000102030405060708090a0b0c0d0e0f';

/** All sorts of what the language can say. */
const VARIETY = `
add 10.9.0.1 10.9.0.2 esp 0x1000 -m tunnel -u 7 -r 32 -lh 3600 -ls 3000 -E aes-cbc ${KEY} -A hmac-sha256 ${KEY}${KEY.slice(2)};
add 10.9.0.1 10.9.0.2 esp 0x1001 -r 200 -bh 1000000 -bs 900000 -E null -A hmac-sha1 ${KEY}00112233;
add fd09::1 fd09::2 ah 0x1002 -A hmac-sha512 ${KEY}${KEY.slice(2).repeat(3)};
add 10.9.0.1 10.9.0.2 ipcomp 0x1003 -C deflate;
add 10.9.0.1[4500] 10.9.0.2[4500] esp-udp 0x1004 -E aes-gcm-16 ${KEY}00112233;
spdadd 10.9.0.1/24 10.9.1.7/24[80] tcp -P out prio low + 3 ipsec esp/tunnel/10.9.0.1-10.9.0.2/unique:7 ah/transport//use;
spdadd 10.9.0.2 10.9.0.1 icmp 8,0 -P in ipsec esp/transport//require;
spdadd fd00::/64[1000] fd00::/64[53] udp -P in none;
spdadd 10.9.0.1 10.9.0.2 any -P out discard;
`;

let hosts: TwoHosts;

beforeAll(() => {
  hosts = makeTwoHosts();
});

afterEach(() => emptyTwoHosts(hosts));

afterAll(() => disposeTwoHosts(hosts));

/** What the second time changes that is done what `changes` say. */
async function secondTime(changes: readonly Change[]): Promise<readonly Change[]> {
  const wanted = contentsSaid(changes);
  const first = takeOver(await presentOf(hosts.alice), namesOf(wanted), wanted, false);
  await hosts.alice.commit(first.changes);
  const { sas, policies } = await presentOf(hosts.alice);
  expect([sas.length, policies.length]).toEqual([wanted.sas.length, wanted.policies.length]);
  return takeOver({ sas, policies }, first.owned, wanted, false).changes;
}

test.each([GAZETTE.alice, GAZETTE.bob])(
  '%s, applied twice, changes nothing the second time',
  async (file) => {
    expect(await secondTime(changesOf(file))).toEqual([]);
  },
);

test('whatever a file says, applied twice it changes nothing the second time', async () => {
  const { steps, diagnostics } = readSetkey({ name: 'variety', text: VARIETY });
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const changes = steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
  expect(await secondTime(changes)).toEqual([]);
});

test('no ping is lost where an SA gives way to another', async () => {
  const old = espSa({ spi: 0x2000, replayWindow: 0 });
  const next = espSa({ spi: 0x2001, replayWindow: 0 });
  const { to, sas } = await protectPings(hosts, old);
  await hosts.bob.commit([{ kind: 'add-sa', sa: next }]);
  const pings = spawn('ping', ['-q', '-i', '0.02', '-c', '100', '-W', '20', to]);
  let said = '';
  pings.stdout.on('data', (octets) => {
    said += octets;
  });
  const ended = once(pings, 'close');
  let current = old;
  let changes = 0;
  while (pings.exitCode === null) {
    const other = current === old ? next : old;
    const rest = sas.filter((sa) => sa !== old);
    const present = { sas: [current, ...rest], policies: [] };
    await hosts.alice.commit(reconcile(present, { sas: [other, ...rest], policies: [] }));
    current = other;
    changes += 1;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await ended;
  expect(changes).toBeGreaterThan(5);
  expect(said).toContain('100 packets transmitted, 100 received, 0% packet loss');
});

/**
 * Many policies between single hosts: the guard has one rule for them, and keeps what it kept.
 *
 *     alice  ipseald ──── veth ──── bob, who knows nothing of IPsec
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { joinByVeth, makeNamespace, type Namespace } from '../lab/namespace.ts';
import { describeNetns } from '../lab/tier.ts';
import { ALICE_ADDRESS, BOB_ADDRESS, TestHost } from '../support/hosts.ts';

const OTHER = '10.9.0.3';
const PEERS = [BOB_ADDRESS, ...Array.from({ length: 20 }, (_, k) => `10.9.0.${100 + k}`)];
const POLICIES = PEERS.map(
  (peer) =>
    `spdadd ${ALICE_ADDRESS} ${peer} any -P out ipsec esp/transport//require;\n` +
    `spdadd ${peer} ${ALICE_ADDRESS} any -P in ipsec esp/transport//require;\n`,
).join('');

describeNetns('a guard with many policies between single hosts', () => {
  let alice: TestHost;
  let bob: Namespace;

  beforeAll(async () => {
    alice = new TestHost(await makeNamespace('alice'), ALICE_ADDRESS);
    bob = await makeNamespace('bob');
    await joinByVeth(alice.namespace, bob, {
      a: `${ALICE_ADDRESS}/24`,
      b: [`${BOB_ADDRESS}/24`, `${OTHER}/24`],
    });
    await alice.startDaemon();
    await alice.load(`flush; spdflush; ${POLICIES}`);
  });

  afterAll(async () => {
    await alice?.dispose();
    await bob?.dispose();
  });

  /** The status of a ping that waits for an answer as long as a busy machine may take. */
  const answered = async (from: Namespace, ...words: string[]) =>
    (await from.run(['ping', '-n', '-c', '1', '-W', '10', ...words])).status;
  /** The status of one that waits in vain. */
  const unanswered = async (from: Namespace, ...words: string[]) =>
    (await from.run(['ping', '-n', '-c', '1', '-W', '1', ...words])).status;

  test('has one rule for all of them', async () => {
    const { stdout } = await alice.namespace.run([
      'nft',
      'list',
      'chain',
      'inet',
      'ipseal',
      'inbound',
    ]);
    expect(stdout.match(/in-tmpl-mismatch/g)).toHaveLength(1);
    expect(stdout).toMatch(/ip saddr \. ip daddr \{/);
    expect(stdout).toContain(`${BOB_ADDRESS} . ${ALICE_ADDRESS}`);
  });

  test('sends nothing in the clear to one of them', async () => {
    expect(await unanswered(alice.namespace, BOB_ADDRESS)).not.toBe(0);
    expect((await alice.discards())['out-no-states']).toBeGreaterThan(0);
  });

  test('takes nothing in the clear from one of them', async () => {
    expect(await unanswered(bob, '-I', BOB_ADDRESS, ALICE_ADDRESS)).not.toBe(0);
    expect((await alice.discards())['in-tmpl-mismatch']).toBeGreaterThan(0);
  });

  test('leaves others alone', async () => {
    expect(await answered(alice.namespace, OTHER)).toBe(0);
    expect(await answered(bob, '-I', OTHER, ALICE_ADDRESS)).toBe(0);
  });

  test('follows the policies when they change', async () => {
    await alice.load(`spddelete ${ALICE_ADDRESS} ${BOB_ADDRESS} any -P out;
      spddelete ${BOB_ADDRESS} ${ALICE_ADDRESS} any -P in;`);
    expect(await answered(alice.namespace, BOB_ADDRESS)).toBe(0);
    await alice.load('spdflush;');
    const { stdout } = await alice.namespace.run(['nft', 'list', 'table', 'inet', 'ipseal']);
    expect(stdout).not.toContain(' . ');
  });
});

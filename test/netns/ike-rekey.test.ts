/**
 * Keys are replaced under load, over and over, and no packet is lost of it.
 *
 *     alice ── numbered datagrams ──► bob
 *           ◄── numbered datagrams ──
 *           ── quick mode, every four fifths of a lifetime ──►
 *
 * `IPSEAL_REKEYS` and `IPSEAL_LIFETIME` (seconds) have it go on for longer, and tell its figures:
 *
 *     IPSEAL_REKEYS=100 IPSEAL_LIFETIME=5 npx vitest run --project netns test/netns/ike-rekey.test.ts
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeNetns } from '../lab/tier.ts';
import { type TestHost, waitUntil } from '../support/hosts.ts';
import { makeNegotiatingHosts, type NegotiatingHosts } from '../support/ike-daemon.ts';
import { ping, startNumbered } from '../support/traffic.ts';

const REKEYS = Number(process.env['IPSEAL_REKEYS'] ?? 3);
/** A fifth of it, and a second at the least, is left for quick mode: two where it is six. */
const LIFETIME_SECONDS = Number(process.env['IPSEAL_LIFETIME'] ?? 6);
/** As long as a machine that does much else may take. */
const TIMEOUT_MS = 60_000 + 2 * REKEYS * LIFETIME_SECONDS * 1000;
/** Between datagrams of one way. */
const PACE_MS = 4;

describeNetns('Quick mode under load', () => {
  let hosts: NegotiatingHosts;

  beforeAll(async () => {
    hosts = await makeNegotiatingHosts(`lifetime time ${LIFETIME_SECONDS} sec;`);
  });

  afterAll(async () => {
    await hosts?.dispose();
  });

  /** How often quick mode came to its end on `host`. */
  const negotiated = (host: TestHost) =>
    hosts.daemonOf(host).stdout.match(/^phase2-established/gm)?.length ?? 0;
  const spisOf = async (host: TestHost) =>
    (await hosts.sasOf(host)).map(({ parameters }) => parameters.spi);

  test('replacements of the keys lose no packet', { timeout: TIMEOUT_MS }, async () => {
    const { alice, bob } = hosts;
    await ping(alice.namespace, bob.address, { waitSeconds: 25 });
    await waitUntil('the first keys', () => negotiated(alice) > 0 && negotiated(bob) > 0);
    const first = await spisOf(alice);
    const flows = [
      await startNumbered(alice.namespace, bob.namespace, bob.address, 7000, PACE_MS),
      await startNumbered(bob.namespace, alice.namespace, alice.address, 7000, PACE_MS),
    ];
    const begun = negotiated(alice);
    let lost: readonly (readonly number[])[] = [];
    const watch = async () => {
      const all = () => negotiated(alice) >= begun + REKEYS;
      await waitUntil('the last keys', all, TIMEOUT_MS);
      lost = await Promise.all(flows.map((flow) => flow.end()));
    };
    let atBob = {};
    const atAlice = await alice.discardsDuring(async () => {
      atBob = await bob.discardsDuring(watch);
    });
    if (process.env['IPSEAL_REKEYS'] !== undefined) {
      const sent = flows.map((flow) => flow.sent());
      console.info({
        rekeys: negotiated(alice) - begun,
        sent,
        lost: lost.map(({ length }) => length),
      });
    }
    expect(lost).toEqual([[], []]);
    expect([atAlice, atBob]).toEqual([{}, {}]);
    // What was first has ended by its hard lifetime.
    await waitUntil('the end of the first keys', async () => {
      const spis = await spisOf(alice);
      return first.every((spi) => !spis.includes(spi));
    });
  });
});

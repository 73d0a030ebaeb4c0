/**
 * Our racoon drives a kernel that has IPsec, and negotiates with strongSwan: `ike-guest-hosts.ts` has the hosts,
 * `ike-kernel-trials.ts` what they are told.
 *
 * @module
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CommandResult } from '../lab/command.ts';
import { describeUml } from '../lab/tier.ts';
import { ALICE_ADDRESS } from '../support/hosts.ts';
import { BEYOND_NAT, GuestHosts, INSIDE_ALICE, INSIDE_BOB } from '../support/ike-guest-hosts.ts';
import { makeCertificates, TRIALS, trialFiles, WIRE_PEERS } from '../support/ike-kernel-trials.ts';
import { ping } from '../support/traffic.ts';

describeUml('strongSwan, and our racoon with the kernel’s ESP', () => {
  let hosts: GuestHosts;
  /** What goes on while SAs are replaced. */
  let pings: Promise<CommandResult>;

  beforeAll(async () => {
    hosts = await GuestHosts.make(WIRE_PEERS);
    const { guest } = hosts;
    makeCertificates(hosts);
    // The guest's, and gone with it.
    await guest.sh(`echo 'carol:x:3000:3000::/:/bin/false' >>/etc/passwd
      echo "carol:$(openssl passwd -6 sesame):19000:0:99999:7:::" >>/etc/shadow
      ip route add 10.9.4.0/24 via ${TRIALS.gateway.peer} src ${INSIDE_ALICE}`);
    await hosts.start(trialFiles(hosts));
    const { peer } = TRIALS.replaced;
    await guest.run(['ping', '-c', '1', '-W', '1', peer]);
    await hosts.untilSas(peer, 2);
    pings = guest.spawn(['ping', '-i', '0.1', '-w', '35', peer]).ended;
  });

  afterAll(() => hosts?.dispose());

  /** The first packet has us negotiate, and others go both ways with the keys that come of it. */
  async function comesAboutByPing(peer: string): Promise<void> {
    await hosts.guest.run(['ping', '-c', '1', '-W', '1', peer]);
    await hosts.untilSas(peer, 2);
    await goesProtected(peer);
  }

  async function goesProtected(peer: string): Promise<void> {
    await ping(hosts.guest, peer);
    await ping(hosts.bob, ALICE_ADDRESS, { from: peer });
    for (const host of [hosts.guest, hosts.bob]) {
      const packets = await hosts.carried(host, peer);
      expect(packets).toHaveLength(2);
      expect(Math.min(...packets)).toBeGreaterThanOrEqual(4);
    }
  }

  test('the first ping has us negotiate; vpn-disconnect ends it at both ends', async () => {
    const { peer } = TRIALS.plain;
    await comesAboutByPing(peer);
    await hosts.racoonctl('vpn-disconnect', peer);
    await hosts.untilSas(peer, 0);
    await hosts.until('their end', async () => (await hosts.carried(hosts.bob, peer)).length === 0);
  });

  test('they begin, and their goodbye ends it at both ends', async () => {
    const { peer } = TRIALS.plain;
    await hosts.explained(() => hosts.charon.initiate('plain'));
    await hosts.untilSas(peer, 2);
    await goesProtected(peer);
    await hosts.charon.terminate('plain');
    await hosts.untilSas(peer, 0);
  });

  test('ESP in UDP in transport mode, as if there were a NAT', async () => {
    await comesAboutByPing(TRIALS.encapsulated.peer);
    const { stdout } = await hosts.guest.run(['ip', 'xfrm', 'state']);
    expect(stdout).toContain('encap type espinudp sport 4500 dport 4500');
  });

  test('long certificates of intermediate authorities, in pieces', async () => {
    await comesAboutByPing(TRIALS.chained.peer);
    expect(hosts.charon.log).toMatch(/splitting IKE message \(\d+ bytes\) into \d+ fragments/);
    expect(hosts.charon.log).toMatch(/received fragment #2, .*reassembled fragmented IKE message/s);
    expect(hosts.charon.log).toContain('received issuer cert "O=Lab, CN=west"');
    expect(hosts.log).toContain('there is no revocation list of O=Lab, CN=east');
  });

  test('hybrid authentication: they have a certificate, we a password', async () => {
    await comesAboutByPing(TRIALS.hybridClient.peer);
  });

  test('hybrid authentication: we have a certificate, they a password', async () => {
    const { peer } = TRIALS.hybridServer;
    await hosts.explained(() => hosts.charon.initiate('hybridServer'));
    await hosts.untilSas(peer, 2);
    await goesProtected(peer);
  });

  test('they log in, and are given an address and a policy', async () => {
    await hosts.explained(() => hosts.charon.initiate('gateway'));
    const given = /installing new virtual IP (\S+)/.exec(hosts.charon.log)?.[1] ?? '';
    expect(given).toBe('10.9.4.1');
    await ping(hosts.bob, INSIDE_ALICE, { from: given });
    const packets = await hosts.carried(hosts.guest, TRIALS.gateway.peer);
    expect(packets).toHaveLength(2);
    expect(Math.min(...packets)).toBeGreaterThanOrEqual(2);
    await hosts.charon.terminate('gateway');
    await hosts.untilSas(TRIALS.gateway.peer, 0);
  });

  test('we log in from behind a NAT, are given an address, and a script makes policies for it', async () => {
    await hosts.explained(() => hosts.racoonctl('vpn-connect', BEYOND_NAT));
    await hosts.until('policies', async () => {
      return (await hosts.guest.run(['ip', 'xfrm', 'policy'])).stdout.includes(BEYOND_NAT);
    });
    await hosts.guest.run(['ping', '-c', '1', '-W', '1', INSIDE_BOB]);
    await hosts.untilSas(BEYOND_NAT, 2);
    await ping(hosts.guest, INSIDE_BOB);
    expect(Math.min(...(await hosts.carried(hosts.guest, BEYOND_NAT)))).toBeGreaterThanOrEqual(2);
    const { stdout } = await hosts.guest.run(['ip', 'xfrm', 'state']);
    expect(stdout).toMatch(/src 10\.8\.0\.2 dst 10\.7\.0\.2\n(\t.*\n)*\tencap type espinudp/);
  });

  test('phase 1 and the SAs were replaced by us when it was time, and no ping was lost', async () => {
    const { stdout } = await pings;
    expect(stdout).toMatch(/ 0% packet loss/);
    const { peer } = TRIALS.replaced;
    const count = (what: string) => hosts.log.split(what).length - 1;
    expect(count(`initiate new phase 1 negotiation: 10.9.0.1[500]<=>${peer}[500]`)).toBeGreaterThan(
      1,
    );
    expect(count(`initiate new phase 2 negotiation: 10.9.0.1[500]<=>${peer}[500]`)).toBeGreaterThan(
      2,
    );
    expect(count(`respond new phase 2 negotiation: 10.9.0.1[500]<=>${peer}[500]`)).toBe(0);
  });

  test('each hears from the other that it lives, and we notice when it is dead', async () => {
    const { peer } = TRIALS.monitored;
    await comesAboutByPing(peer);
    for (const sight of [
      /generating INFORMATIONAL_V1 .*DPD_ACK/,
      /parsed INFORMATIONAL_V1 .*DPD_ACK/,
    ]) {
      await hosts.until(`${sight}`, () => sight.test(hosts.charon.log));
    }
    await hosts.untilSas(peer, 2);
    hosts.charon.kill();
    await hosts.untilSas(peer, 0);
    expect(hosts.log).toMatch(/DPD: remote \(ISAKMP-SA spi=\w+:\w+\) seems to be dead\./);
  });

  test('when we end, no keys of ours are left in the kernel', async () => {
    const states = async () => (await hosts.guest.run(['ip', 'xfrm', 'state'])).stdout;
    expect(await states()).toContain('auth-trunc');
    await hosts.endRacoon();
    expect(await states()).not.toContain('auth-trunc');
  });
});

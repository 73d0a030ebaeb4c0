import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/crypto/secret.ts';
import { toHex } from '../../src/octets/hex.ts';
import { generator } from '../support/generator.ts';
import { IkeHost, IkeNetwork } from '../support/ike-hosts.ts';
import { proposalText } from '../support/ike-peers.ts';
import { address, policyOf, selectorBetween } from '../support/quick-mode.ts';

const ALICE = '10.9.0.1';
const BOB = '10.9.0.2';

interface Choices {
  readonly mode?: string;
  readonly proposal?: string;
  readonly remote?: string;
  readonly sainfo?: string;
  readonly layers?: string;
  readonly seed?: number;
  readonly bobKey?: string;
  readonly bobProposal?: string;
}

function racoonConf(peer: string, choices: Choices, proposal: string): string {
  const { mode = 'main', remote = '', sainfo = '' } = choices;
  return `
    path pre_shared_key "psk.txt";
    remote ${peer} { exchange_mode ${mode}; ${remote} ${proposalText(proposal)} }
    sainfo anonymous {
      ${sainfo} encryption_algorithm aes 256; authentication_algorithm hmac_sha256;
      compression_algorithm deflate;
    }`;
}

/** Alice and Bob, who share a key and have policies to protect all that they send one another. */
function network(choices: Choices = {}) {
  const below = generator(choices.seed ?? 1);
  const random = (length: number) => Uint8Array.from({ length }, () => below(256));
  const { layers = 'esp/transport', proposal = 'aes 128, sha256, pre_shared_key, 19' } = choices;
  const hosts = [
    [ALICE, BOB],
    [BOB, ALICE],
  ].map(([own = '', peer = ''], k) => {
    const key = k === 1 ? (choices.bobKey ?? 'secret') : 'secret';
    const ends = { local: address(own), remote: address(peer) };
    const selector = selectorBetween(own, peer);
    const at = { file: 'psk.txt', line: 1, column: 1, text: '' };
    const settings = {
      address: address(own),
      racoon: racoonConf(peer, choices, k === 1 ? (choices.bobProposal ?? proposal) : proposal),
      preSharedKeys: [{ identity: peer, key: new Secret(Buffer.from(key)), at }],
      policies: (['outbound', 'inbound'] as const).map((direction) =>
        policyOf(direction, layers, selector, ends),
      ),
    };
    return new IkeHost(settings, random);
  });
  const [alice, bob] = hosts;
  if (alice === undefined || bob === undefined) throw new TypeError('No hosts');
  const net = new IkeNetwork();
  for (const host of hosts) net.add(host);
  return { net, alice, bob };
}

/** Has `host` want to send a packet. */
function wantToSend(net: IkeNetwork, host: IkeHost): void {
  const [record] = [...host.databases.policies()].filter(
    ({ policy }) => policy.direction === 'outbound',
  );
  if (record === undefined || record.policy.action.kind !== 'protect')
    throw new TypeError('No policy');
  const [template] = record.policy.action.templates;
  if (template === undefined) throw new TypeError('No template');
  const { selector } = record.policy;
  const [source, destination] = [selector.localAddress.address, selector.remoteAddress.address];
  const acquire = { ...record, kind: 'acquire', source, destination, template, selector } as const;
  net.soon(host, { kind: 'acquire', acquire });
}

/** All SAs of `host` with their keys, as lines that are the same on both hosts. */
function sasOf(host: IkeHost, now: number): readonly string[] {
  return [...host.databases.sas(now)]
    .filter(({ state }) => state !== 'larval')
    .map(({ parameters: { protocol, spi, encryption, integrity, mode } }) =>
      [
        protocol,
        spi,
        mode,
        encryption && toHex(encryption.key.expose()),
        integrity && toHex(integrity.key.expose()),
      ].join(' '),
    )
    .sort();
}

describe('two hosts with a shared key', () => {
  test.each([
    ['main', 'esp/transport'],
    ['aggressive', 'esp/transport'],
    ['base', 'esp/transport'],
    ['main', 'esp/tunnel'],
    ['main', 'esp/transport ah/transport'],
    ['main', 'ah/transport'],
    ['main', 'ipcomp/transport esp/transport'],
  ])('come to the same SAs in %s mode, for %s', (mode, layers) => {
    const { net, alice, bob } = network({ mode, layers });
    wantToSend(net, alice);
    net.run(5000);
    expect(alice.told('phase1-failed')).toEqual([]);
    expect(alice.told('phase2-failed')).toEqual([]);
    expect(bob.told('phase2-failed')).toEqual([]);
    expect(bob.told('ignored')).toEqual([]);
    expect(alice.told('phase2-established')).toHaveLength(1);
    expect(bob.told('phase2-established')).toHaveLength(1);
    const sas = sasOf(alice, net.now);
    expect(sas).toHaveLength(2 * layers.split(' ').length);
    expect(sasOf(bob, net.now)).toEqual(sas);
  });
});

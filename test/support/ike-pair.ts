/**
 * Alice and Bob, who share a key and have policies to protect all that they send one another.
 *
 * @module
 */
import { Secret } from '../../src/crypto/secret.ts';
import type { Credentials } from '../../src/ike/credentials.ts';
import { sameAddress } from '../../src/net/ip-address.ts';
import { toHex } from '../../src/octets/hex.ts';
import { generator } from './generator.ts';
import { IkeHost, IkeNetwork } from './ike-hosts.ts';
import { proposalText } from './ike-peers.ts';
import { address, policyOf, selectorBetween } from './quick-mode.ts';

export const ALICE = '10.9.0.1';
export const BOB = '10.9.0.2';

export interface Choices {
  readonly mode?: string;
  readonly proposal?: string;
  /** Statements for `remote`, for `sainfo`, and for the whole file. */
  readonly remote?: string;
  readonly sainfo?: string;
  readonly whole?: string;
  readonly layers?: string;
  readonly seed?: number;
  readonly bobKey?: string;
  readonly bobProposal?: string;
  /** In place of the key that they share. */
  readonly credentials?: Credentials;
}

export interface Pair {
  readonly net: IkeNetwork;
  readonly alice: IkeHost;
  readonly bob: IkeHost;
  /** A host that has the address of `host`, and knows nothing of what was. */
  readonly reborn: (host: IkeHost) => IkeHost;
}

/** Both, on a network of theirs. */
export function pairOf(choices: Choices = {}): Pair {
  const below = generator(choices.seed ?? 1);
  const random = (length: number) => Uint8Array.from({ length }, () => below(256));
  const net = new IkeNetwork();
  const born = (own: string, peer: string) => {
    const host = new IkeHost(settingsOf(own, peer, choices), random);
    net.add(host);
    return host;
  };
  const alice = born(ALICE, BOB);
  const bob = born(BOB, ALICE);
  const isAlice = (host: IkeHost) => sameAddress(host.address, alice.address);
  const reborn = (host: IkeHost) => (isAlice(host) ? born(ALICE, BOB) : born(BOB, ALICE));
  return { net, alice, bob, reborn };
}

/** Has `host` want to send a packet, as its outbound policy has it: the first, or the one at `place`. */
export function wantToSend(net: IkeNetwork, host: IkeHost, place = 0): void {
  const record = [...host.databases.policies()].filter(
    ({ policy }) => policy.direction === 'outbound',
  )[place];
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
export function sasOf(host: IkeHost, now: number): readonly string[] {
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

function settingsOf(own: string, peer: string, choices: Choices) {
  const { layers = 'esp/transport', proposal = 'aes 128, sha256, pre_shared_key, 19' } = choices;
  const isBob = own === BOB;
  const ends = { local: address(own), remote: address(peer) };
  const at = { file: 'psk.txt', line: 1, column: 1, text: '' };
  const key = new Secret(Buffer.from((isBob ? choices.bobKey : undefined) ?? 'secret'));
  return {
    address: address(own),
    racoon: racoonConf(peer, choices, (isBob ? choices.bobProposal : undefined) ?? proposal),
    preSharedKeys: [{ identity: peer, key, at }],
    ...(choices.credentials === undefined ? {} : { credentials: choices.credentials }),
    policies: (['outbound', 'inbound'] as const).map((direction) =>
      policyOf(direction, layers, selectorBetween(own, peer), ends),
    ),
  };
}

function racoonConf(peer: string, choices: Choices, proposal: string): string {
  const { mode = 'main', remote = '', sainfo = '', whole = '' } = choices;
  return `
    path pre_shared_key "psk.txt";
    ${whole}
    remote ${peer} { exchange_mode ${mode}; ${remote} ${proposalText(proposal)} }
    sainfo anonymous {
      ${sainfo} encryption_algorithm aes 256; authentication_algorithm hmac_sha256;
      compression_algorithm deflate;
    }`;
}

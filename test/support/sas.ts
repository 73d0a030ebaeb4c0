/**
 * SAs and policies for tests.
 *
 * @module
 */
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../src/crypto/algorithm.ts';
import { HMAC_SHA1 } from '../../src/crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../../src/crypto/hmac-sha2.ts';
import { Secret } from '../../src/crypto/secret.ts';
import type { Change } from '../../src/ipsec/change.ts';
import { DEFLATE } from '../../src/ipsec/compression.ts';
import type { SaOutline } from '../../src/ipsec/events.ts';
import { UNLIMITED } from '../../src/ipsec/lifetime.ts';
import {
  type Action,
  DEFAULT_PRIORITY,
  type IpsecProtocol,
  type Policy,
  type Template,
} from '../../src/ipsec/policy.ts';
import { ESP_IN_UDP_PORT, NO_EXTRAS, type SaParameters } from '../../src/ipsec/sa-parameters.ts';
import { type Direction, NO_DETAIL, type Selector } from '../../src/ipsec/selector.ts';
import type { IpAddress } from '../../src/net/ip-address.ts';
import { ANY_PORT } from '../../src/net/port-range.ts';
import { hostPrefix, type Prefix } from '../../src/net/prefix.ts';
import { ALICE, address, BOB } from './packets.ts';

/** A key of that many bits that is the same every time: different for each `seed`. */
export function testKey(bits: number, seed = 1): Secret {
  return new Secret(Uint8Array.from({ length: bits / 8 }, (_, k) => (seed * 59 + k * 37) & 0xff));
}

/** A cipher with a key of its longest length. */
export function cipherOf(
  algorithm: EncryptionAlgorithm,
  seed = 1,
): NonNullable<SaParameters['encryption']> {
  return { algorithm, key: testKey(algorithm.keyBits.at(-1) ?? 0, seed) };
}

/** An integrity algorithm with a key, by default with the ICV that its RFC asks for. */
export function integrityOf(
  algorithm: IntegrityAlgorithm,
  icvLength: number = algorithm.icvLength,
  seed = 2,
): NonNullable<SaParameters['integrity']> {
  return { algorithm, key: testKey(algorithm.keyBits[0] ?? 0, seed), icvLength };
}

/** An ESP SA in transport mode, Alice to Bob, AES-CBC and HMAC-SHA-256-128. */
export function espSa(parts: Partial<SaParameters> = {}): SaParameters {
  return {
    source: ALICE,
    destination: BOB,
    protocol: 'esp',
    spi: 0x201,
    mode: 'transport',
    reqid: 0,
    replayWindow: 64,
    encryption: cipherOf(AES_CBC),
    integrity: integrityOf(HMAC_SHA256),
    ...NO_EXTRAS,
    softLifetime: UNLIMITED,
    hardLifetime: UNLIMITED,
    ...parts,
  };
}

/** An AH SA in transport mode, Alice to Bob, HMAC-SHA-1-96. */
export function ahSa(parts: Partial<SaParameters> = {}): SaParameters {
  return espSa({
    protocol: 'ah',
    spi: 0x200,
    encryption: null,
    integrity: integrityOf(HMAC_SHA1),
    ...parts,
  });
}

/** An IPComp SA in transport mode, Alice to Bob. */
export function ipcompSa(parts: Partial<SaParameters> = {}): SaParameters {
  return espSa({
    protocol: 'ipcomp',
    spi: 0x1002,
    replayWindow: 0,
    encryption: null,
    integrity: null,
    compression: DEFLATE,
    ...parts,
  });
}

/** A layer of protection in transport mode. */
export function layer(
  protocol: IpsecProtocol,
  level: Template['level'] = 'require',
  reqid = 0,
): Template {
  return { protocol, mode: 'transport', endpoints: null, level, reqid };
}

/** A layer of protection in tunnel mode, from this host's end to the other. */
export function tunnel(
  protocol: IpsecProtocol,
  local: IpAddress,
  remote: IpAddress,
  level: Template['level'] = 'require',
  reqid = 0,
): Template {
  return { protocol, mode: 'tunnel', endpoints: { local, remote }, level, reqid };
}

/** `sa` with its ESP in UDP, by default between the ports of RFC 3948. */
export function inUdp(
  sa: SaParameters,
  sourcePort = ESP_IN_UDP_PORT,
  destinationPort = ESP_IN_UDP_PORT,
): SaParameters {
  return { ...sa, encapsulation: { sourcePort, destinationPort, originalAddress: null } };
}

/** Protection by `layers`, innermost first. */
export function protect(...layers: Template[]): Action {
  return { kind: 'protect', templates: layers };
}

/** Everything between two hosts, unless `parts` say otherwise. */
export function selector(
  local: IpAddress,
  remote: IpAddress,
  parts: Partial<Selector> = {},
): Selector {
  return {
    localAddress: hostPrefix(local),
    remoteAddress: hostPrefix(remote),
    nextLayerProtocol: 'any',
    localPort: ANY_PORT,
    remotePort: ANY_PORT,
    ...NO_DETAIL,
    ...parts,
  };
}

/** A policy of Alice's about Bob. */
export function policy(
  direction: Direction,
  action: Action,
  parts: Partial<Selector> & { readonly priority?: number } = {},
): Policy {
  const { priority = DEFAULT_PRIORITY, ...selected } = parts;
  return { direction, action, priority, selector: selector(ALICE, BOB, selected) };
}

/** `policy` as the other host writes it. */
export function mirrored(policy: Policy): Policy {
  const { selector, direction, action } = policy;
  return {
    ...policy,
    action: action.kind === 'protect' ? protect(...action.templates.map(mirroredTemplate)) : action,
    direction: direction === 'outbound' ? 'inbound' : 'outbound',
    selector: {
      ...selector,
      localAddress: selector.remoteAddress,
      remoteAddress: selector.localAddress,
      localPort: selector.remotePort,
      remotePort: selector.localPort,
    },
  };
}

function mirroredTemplate(template: Template): Template {
  const { endpoints } = template;
  if (endpoints === null) return template;
  return { ...template, endpoints: { local: endpoints.remote, remote: endpoints.local } };
}

/** Everything between two networks, such as `10.1.0.0/16`, in one direction, under `action`. */
export function networkPolicy(
  direction: Direction,
  action: Action,
  local: string,
  remote: string,
): Policy {
  const networks = { localAddress: network(local), remoteAddress: network(remote) };
  return policy(direction, action, networks);
}

/** The network that `text`, known to be one, says. */
export function network(text: string): Prefix {
  const [base = '', length] = text.split('/');
  return { address: address(base), length: Number(length) };
}

/** `sa` for the other way, under another SPI and other keys. */
export function opposite(sa: SaParameters): SaParameters {
  const { encryption, integrity, encapsulation } = sa;
  return {
    ...sa,
    encapsulation: encapsulation && {
      ...encapsulation,
      sourcePort: encapsulation.destinationPort,
      destinationPort: encapsulation.sourcePort,
    },
    source: sa.destination,
    destination: sa.source,
    spi: sa.spi + 0x100,
    encryption: encryption && { ...encryption, key: testKey(encryption.key.bits, 3) },
    integrity: integrity && { ...integrity, key: testKey(integrity.key.bits, 4) },
  };
}

export function addSa(sa: SaParameters): Change {
  return { kind: 'add-sa', sa };
}

export function addPolicy(policy: Policy): Change {
  return { kind: 'add-policy', policy };
}

/** What `sa` is, without keys, lifetimes and counters. */
export function saOutline(sa: SaOutline): SaOutline {
  const { source, destination, protocol, spi, mode, reqid } = sa;
  return { source, destination, protocol, spi, mode, reqid };
}

/**
 * Which SAs and policies make no sense, whoever carries them out. What makes sense but is beyond our
 * own stack is `support.ts`.
 *
 * @module
 */
import { type IntegrityAlgorithm, isCounterMode } from '../crypto/algorithm.ts';
import { INSECURE_3DES_CBC, reducesToSingleDes } from '../crypto/insecure/3des-cbc.ts';
import { formatKeyBits } from '../crypto/key-lengths.ts';
import { hasMessages, IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { PortRange } from '../net/port-range.ts';
import { addressBits, type Prefix } from '../net/prefix.ts';
import type { Change } from './change.ts';
import type { Lifetime } from './lifetime.ts';
import type { Policy, Template } from './policy.ts';
import {
  authenticates,
  formatSpi,
  isAuthenticated,
  LARGEST_CPI,
  LEAST_SPI,
  type SaParameters,
} from './sa-parameters.ts';
import type { Selector } from './selector.ts';
import { lastSequenceNumber } from './sequence-number.ts';

/** In packets; Linux has the same bound (XFRMA_REPLAY_ESN_MAX). */
export const LARGEST_REPLAY_WINDOW = 4096;
/** Layers that a policy may ask for; Linux has the same bound (XFRM_MAX_DEPTH). */
export const MOST_TEMPLATES = 6;

const U32_MAX = 0xffffffff;

/** What is wrong with `change`, as a clause; `null` when nothing is. */
export function whyInvalid(change: Change): string | null {
  switch (change.kind) {
    case 'add-sa':
      return saFault(change.sa) ?? progressFault(change);
    case 'add-policy':
    case 'update-policy':
      return policyFault(change.policy);
    case 'delete-sa':
    case 'delete-sas-between':
    case 'flush-sas':
    case 'delete-policy':
    case 'flush-policies':
      return null;
  }
}

function saFault(sa: SaParameters): string | null {
  return nameFault(sa) ?? algorithmsFault(sa) ?? numbersFault(sa);
}

function progressFault({ sa, from }: Extract<Change, { kind: 'add-sa' }>): string | null {
  if (from === undefined) return null;
  const last = lastSequenceNumber(sa.extendedSequenceNumbers);
  if (isWithin(from.sent, 0, last) && isWithin(from.received, 0, last)) return null;
  return 'the SA would count from a number that it cannot have';
}

function nameFault({ protocol, spi, source, destination }: SaParameters): string | null {
  if (protocol === 'ipcomp') {
    if (!isWithin(spi, 1, LARGEST_CPI)) return 'the CPI is not a number from 1 to 2^16 - 1';
  } else if (!isWithin(spi, 1, U32_MAX)) return 'the SPI is not a number from 1 to 2^32 - 1';
  // RFC 4303 §2.1, RFC 4302 §2.4
  else if (spi < LEAST_SPI)
    return `the SPI ${formatSpi(spi)} is reserved: ${LEAST_SPI} is the least`;
  if (source.version !== destination.version) return 'the addresses are of different IP versions';
  return null;
}

function algorithmsFault(sa: SaParameters): string | null {
  switch (sa.protocol) {
    case 'ipcomp':
      return ipcompFault(sa);
    case 'ah':
      return sa.compression === null ? ahFault(sa) : COMPRESSES;
    case 'esp':
      return sa.compression === null ? espFault(sa) : COMPRESSES;
  }
}

/** RFC 3173 §2: compression and nothing else. */
function ipcompFault({ encryption, integrity, compression }: SaParameters): string | null {
  if (encryption !== null || integrity !== null) return 'IPComp takes no keys, and the SA has some';
  return compression === null ? 'IPComp needs a compression algorithm' : null;
}

function ahFault({ encryption, integrity }: SaParameters): string | null {
  if (encryption !== null) return 'AH does not encrypt, and the SA has a cipher';
  return authenticates(integrity) ? integrityFault(integrity) : 'AH needs an integrity algorithm';
}

/**
 * RFC 4303 §3.2 wants one of the two services at least. Neither is what Linux takes, and what old
 * files have for tests: `setkey` warns of it.
 */
function espFault({ encryption, integrity }: SaParameters): string | null {
  if (encryption === null) return 'ESP needs a cipher, be it null';
  const { algorithm } = encryption;
  if (algorithm.kind === 'aead') {
    if (integrity !== null) return `${algorithm.name} has an ICV of its own and takes no other`;
  } else if (isCounterMode(algorithm) && !authenticates(integrity)) {
    // RFC 3686 §3.3
    return `${algorithm.name} without an integrity algorithm lets anybody change what it hides`;
  }
  return (
    encryptionFault(encryption) ?? (authenticates(integrity) ? integrityFault(integrity) : null)
  );
}

function encryptionFault({
  algorithm,
  key,
}: NonNullable<SaParameters['encryption']>): string | null {
  const { keyBits, name } = algorithm;
  if (keyBits.length === 0) return key.length === 0 ? null : `${name} takes no key`;
  if (!keyBits.includes(key.bits)) return keyLengthFault(name, keyBits, key.bits);
  if (algorithm === INSECURE_3DES_CBC && reducesToSingleDes(key)) {
    // RFC 2451 §2.3
    return 'the key repeats one of its thirds, which leaves single DES';
  }
  return null;
}

function integrityFault(integrity: NonNullable<SaParameters['integrity']>): string | null {
  const { algorithm, key, icvLength } = integrity;
  const { keyBits, name } = algorithm;
  if (!keyBits.includes(key.bits)) return keyLengthFault(name, keyBits, key.bits);
  const lengths = icvLengths(algorithm);
  if (lengths.includes(icvLength)) return null;
  return `${name} has an ICV of ${lengths.join(' or ')} octets, not ${icvLength}`;
}

/** Without repetition. */
function icvLengths({ classicIcvLength, icvLength }: IntegrityAlgorithm): number[] {
  return classicIcvLength === icvLength ? [icvLength] : [classicIcvLength, icvLength];
}

function keyLengthFault(name: string, keyBits: readonly number[], bits: number): string {
  return `${name} needs a key of ${formatKeyBits(keyBits)} bits, not ${bits}`;
}

function numbersFault(sa: SaParameters): string | null {
  if (!isWithin(sa.reqid, 0, U32_MAX)) return REQID;
  if (sa.encapsulation !== null) {
    if (sa.protocol !== 'esp') return 'ESP alone is put into UDP (RFC 3948)';
    const { sourcePort, destinationPort } = sa.encapsulation;
    if (!isWithin(sourcePort, 1, 0xffff) || !isWithin(destinationPort, 1, 0xffff)) {
      return 'a port of the encapsulation is not a number from 1 to 65535';
    }
  }
  if (sa.extendedSequenceNumbers && (sa.replayWindow === 0 || !isAuthenticated(sa))) {
    // RFC 4303 §2.2.1: the high half is found by the window, and proven by the ICV
    return 'extended sequence numbers need a replay window and an integrity algorithm';
  }
  if (!isWithin(sa.replayWindow, 0, LARGEST_REPLAY_WINDOW)) {
    return `the replay window is not a number of packets from 0 to ${LARGEST_REPLAY_WINDOW}`;
  }
  return isLifetime(sa.softLifetime) && isLifetime(sa.hardLifetime)
    ? null
    : 'a lifetime is not a number of seconds, octets and packets';
}

function isLifetime({ seconds, octets, packets }: Lifetime): boolean {
  return seconds >= 0 && octets >= 0 && packets >= 0;
}

function policyFault({ selector, action, priority }: Policy): string | null {
  if (!isWithin(priority, 0, U32_MAX)) return 'the priority is not a number from 0 to 2^32 - 1';
  const fault = selectorFault(selector);
  if (fault !== null || action.kind !== 'protect') return fault;
  if (action.templates.length === 0) return 'a policy that protects says by which layers';
  if (action.templates.length > MOST_TEMPLATES) {
    return `a policy asks for at most ${MOST_TEMPLATES} layers`;
  }
  return action.templates.map(templateFault).find((found) => found !== null) ?? null;
}

function templateFault({ mode, endpoints, reqid }: Template): string | null {
  if (!isWithin(reqid, 0, U32_MAX)) return REQID;
  if (mode === 'tunnel' && endpoints === null) return 'a tunnel has two ends';
  if (mode === 'transport' && endpoints !== null) return 'transport mode has no ends of its own';
  if (endpoints !== null && endpoints.local.version !== endpoints.remote.version) {
    return "a tunnel's ends are of different IP versions";
  }
  return null;
}

function selectorFault(selector: Selector): string | null {
  const { localAddress, remoteAddress, nextLayerProtocol, localPort, remotePort } = selector;
  if (localAddress.address.version !== remoteAddress.address.version) {
    return 'the addresses are of different IP versions';
  }
  if (!isPrefix(localAddress) || !isPrefix(remoteAddress)) return 'a prefix is too long';
  if (nextLayerProtocol !== 'any' && !isWithin(nextLayerProtocol, 0, 0xff)) {
    return 'the protocol is not a number from 0 to 255';
  }
  if (!isPortRange(localPort) || !isPortRange(remotePort)) {
    return 'a port is not a number from 0 to 65535, or a range has its ends swapped';
  }
  return detailFault(selector);
}

function detailFault({ nextLayerProtocol, message, greKey }: Selector): string | null {
  if (message !== null) {
    if (!hasMessages(nextLayerProtocol)) return 'the protocol has no types of messages';
    const { type, code } = message;
    if (!isWithin(type ?? 0, 0, 0xff) || !isWithin(code ?? 0, 0, 0xff)) {
      return 'a type or code of a message is not a number from 0 to 255';
    }
  }
  if (greKey === null) return null;
  if (nextLayerProtocol !== IP_PROTOCOL.gre) return 'the protocol has no keys as GRE has';
  return isWithin(greKey, 0, U32_MAX) ? null : 'the GRE key is not a number from 0 to 2^32 - 1';
}

function isPrefix({ address, length }: Prefix): boolean {
  return isWithin(length, 0, addressBits(address.version));
}

function isPortRange({ first, last }: PortRange): boolean {
  return isWithin(first, 0, 0xffff) && isWithin(last, first, 0xffff);
}

function isWithin(value: number, least: number, greatest: number): boolean {
  return Number.isInteger(value) && value >= least && value <= greatest;
}

const COMPRESSES = 'only IPComp compresses, and the SA has a compression algorithm';
const REQID = 'the reqid is not a number from 0 to 2^32 - 1';

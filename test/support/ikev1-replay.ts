/**
 * Replays of IKEv1 negotiations that others recorded: from the messages and the few secrets that are not
 * in them comes everything else, and each message must then decipher and verify.
 *
 * @module
 */
import { createDecipheriv } from 'node:crypto';
import { AES_CBC } from '../../src/crypto/aes-cbc.ts';
import { CAMELLIA_CBC } from '../../src/crypto/camellia-cbc.ts';
import { HASH_ALGORITHMS, type HashAlgorithm } from '../../src/crypto/hash-algorithm.ts';
import type { Secret } from '../../src/crypto/secret.ts';
import { hash1, hash2, hash3, hashI, hashR, hashVerifies } from '../../src/ike/v1/hash.ts';
import {
  type Cookies,
  deriveCipherKey,
  deriveKeymat,
  derivePhase1Iv,
  derivePhase2Iv,
  deriveSkeyidFamily,
  type Nonces,
  type SkeyidFamily,
} from '../../src/ike/v1/key-material.ts';
import { toHex } from '../../src/octets/hex.ts';
import { concatenate } from '../../src/octets/octets.ts';
import { IKEV1_FLAG } from '../../src/wire/ike.ts';
import { attributeNumber } from '../../src/wire/ikev1/data-attribute.ts';
import { parseFragment } from '../../src/wire/ikev1/fragment.ts';
import {
  IKEV1_EXCHANGE,
  type IsakmpHeader,
  type IsakmpMessage,
  parseIsakmpMessage,
} from '../../src/wire/ikev1/message.ts';
import { parsePayload } from '../../src/wire/ikev1/payload.ts';
import { parsePayloadChain, type RawPayload } from '../../src/wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../src/wire/ikev1/payload-type.ts';
import { PHASE1_ATTRIBUTE, PHASE1_ENCRYPTION } from '../../src/wire/ikev1/phase1-attribute.ts';
import { wellFormed } from './ikev1-payloads.ts';

/** What is not in the messages. */
export interface ReplaySecrets {
  /** SKEYID, by the authentication method. */
  skeyid(hash: HashAlgorithm, gxy: Secret, nonces: Nonces): Secret;
  /** `g^xy` of phase 1, the first, and of quick modes, by the public value of the responder. */
  gxy(exchange: number, gxr: Uint8Array): Secret;
}

/** An SA of quick mode: what its receiver chose, and its keys. */
export interface ReplayedSa {
  readonly protocolId: number;
  readonly spi: string;
  /** The first octets of KEYMAT, as digits. */
  keymat(length: number): string;
}

export interface Replay {
  readonly hash: HashAlgorithm;
  readonly family: SkeyidFamily;
  readonly cipherKey: Secret;
  readonly phase1Iv: Uint8Array;
  /** In the order of their exchanges. */
  readonly phase2Ivs: readonly string[];
  /** HASH_I and HASH_R, which are what is signed where there are signatures. */
  readonly hashes: readonly [Uint8Array, Uint8Array];
  /** What the initiator and the responder said in phase 1, deciphered. */
  readonly phase1: readonly [readonly RawPayload[], readonly RawPayload[]];
  readonly sas: readonly ReplayedSa[];
  /** How many hashes of messages and of phase 1 were verified. */
  readonly verified: number;
  /** How many messages were deciphered. */
  readonly deciphered: number;
}

/** Replays `messages`; throws at the first that does not decipher, parse or verify. */
export function replay(messages: readonly Uint8Array[], secrets: ReplaySecrets): Replay {
  const once = new Map(messages.map((octets) => [toHex(octets), octets]));
  const all = joined([...once.values()].map((octets) => wellFormed(parseIsakmpMessage(octets))));
  const phase1 = all.filter(({ header }) => header.messageId === 0);
  const clear = phase1.filter(({ header }) => !isEnciphered(header)).map(payloadsOf);
  const [gxi, gxr] = bodies(clear.flat(), IKEV1_PAYLOAD.KE);
  const [Ni, Nr] = bodies(clear.flat(), IKEV1_PAYLOAD.NONCE);
  const [SAi, chosen] = bodies(clear.flat(), IKEV1_PAYLOAD.SA);
  const header = phase1[1]?.header;
  if (!gxi || !gxr || !Ni || !Nr || !SAi || !chosen || !header) throw new TypeError('Phase 1?');

  const { hash, cipher, keyLength } = choiceOf(chosen);
  const cookies: Cookies = { CKY_I: header.initiatorCookie, CKY_R: header.responderCookie };
  const gxy = secrets.gxy(0, gxr);
  const SKEYID = secrets.skeyid(hash, gxy, { Ni, Nr });
  const family = deriveSkeyidFamily(hash, SKEYID, gxy, cookies);
  const cipherKey = deriveCipherKey(hash, family.SKEYID_e, keyLength);
  const phase1Iv = derivePhase1Iv(hash, { gxi, gxr }, BLOCK_LENGTH);
  let deciphered = 0;
  const open = ({ header, content }: IsakmpMessage, iv: Uint8Array): readonly RawPayload[] => {
    const decipher = createDecipheriv(cipher, cipherKey.expose(), iv).setAutoPadding(false);
    const plaintext = new Uint8Array(Buffer.concat([decipher.update(content), decipher.final()]));
    const { payloads, rest } = wellFormed(parsePayloadChain(header.nextPayload, plaintext));
    if (rest.length > BLOCK_LENGTH) throw new TypeError(`${rest.length} octets of padding?`);
    for (const payload of payloads) wellFormed(parsePayload(payload));
    deciphered++;
    return payloads;
  };
  const lastBlock = ({ content }: IsakmpMessage) => content.subarray(-BLOCK_LENGTH);

  let iv = phase1Iv;
  const said = phase1.map((message) => {
    if (!isEnciphered(message.header)) return payloadsOf(message);
    const payloads = open(message, iv);
    iv = lastBlock(message);
    return payloads;
  });
  const transcript = { gxi, gxr, ...cookies, SAi };
  const saidBy = (side: 0 | 1) => said.flatMap((payloads, k) => (k % 2 === side ? payloads : []));
  const [ofInitiator, ofResponder] = [saidBy(0), saidBy(1)];
  const own = (payloads: readonly RawPayload[], type: number) => bodies(payloads, type)[0];
  const [IDii, IDir] = [own(ofInitiator, IKEV1_PAYLOAD.ID), own(ofResponder, IKEV1_PAYLOAD.ID)];
  if (!IDii || !IDir) throw new TypeError('Identities?');
  const hashes = [
    hashI(hash, SKEYID, transcript, IDii),
    hashR(hash, SKEYID, transcript, IDir),
  ] as const;
  let verified = 0;
  const verify = (computed: Uint8Array, received: Uint8Array | undefined) => {
    if (received === undefined || !hashVerifies(computed, received)) {
      throw new TypeError(`${toHex(computed)} is not ${toHex(received ?? new Uint8Array(0))}`);
    }
    verified++;
  };
  for (const [side, payloads] of [ofInitiator, ofResponder].entries()) {
    const received = own(payloads, IKEV1_PAYLOAD.HASH);
    if (received !== undefined) verify(hashes[side] ?? new Uint8Array(0), received);
  }

  const phase2Ivs: string[] = [];
  const sas: ReplayedSa[] = [];
  let quickModes = 0;
  const messageIds = new Set(all.map(({ header }) => header.messageId));
  messageIds.delete(0);
  for (const messageId of messageIds) {
    const exchange = all.filter(({ header }) => header.messageId === messageId);
    let iv2 = derivePhase2Iv(hash, iv, messageId);
    phase2Ivs.push(toHex(iv2));
    const said2 = exchange.map((message) => {
      const payloads = open(message, iv2);
      iv2 = lastBlock(message);
      return payloads;
    });
    const rest = (payloads: readonly RawPayload[]) =>
      concatenate(payloads.slice(1).map(({ octets }) => octets));
    const [first = [], second = [], third = []] = said2;
    const { SKEYID_a, SKEYID_d } = family;
    verify(hash1(hash, SKEYID_a, messageId, rest(first)), first[0]?.body);
    if (exchange[0]?.header.exchangeType !== IKEV1_EXCHANGE.QUICK_MODE) continue;
    quickModes++;
    const [Ni2, Nr2] = bodies(said2.flat(), IKEV1_PAYLOAD.NONCE);
    if (!Ni2 || !Nr2) throw new TypeError('Nonces?');
    verify(hash2(hash, SKEYID_a, messageId, Ni2, rest(second)), second[0]?.body);
    verify(hash3(hash, SKEYID_a, messageId, { Ni: Ni2, Nr: Nr2 }), third[0]?.body);
    const gxr2 = bodies(second, IKEV1_PAYLOAD.KE)[0];
    const gxy2 = gxr2 === undefined ? null : secrets.gxy(quickModes, gxr2);
    for (const body of bodies(said2.flat(), IKEV1_PAYLOAD.SA)) {
      for (const { protocolId, spi } of proposalsOf(body)) {
        const inputs = { gxy: gxy2, protocolId, spi, Ni: Ni2, Nr: Nr2 };
        const keymat = (length: number) =>
          toHex(deriveKeymat(hash, SKEYID_d, inputs, length).expose());
        sas.push({ protocolId, spi: toHex(spi), keymat });
      }
    }
  }
  return {
    hash,
    family,
    cipherKey,
    phase1Iv,
    phase2Ivs,
    hashes,
    phase1: [ofInitiator, ofResponder],
    sas,
    verified,
    deciphered,
  };
}

/** `messages`, with those whole that came in pieces one after the other. */
function joined(messages: readonly IsakmpMessage[]): readonly IsakmpMessage[] {
  let pieces: Uint8Array[] = [];
  return messages.flatMap((message) => {
    if (message.header.nextPayload !== IKEV1_PAYLOAD.FRAGMENT) return [message];
    const body = bodies(payloadsOf(message), IKEV1_PAYLOAD.FRAGMENT)[0] ?? new Uint8Array(0);
    const { data, last } = wellFormed(parseFragment(body));
    pieces.push(data);
    if (!last) return [];
    const whole = concatenate(pieces);
    pieces = [];
    return [wellFormed(parseIsakmpMessage(whole))];
  });
}

function isEnciphered({ flags }: IsakmpHeader): boolean {
  return (flags & IKEV1_FLAG.ENCRYPTION) !== 0;
}

function payloadsOf({ header, content }: IsakmpMessage): readonly RawPayload[] {
  return wellFormed(parsePayloadChain(header.nextPayload, content)).payloads;
}

function bodies(payloads: readonly RawPayload[], wanted: number): readonly Uint8Array[] {
  return payloads.filter(({ type }) => type === wanted).map(({ body }) => body);
}

function proposalsOf(body: Uint8Array) {
  const sa = wellFormed(parsePayload({ type: IKEV1_PAYLOAD.SA, body }));
  if (sa.kind !== 'security-association') throw new TypeError('It is no SA of ours');
  return sa.proposals;
}

/** What the responder chose of phase 1. */
function choiceOf(chosen: Uint8Array) {
  const attributes = proposalsOf(chosen)[0]?.transforms[0]?.attributes ?? [];
  const numbers = new Map(attributes.map((each) => [each.type, attributeNumber(each)]));
  const hash = HASH_ALGORITHMS.find(
    ({ ikev1 }) => ikev1 === numbers.get(PHASE1_ATTRIBUTE.HASH_ALGORITHM),
  );
  const keyBits = numbers.get(PHASE1_ATTRIBUTE.KEY_LENGTH) ?? 128;
  const camellia =
    numbers.get(PHASE1_ATTRIBUTE.ENCRYPTION_ALGORITHM) === PHASE1_ENCRYPTION.CAMELLIA;
  const cipher = (camellia ? CAMELLIA_CBC : AES_CBC).openssl?.(keyBits);
  if (hash === undefined || cipher === undefined) throw new TypeError('Which algorithms?');
  return { hash, cipher, keyLength: keyBits / 8 };
}

const BLOCK_LENGTH = 16;

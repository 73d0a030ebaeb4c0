import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { peerOf, transformsOf } from '../../../../test/support/ike-peers.ts';
import { ikeTraces, traceFolder } from '../../../../test/support/ike-trace.ts';
import { wellFormed } from '../../../../test/support/ikev1-payloads.ts';
import { toHex } from '../../../octets/hex.ts';
import type { DataAttribute } from '../../../wire/ikev1/data-attribute.ts';
import { parseIsakmpMessage } from '../../../wire/ikev1/message.ts';
import { parsePayloadChain } from '../../../wire/ikev1/payload-chain.ts';
import { IKEV1_PAYLOAD } from '../../../wire/ikev1/payload-type.ts';
import {
  emitSecurityAssociation,
  parseSecurityAssociation,
  type SecurityAssociation,
} from '../../../wire/ikev1/security-association.ts';
import type { Phase1Transform, ProposalCheck } from '../../peer.ts';
import {
  acceptTransform,
  chooseTransform,
  type Phase1Agreement,
  type Phase1ProposalRefused,
  phase1Offer,
} from './proposal.ts';

const AES256 = 'aes 256, sha256, pre_shared_key, 14, 3600';
const AES128 = 'aes 128, sha256, pre_shared_key, 14, 3600';
const TRIPLE_DES = '3des, sha1, pre_shared_key, 2';

/** `sa`, written and read: what comes over the network. */
function sent(sa: SecurityAssociation): SecurityAssociation {
  const read = wellFormed(parseSecurityAssociation(emitSecurityAssociation(sa)));
  if (read.kind !== 'security-association') throw new TypeError('It is foreign');
  return read;
}

function offerOf(...proposals: readonly string[]): SecurityAssociation {
  return sent(phase1Offer(transformsOf(...proposals)));
}

/** One transform of AES-256, SHA-256, a pre-shared key and group 14, with `attributes` besides. */
function withAttributes(
  change: (attributes: readonly DataAttribute[]) => readonly DataAttribute[],
): SecurityAssociation {
  return {
    kind: 'security-association',
    proposals: offerOf(AES256).proposals.map((proposal) => ({
      ...proposal,
      transforms: proposal.transforms.map((transform) => ({
        ...transform,
        attributes: change(transform.attributes),
      })),
    })),
  };
}

function agreed(result: Phase1Agreement | Phase1ProposalRefused): Phase1Agreement {
  if (result.kind !== 'agreed') throw new TypeError(`It is refused: ${JSON.stringify(result)}`);
  return result;
}

/** Why not: the attribute, what was offered and what we accept, of each row. */
function refusal(result: Phase1Agreement | Phase1ProposalRefused): readonly string[] {
  if (result.kind === 'agreed') throw new TypeError('It is agreed');
  if (result.fault !== null) return [result.fault];
  return result.mismatches.map(
    ({ difference: { what, offered, accepted, at } }) =>
      `${what}: ${offered} | ${accepted} | ${at.line}`,
  );
}

describe('phase1Offer()', () => {
  const traces = ikeTraces();

  test.skipIf(traces.length === 0).each(traces)('is the SA that racoon sent: $name', (trace) => {
    const file = join(traceFolder() ?? '', `${trace.name}.A.racoon.conf`);
    const text = readFileSync(file, 'utf8');
    const remote = text.slice(text.indexOf('remote '), text.indexOf('sainfo '));
    const { transforms } = peerOf(remote);
    const { header, content } = wellFormed(parseIsakmpMessage(trace.messages[0] ?? NOTHING));
    const { payloads } = wellFormed(parsePayloadChain(header.nextPayload, content));
    const sa = payloads.find(({ type }) => type === IKEV1_PAYLOAD.SA);
    const offer = phase1Offer(transforms);
    expect(toHex(emitSecurityAssociation(offer))).toBe(toHex(sa?.body ?? NOTHING));

    // What the other racoon made of it is what we make of it, and what we take for an answer.
    const second = wellFormed(parseIsakmpMessage(trace.messages[1] ?? NOTHING));
    const answer = wellFormed(
      parsePayloadChain(second.header.nextPayload, second.content),
    ).payloads.find(({ type }) => type === IKEV1_PAYLOAD.SA);
    const choice = agreed(chooseTransform(sent(offer), transforms, 'exact'));
    expect(toHex(emitSecurityAssociation(choice.answer))).toBe(toHex(answer?.body ?? NOTHING));
    expect(agreed(acceptTransform(sent(choice.answer), transforms)).ours).toBe(transforms[0]);
  });

  test('numbers transforms from 1 in the order of the file', () => {
    const [proposal] = phase1Offer(transformsOf(AES256, TRIPLE_DES)).proposals;
    expect(proposal?.transforms.map(({ number }) => number)).toEqual([1, 2]);
    expect(proposal?.transforms[1]?.attributes.map(({ type, value }) => [type, value])).toEqual([
      [11, 1],
      [12, 28_800],
      [1, 5],
      [3, 1],
      [2, 2],
      [4, 2],
    ]);
  });

  test('writes lifetimes past 16 bits in the long form', () => {
    const [proposal] = phase1Offer(transformsOf('des, md5, rsasig, 1, 86400')).proposals;
    const duration = proposal?.transforms[0]?.attributes[1]?.value;
    expect(duration).toEqual(Uint8Array.of(0, 1, 0x51, 0x80));
  });

  test('counts no more transforms than an octet can', () => {
    const [one] = transformsOf(AES256);
    const many = Array.from({ length: 300 }, () => one).filter((it) => it !== undefined);
    expect(sent(phase1Offer(many)).proposals[0]?.transforms).toHaveLength(255);
  });
});

describe('chooseTransform()', () => {
  test('takes the first of the peer that is one of ours', () => {
    const ours = transformsOf(TRIPLE_DES, AES256, AES128);
    const choice = agreed(chooseTransform(offerOf('des, md5, rsasig, 1', AES256), ours, 'strict'));
    expect(choice.ours).toBe(ours[1]);
    expect(choice.answer.proposals[0]?.transforms.map(({ number }) => number)).toEqual([2]);
  });

  test('sends back attributes as they came, in their order and form', () => {
    const offered = sent(
      withAttributes((attributes) =>
        attributes
          .map(({ type, value }) => ({
            type,
            value: typeof value === 'number' ? Uint8Array.of(0, 0, value >> 8, value) : value,
          }))
          // Life type and duration stay together.
          .toSorted((a, b) => (a.type === 11 || a.type === 12 ? 0 : a.type - b.type)),
      ),
    );
    const { answer } = agreed(chooseTransform(offered, transformsOf(AES256), 'exact'));
    expect(emitSecurityAssociation(answer)).toEqual(emitSecurityAssociation(offered));
  });

  const levels: readonly ProposalCheck[] = ['obey', 'strict', 'claim', 'exact'];
  /** What is offered beside ours, of 256 bits (192) and 3600 s, and at which levels it is taken. */
  test.each<[string, number, number, string]>([
    ['the same', 192, 3600, 'obey strict claim exact'],
    ['a shorter life', 192, 600, 'obey strict claim'],
    ['a longer life', 192, 3601, 'obey'],
    ['a longer key', 256, 3600, 'obey strict claim'],
    ['a shorter key', 128, 3600, 'obey'],
    ['a longer key of a longer life', 256, 7200, 'obey'],
  ])('%s', (_what, bits, seconds, taken) => {
    const ours = transformsOf('aes 192, sha256, pre_shared_key, 14, 3600');
    const offered = offerOf(`aes ${bits}, sha256, pre_shared_key, 14, ${seconds}`);
    const results = levels.map((level) => [level, chooseTransform(offered, ours, level)] as const);
    const those = results.filter(([, { kind }]) => kind === 'agreed');
    expect(those.map(([level]) => level).join(' ')).toBe(taken);
    for (const [, result] of those) {
      const { transform } = agreed(result);
      expect(transform).toEqual({ ...ours[0], keyBits: bits, lifetimeSeconds: seconds });
    }
  });

  test('takes eight hours and 128 bits where nothing is said', () => {
    const offered = withAttributes((attributes) =>
      attributes.filter(({ type }) => ![11, 12, 14].includes(type)),
    );
    const { transform } = agreed(chooseTransform(offered, transformsOf(AES128), 'obey'));
    expect(transform).toMatchObject({ keyBits: 128, lifetimeSeconds: 28_800 });
  });

  test('takes no notice of a lifetime in kilobytes beside one in seconds', () => {
    const offered = withAttributes((attributes) => [
      ...attributes,
      { type: 11, value: 2 },
      { type: 12, value: Uint8Array.of(0, 16, 0, 0) },
    ]);
    const { transform } = agreed(chooseTransform(offered, transformsOf(AES256), 'exact'));
    expect(transform.lifetimeSeconds).toBe(3600);
  });

  test.each<[string, string, string]>([
    ['des, sha256, pre_shared_key, 14', 'encryption algorithm: des | aes 256', 'obey'],
    ['aes 128, sha256, pre_shared_key, 14', 'key length: aes 128 | aes 256 or longer', 'strict'],
    ['aes 256, md5, pre_shared_key, 14', 'hash algorithm: md5 | sha256', 'obey'],
    ['aes 256, sha256, rsasig, 14', 'authentication method: rsasig | pre_shared_key', 'obey'],
    ['aes 256, sha256, pre_shared_key, 2', 'DH group: 2 (modp1024) | 14 (modp2048)', 'obey'],
    [`${AES256}0`, 'lifetime: 36000 s | 3600 s or less', 'claim'],
    ['aes 256, sha256, pre_shared_key, 14, 60', 'lifetime: 60 s | 3600 s', 'exact'],
  ])('tells the first difference of %s', (offered, difference, check) => {
    const result = chooseTransform(offerOf(offered), transformsOf(AES256), check as ProposalCheck);
    expect(refusal(result)).toEqual([`${difference} | 3`]);
  });

  test('sets each of the peer beside each of ours', () => {
    const result = chooseTransform(
      offerOf('des, md5, pre_shared_key, 14', 'aes 256, sha512, pre_shared_key, 14'),
      transformsOf(AES256, TRIPLE_DES),
      'obey',
    );
    expect(refusal(result)).toEqual([
      'encryption algorithm: des | aes 256 | 3',
      'encryption algorithm: des | 3des | 4',
      'hash algorithm: sha512 | sha256 | 3',
      'encryption algorithm: aes 256 | 3des | 4',
    ]);
  });

  test.each<[string, (attributes: readonly DataAttribute[]) => readonly DataAttribute[], string]>([
    ['of a group of its own', (all) => [...all, { type: 6, value: NOTHING }], 'no number'],
    ['of a prime', (all) => [...all, { type: 6, value: 23 }], 'a group of its own'],
    ['of an attribute nobody knows', (all) => [...all, { type: 77, value: 1 }], 'attribute 77'],
    ['of two hashes', (all) => [...all, { type: 2, value: 1 }], 'attribute 2 twice'],
    ['of no lifetime at all', () => [{ type: 11, value: 1 }, NO_TIME], 'lifetime of nothing'],
    ['of a lifetime without type', () => [{ type: 12, value: 3600 }], 'lifetime of no type'],
    ['of a lifetime in moons', () => [{ type: 11, value: 9 }], 'lifetime of type 9'],
    [
      'of two lifetimes',
      (all) => [...all, { type: 11, value: 1 }, { type: 12, value: 9 }],
      'two lifetimes',
    ],
  ])('refuses one %s', (_what, change, why) => {
    const [row] = refusal(chooseTransform(withAttributes(change), transformsOf(AES256), 'obey'));
    expect(row).toContain(why);
  });

  test('refuses keys of a length that the cipher does not have, obeying too', () => {
    const odd = withAttributes((all) =>
      all.map((each) => (each.type === 14 ? { type: 14, value: 200 } : each)),
    );
    const result = chooseTransform(odd, transformsOf(AES256), 'obey');
    expect(refusal(result)).toEqual(['key length: aes 200 | aes 256 | 3']);
  });

  test('refuses what has not one proposal of ISAKMP', () => {
    const { proposals } = offerOf(AES256);
    const [proposal] = proposals;
    if (proposal === undefined) throw new TypeError('It has none');
    const of = (...given: SecurityAssociation['proposals']) =>
      refusal(
        chooseTransform(
          { kind: 'security-association', proposals: given },
          transformsOf(AES256),
          'obey',
        ),
      );
    expect(of()).toEqual(['it has 0 proposals instead of one']);
    expect(of(proposal, proposal)).toEqual(['it has 2 proposals instead of one']);
    expect(of({ ...proposal, protocolId: 3 })).toEqual([
      'its proposal is of protocol 3 instead of ISAKMP',
    ]);
    expect(of({ ...proposal, transforms: [] })).toEqual(['its proposal has no transform']);
  });

  test('agrees with who logs in, and with nobody who would do the same', () => {
    const client = (method: string) => `aes 256, sha256, ${method}, 14`;
    for (const kind of ['xauth_psk', 'xauth_rsa', 'hybrid_rsa']) {
      for (const [we, they] of [
        ['client', 'server'],
        ['server', 'client'],
      ]) {
        const ours = transformsOf(client(`${kind}_${we}`));
        agreed(chooseTransform(offerOf(client(`${kind}_${they}`)), ours, 'exact'));
        const same = chooseTransform(offerOf(client(`${kind}_${we}`)), ours, 'obey');
        expect(refusal(same)).toEqual([
          `authentication method: ${kind}_${we} | ${kind}_${they} | 3`,
        ]);
      }
    }
  });

  test('offers what racoon offers where the client begins', () => {
    const number = (method: string) =>
      offerOf(`aes 256, sha256, ${method}, 14`).proposals[0]?.transforms[0]?.attributes.find(
        ({ type }) => type === 3,
      )?.value;
    expect(number('xauth_psk_client')).toBe(65001);
    expect(number('xauth_rsa_client')).toBe(65005);
    expect(number('hybrid_rsa_client')).toBe(64221);
    expect(number('xauth_psk_server')).toBe(65002);
  });
});

describe('acceptTransform()', () => {
  const ours = transformsOf(AES256, AES128, TRIPLE_DES);

  test('takes any of ours that comes back as we sent it', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.boolean(), fc.nat(255), fc.nat(), (which, long, number, turn) => {
        const [proposal] = phase1Offer(ours).proposals;
        const transform = proposal?.transforms[which];
        if (proposal === undefined || transform === undefined) throw new TypeError('It has none');
        const by = turn % transform.attributes.length;
        const attributes = [
          ...transform.attributes.slice(by),
          ...transform.attributes.slice(0, by),
        ].map(({ type, value }) => ({
          type,
          value: long && typeof value === 'number' ? Uint8Array.of(value >> 8, value) : value,
        }));
        const answer = sent({
          kind: 'security-association',
          proposals: [{ ...proposal, transforms: [{ ...transform, number, attributes }] }],
        });
        expect(agreed(acceptTransform(answer, ours)).transform).toBe(ours[which]);
      }),
    );
  });

  test.each<[string, (attributes: readonly DataAttribute[]) => readonly DataAttribute[], string]>([
    [
      'a shorter life',
      (all) => all.map((each) => (each.type === 12 ? { type: 12, value: 60 } : each)),
      'lifetime: 60 s | 3600 s',
    ],
    [
      'a weaker group',
      (all) => all.map((each) => (each.type === 4 ? { type: 4, value: 1 } : each)),
      'DH group: 1 (modp768) | 14 (modp2048)',
    ],
    [
      'one attribute more',
      (all) => [...all, { type: 11, value: 2 }, { type: 12, value: 9 }],
      'attributes: others than we sent | what we sent',
    ],
    ['one attribute less', (all) => all.slice(0, -1), 'DH group: none | 14 (modp2048)'],
  ])('refuses %s', (_what, change, why) => {
    expect(refusal(acceptTransform(withAttributes(change), ours))[0]).toBe(`${why} | 3`);
  });

  test('refuses two transforms, and none', () => {
    const two = acceptTransform(offerOf(AES256, AES128), ours);
    expect(refusal(two)).toEqual(['it has 2 transforms instead of one']);
    const none = acceptTransform({ kind: 'security-association', proposals: [] }, ours);
    expect(refusal(none)).toEqual(['it has 0 proposals instead of one']);
  });

  test('accepts whatever chooseTransform() has chosen of our offer', () => {
    const texts = [AES256, AES128, TRIPLE_DES, 'aes 192, sha512, rsasig, 15, 60'];
    const some = fc.subarray(texts, { minLength: 1 }).map((each) => transformsOf(...each));
    fc.assert(
      fc.property(some, some, fc.constantFrom('obey', 'exact'), (initiator, responder, check) => {
        const offer = sent(phase1Offer(initiator));
        const choice = chooseTransform(offer, responder, check as ProposalCheck);
        const both = (a: Phase1Transform) => responder.some((b) => firstWords(a) === firstWords(b));
        if (choice.kind !== 'agreed') {
          expect(initiator.some(both)).toBe(false);
          return;
        }
        const accepted = agreed(acceptTransform(sent(choice.answer), initiator));
        expect(firstWords(accepted.transform)).toBe(firstWords(choice.transform));
      }),
    );
  });
});

function firstWords({ encryption, keyBits, hash, group, lifetimeSeconds }: Phase1Transform) {
  return [encryption.name, keyBits, hash.name, group.name, lifetimeSeconds].join();
}

const NOTHING = new Uint8Array(0);
const NO_TIME: DataAttribute = { type: 12, value: 0 };

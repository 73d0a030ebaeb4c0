import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  arbitraryTerms,
  ENDS,
  policyOf,
  sainfo,
  turned,
} from '../../../../test/support/quick-mode.ts';
import { saOf } from '../../../../test/support/quick-mode-trace.ts';
import { AES_CBC } from '../../../crypto/aes-cbc.ts';
import { AES_CTR } from '../../../crypto/aes-ctr.ts';
import { AES_GCM_16 } from '../../../crypto/aes-gcm.ts';
import { CHACHA20_POLY1305 } from '../../../crypto/chacha20-poly1305.ts';
import { dhGroupByName } from '../../../crypto/dh-group.ts';
import { HMAC_SHA1 } from '../../../crypto/hmac-sha1.ts';
import { HMAC_SHA256 } from '../../../crypto/hmac-sha2.ts';
import { INSECURE_3DES_CBC } from '../../../crypto/insecure/3des-cbc.ts';
import { NULL, NULL_INTEGRITY } from '../../../crypto/null.ts';
import { UNLIMITED } from '../../../ipsec/lifetime.ts';
import { toHex } from '../../../octets/hex.ts';
import {
  emitSecurityAssociation,
  type SecurityAssociation,
} from '../../../wire/ikev1/security-association.ts';
import { type Bundle, bundleOf } from '../../bundle.ts';
import type { ProposalCheck } from '../../peer.ts';
import type { QuickModePolicy } from '../../quick-mode-policy.ts';
import { acceptAnswer } from './accept.ts';
import { type Acceptance, agreementOf, answerOf, type Choice, chooseProposals } from './choose.ts';
import { offerOf } from './offer.ts';
import { bundlesOffered } from './offered-bundle.ts';
import type { NoProposalChosen } from './proposal-table.ts';

const MODP2048 = dhGroupByName('modp2048') ?? expect.unreachable();
const MODP1024 = dhGroupByName('modp1024') ?? expect.unreachable();
const PLAIN = { udp: null, complexBundles: true } as const;

const bundle = (layers: string): Bundle => bundleOf(policyOf('outbound', layers), null, ENDS);

/** What a host would offer, with SPIs from 0x1000 on, as the peer reads it. */
function offered(acceptance: Omit<Acceptance, 'check'>, spis = SPIS): SecurityAssociation {
  const offer = offerOf(acceptance.bundle, spis, acceptance.policy, acceptance);
  if (offer.kind === 'nothing-to-offer') throw new TypeError(offer.reason);
  return saOf(emitSecurityAssociation(offer));
}

const SPIS = [0x1000, 0x1001, 0x1002];

/** Of what one `sainfo` offers for `layers`, what another takes. */
function outcome(
  theirs: Partial<QuickModePolicy>,
  ours: Partial<QuickModePolicy>,
  check: ProposalCheck,
  layers = 'esp/tunnel',
): Choice | NoProposalChosen {
  const policy = sainfo(theirs);
  const offer = offered({ bundle: bundle(layers), policy, ...PLAIN });
  return chooseProposals(offer, { bundle: bundle(layers), policy: sainfo(ours), check, ...PLAIN });
}

function chosen(found: Choice | NoProposalChosen): Choice {
  if (found.kind !== 'choice') expect.unreachable(JSON.stringify(found.offered));
  return found;
}

/** The first differences of all that was offered. */
function differences(found: Choice | NoProposalChosen): readonly string[] {
  if (found.kind === 'choice') return [];
  return found.offered.map(({ difference }) => {
    if (difference === null) return 'none';
    const { what, offered, accepted, at } = difference;
    return `${what}: ${offered}, not ${accepted} (${at?.text ?? '-'})`;
  });
}

describe('an offer', () => {
  test('has each cipher with each integrity algorithm, in the order of the file', () => {
    const policy = sainfo({
      encryption: [
        { algorithm: AES_CBC, keyBits: 256 },
        { algorithm: AES_GCM_16, keyBits: 160 },
        { algorithm: INSECURE_3DES_CBC, keyBits: 192 },
        { algorithm: NULL, keyBits: 0 },
        { algorithm: AES_CTR, keyBits: 288 },
        { algorithm: CHACHA20_POLY1305, keyBits: 288 },
      ],
      integrity: [HMAC_SHA256, NULL_INTEGRITY],
      pfsGroup: MODP2048,
      lifetimeSeconds: 100_000,
    });
    const [proposal] = offered({ bundle: bundle('esp/tunnel'), policy, ...PLAIN }).proposals;
    // Null without integrity is nothing, a counter mode without it a risk; ChaCha20 has no number.
    expect(proposal?.transforms.map(({ number, id }) => [number, id])).toEqual([
      [1, 12],
      [2, 12],
      [3, 20],
      [4, 3],
      [5, 3],
      [6, 11],
      [7, 13],
    ]);
    const attributes = proposal?.transforms.map((transform) =>
      transform.attributes
        .map(({ type, value }) => `${type}=${typeof value === 'number' ? value : toHex(value)}`)
        .join(' '),
    );
    const life = '1=1 2=000186a0 4=1';
    expect(attributes).toEqual([
      `${life} 6=256 5=5 3=14`,
      `${life} 6=256 3=14`,
      `${life} 6=128 3=14`,
      `${life} 5=5 3=14`,
      `${life} 3=14`,
      `${life} 5=5 3=14`,
      `${life} 6=256 5=5 3=14`,
    ]);
  });

  test('has its layers from the outside in, under one number, CPIs in two octets', () => {
    const layers = bundle('ipcomp/tunnel esp/transport ah/transport');
    const offer = (rest: Pick<Acceptance, 'udp' | 'complexBundles'>) =>
      offered({ bundle: layers, policy: sainfo(), ...rest }).proposals.map(
        ({ number, protocolId, spi, transforms }) => {
          const mode = transforms[0]?.attributes.find(({ type }) => type === 4)?.value;
          return `${number} ${protocolId} ${toHex(spi)} mode ${mode}`;
        },
      );
    expect(offer(PLAIN)).toEqual(['1 2 00001002 mode 2', '1 3 00001001 mode 2', '1 4 1000 mode 1']);
    expect(offer({ udp: 'rfc', complexBundles: true })).toEqual([
      '1 2 00001002 mode 2',
      '1 3 00001001 mode 4',
      '1 4 1000 mode 3',
    ]);
    expect(offer({ udp: 'draft', complexBundles: false })).toEqual([
      '1 2 00001002 mode 1',
      '1 3 00001001 mode 61443',
      '1 4 1000 mode 61443',
    ]);
  });

  test('cannot be made of algorithms that IKEv1 has no numbers for, or of no layers', () => {
    const policy = sainfo({ encryption: [{ algorithm: CHACHA20_POLY1305, keyBits: 288 }] });
    expect(offerOf(bundle('esp/tunnel'), SPIS, policy, PLAIN)).toEqual({
      kind: 'nothing-to-offer',
      reason: 'racoon.conf:1 has no algorithm for esp',
    });
    expect(offerOf([], [], policy, PLAIN)).toMatchObject({ kind: 'nothing-to-offer' });
  });
});

describe('a responder', () => {
  test('takes the first transform of the peer that it has', () => {
    const aes = { algorithm: AES_CBC, keyBits: 128 };
    const tripleDes = { algorithm: INSECURE_3DES_CBC, keyBits: 192 };
    const found = outcome(
      { encryption: [tripleDes, aes], integrity: [HMAC_SHA1, HMAC_SHA256] },
      { encryption: [aes] },
      'strict',
    );
    const [layer] = chosen(found).layers;
    expect(layer?.protection).toEqual({ protocol: 'esp', ...aes, integrity: HMAC_SHA256 });
    expect(layer?.proposal.transforms.map(({ number }) => number)).toEqual([4]);
  });

  // racoon.conf(5), proposal_check
  test.each<[ProposalCheck, number, string]>([
    ['obey', 3600, '3600'],
    ['obey', 900, '900'],
    ['strict', 3600, 'lifetime: 3600 s, not 1800 s or less (lifetime)'],
    ['strict', 900, '900'],
    ['claim', 3600, '1800 shortened'],
    ['claim', 900, '900'],
    ['exact', 3600, 'lifetime: 3600 s, not 1800 s (lifetime)'],
    ['exact', 900, 'lifetime: 900 s, not 1800 s (lifetime)'],
    ['exact', 1800, '1800'],
  ])('under proposal_check %s, of a lifetime of %d s: %s', (check, lifetimeSeconds, expected) => {
    const found = outcome({ lifetimeSeconds }, {}, check);
    if (found.kind !== 'choice') return expect(differences(found)).toEqual([expected]);
    const [layer] = found.layers;
    const note = found.shortened ? ' shortened' : '';
    expect(`${layer?.lifetime.seconds}${note}`).toBe(expected);
  });

  test.each<[ProposalCheck, number, string]>([
    ['obey', 128, '128'],
    ['obey', 256, '256'],
    ['strict', 128, 'key length: 128 bits, not 192 bits or more (encryption_algorithm)'],
    ['strict', 256, '256'],
    ['claim', 128, 'key length: 128 bits, not 192 bits or more (encryption_algorithm)'],
    ['exact', 256, 'key length: 256 bits, not 192 bits (encryption_algorithm)'],
    ['exact', 192, '192'],
  ])(
    'under proposal_check %s, of keys of %d bits where it has 192: %s',
    (check, keyBits, expected) => {
      const found = outcome(
        { encryption: [{ algorithm: AES_CBC, keyBits }] },
        { encryption: [{ algorithm: AES_CBC, keyBits: 192 }] },
        check,
      );
      if (found.kind !== 'choice') return expect(differences(found)).toEqual([expected]);
      expect(found.layers[0]?.protection).toMatchObject({ keyBits: Number(expected) });
    },
  );

  test.each([
    ['obey', MODP1024, MODP2048, 'modp1024'],
    ['obey', null, MODP2048, 'none'],
    ['strict', MODP1024, MODP2048, 'pfs group: 2 (modp1024), not 14 (modp2048) (pfs_group)'],
    ['strict', null, MODP2048, 'pfs group: none, not 14 (modp2048) (pfs_group)'],
    ['strict', MODP2048, null, 'modp2048'],
    ['claim', MODP2048, null, 'modp2048'],
    ['exact', MODP2048, null, 'pfs group: 14 (modp2048), not none (pfs_group)'],
    ['exact', MODP2048, MODP2048, 'modp2048'],
  ] as const)('under proposal_check %s, of the group %o: %s', (check, theirs, ours, expected) => {
    const found = outcome({ pfsGroup: theirs }, { pfsGroup: ours }, check);
    if (found.kind !== 'choice') return expect(differences(found)).toEqual([expected]);
    expect(found.group?.name ?? 'none').toBe(expected);
  });

  test('tells of each transform what keeps it from the nearest of its own', () => {
    const found = outcome(
      {
        encryption: [
          { algorithm: INSECURE_3DES_CBC, keyBits: 192 },
          { algorithm: AES_CBC, keyBits: 128 },
        ],
        integrity: [HMAC_SHA1, NULL_INTEGRITY],
      },
      { encryption: [{ algorithm: AES_CBC, keyBits: 256 }], integrity: [HMAC_SHA256, HMAC_SHA1] },
      'strict',
    );
    expect(differences(found)).toEqual([
      'algorithm: 3des-cbc, not aes-cbc (encryption_algorithm)',
      'algorithm: 3des-cbc, not aes-cbc (encryption_algorithm)',
      'key length: 128 bits, not 256 bits or more (encryption_algorithm)',
      'integrity: none, not hmac-sha256 (authentication_algorithm)',
    ]);
    if (found.kind === 'choice') expect.unreachable();
    expect(found.offered[2]?.cells).toEqual({
      protocol: 'esp',
      algorithms: 'aes-cbc 128 hmac-sha1',
      mode: 'tunnel',
      group: 'none',
      lifetime: '1800 s',
    });
    expect(found.accepted.map(({ algorithms }) => algorithms)).toEqual([
      'aes-cbc 256 hmac-sha256',
      'aes-cbc 256 hmac-sha1',
    ]);
  });

  test('wants the layers that its policy has, in their modes', () => {
    const answer = (offer: string, own: string, complexBundles = true) =>
      differences(
        chooseProposals(
          offered({ bundle: bundle(offer), policy: sainfo(), udp: null, complexBundles }),
          { bundle: bundle(own), policy: sainfo(), check: 'obey', ...PLAIN },
        ),
      );
    expect(answer('esp/tunnel ah/transport', 'esp/tunnel')).toEqual([
      'protocols: ah + esp, not esp (-)',
    ]);
    expect(answer('esp/tunnel', 'esp/tunnel ah/transport')).toEqual([
      'protocols: esp, not ah + esp (-)',
    ]);
    expect(answer('esp/transport', 'esp/tunnel')).toEqual(['mode: transport, not tunnel (-)']);
    expect(answer('esp/tunnel ah/transport', 'esp/tunnel ah/transport', false)).toEqual([
      'none',
      'mode: tunnel, not transport (-)',
    ]);
  });

  test('takes ESP in UDP with a NAT in between alone, by the numbers of the RFC and of the drafts', () => {
    const layers = bundle('esp/tunnel');
    const answer = (theirs: Acceptance['udp'], ours: Acceptance['udp']) => {
      const shared = { bundle: layers, policy: sainfo(), complexBundles: true };
      const offer = offered({ ...shared, udp: theirs });
      const found = chooseProposals(offer, { ...shared, udp: ours, check: 'strict' });
      return found.kind === 'choice' ? found.layers[0]?.inUdp : differences(found);
    };
    expect(answer('rfc', 'rfc')).toBe(true);
    expect(answer('draft', 'rfc')).toBe(true);
    expect(answer(null, 'rfc')).toBe(false);
    expect(answer('rfc', null)).toEqual(['encapsulation: UDP, not none: no NAT is in between (-)']);
  });

  test('takes the layers in any order, and answers in that of the peer', () => {
    const layers = bundle('ipcomp/transport esp/transport');
    const offer = offered({ bundle: layers, policy: sainfo(), ...PLAIN });
    const swapped = { ...offer, proposals: offer.proposals.toReversed() };
    const shared = { bundle: layers, policy: sainfo(), check: 'exact', ...PLAIN } as const;
    const choice = chosen(chooseProposals(swapped, shared));
    expect(choice.layers.map(({ layer, outboundSpi }) => [layer.protocol, outboundSpi])).toEqual([
      ['ipcomp', 0x1000],
      ['esp', 0x1001],
    ]);
    const answer = answerOf(choice, [0x2000, 0x2001]);
    expect(answer.proposals.map(({ spi }) => toHex(spi))).toEqual(['2000', '00002001']);
  });

  test('takes a CPI of four octets, and answers with as many', () => {
    const layers = bundle('ipcomp/transport');
    const [proposal] = offered({ bundle: layers, policy: sainfo(), ...PLAIN }).proposals;
    if (proposal === undefined) expect.unreachable();
    const take = (...spi: number[]) =>
      chooseProposals(
        { kind: 'security-association', proposals: [{ ...proposal, spi: Uint8Array.from(spi) }] },
        { bundle: layers, policy: sainfo(), check: 'exact', ...PLAIN },
      );
    const choice = chosen(take(0, 0, 0x88, 0x18));
    expect(choice.layers[0]?.outboundSpi).toBe(0x8818);
    expect(toHex(answerOf(choice, [0x1234]).proposals[0]?.spi ?? SPI)).toBe('00001234');
    expect(differences(take(0, 1, 0, 0))).toEqual([
      'spi: 0x00010000, not one that packets can have (-)',
    ]);
    expect(differences(take(0, 0))).toEqual(['spi: 0x0000, not one that packets can have (-)']);
    expect(differences(take())).toEqual(['spi: none, not one that packets can have (-)']);
  });

  test.each([
    [[{ type: 7, value: 16 }], 'attribute 7 is not known'],
    [[{ type: 4, value: 9 }], 'attribute 4 is there twice'],
    [[{ type: 2, value: 60 }], 'the lifetime counts neither seconds nor kilobytes'],
    [
      [
        { type: 1, value: 1 },
        { type: 2, value: 0 },
      ],
      'the lifetime is 0',
    ],
    [[{ type: 3, value: new Uint8Array(0) }], 'attribute 3 is no number'],
  ])('does not agree to what it does not understand: %o', (added, reason) => {
    const layers = bundle('esp/tunnel');
    const offer = offered({ bundle: layers, policy: sainfo(), ...PLAIN });
    const proposals = offer.proposals.map((proposal) => ({
      ...proposal,
      transforms: proposal.transforms.map((transform) => ({
        ...transform,
        attributes: [...transform.attributes, ...added],
      })),
    }));
    const shared = { bundle: layers, policy: sainfo(), check: 'obey', ...PLAIN } as const;
    expect(differences(chooseProposals({ ...offer, proposals }, shared))).toEqual([
      `attributes: ${reason}, not those of RFC 2407 §4.5 (-)`,
    ]);
  });

  test('takes the second proposal when the first will not do', () => {
    const layers = bundle('esp/tunnel');
    const weak = sainfo({ encryption: [{ algorithm: INSECURE_3DES_CBC, keyBits: 192 }] });
    const first = offered({ bundle: layers, policy: weak, ...PLAIN });
    const second = offered({ bundle: layers, policy: sainfo(), ...PLAIN }, [0x3000]);
    const proposals = [
      ...first.proposals,
      ...second.proposals.map((proposal) => ({ ...proposal, number: 2 })),
    ];
    const shared = { bundle: layers, policy: sainfo(), check: 'exact', ...PLAIN } as const;
    const choice = chosen(chooseProposals({ ...first, proposals }, shared));
    expect(choice.layers[0]?.outboundSpi).toBe(0x3000);
    expect(answerOf(choice, [0x4000]).proposals[0]?.number).toBe(2);
  });

  test('agrees to sequence numbers of 64 bits, and to a limit of octets', () => {
    const layers = bundle('esp/tunnel');
    const offer = offered({ bundle: layers, policy: sainfo(), ...PLAIN });
    const proposals = offer.proposals.map((proposal) => ({
      ...proposal,
      transforms: proposal.transforms.map((transform) => ({
        ...transform,
        attributes: [
          ...transform.attributes,
          { type: 11, value: 1 },
          { type: 1, value: 2 },
          { type: 2, value: 4096 },
        ],
      })),
    }));
    const shared = { bundle: layers, policy: sainfo(), check: 'strict', ...PLAIN } as const;
    const [layer] = chosen(chooseProposals({ ...offer, proposals }, shared)).layers;
    expect(layer).toMatchObject({
      extendedSequenceNumbers: true,
      lifetime: { ...UNLIMITED, seconds: 1800, octets: 4096 * 1024 },
    });
  });
});

describe('an initiator', () => {
  const layers = bundle('esp/tunnel ah/transport');
  const acceptance = { bundle: layers, policy: sainfo(), check: 'strict', ...PLAIN } as const;
  const good = (() => {
    const offer = offered(acceptance);
    return answerOf(chosen(chooseProposals(offer, acceptance)), [0x2000, 0x2001]);
  })();
  const [ah, esp] = good.proposals;
  if (ah === undefined || esp === undefined) expect.unreachable();
  const [transform] = esp.transforms;
  if (transform === undefined) expect.unreachable();

  const accept = (
    proposals: SecurityAssociation['proposals'],
    check: ProposalCheck = 'strict',
  ): string => {
    const answer: SecurityAssociation = { kind: 'security-association', proposals };
    const found = acceptAnswer(answer, { ...acceptance, check }, SPIS);
    if ('kind' in found) return found.reason;
    return found.layers.map(({ lifetime }) => `${lifetime.seconds}`).join(' ');
  };
  const changed = (type: number, value: number) => ({
    ...esp,
    transforms: [
      {
        ...transform,
        attributes: transform.attributes.map((each) =>
          each.type === type ? { type, value } : each,
        ),
      },
    ],
  });

  test('takes what it offered, in any order and with other numbers', () => {
    expect(accept([ah, esp])).toBe('1800 1800');
    expect(accept([esp, ah])).toBe('1800 1800');
    const attributes = transform.attributes.toReversed();
    // The type of a lifetime must stay before it.
    const [life, duration, ...others] = transform.attributes;
    if (life === undefined || duration === undefined) expect.unreachable();
    const reordered = { ...transform, number: 9, attributes: [...others, life, duration] };
    expect(accept([ah, { ...esp, transforms: [reordered] }])).toBe('1800 1800');
    expect(accept([ah, { ...esp, transforms: [{ ...transform, attributes }] }])).toBe(
      "the peer's malformed transform: the lifetime counts neither seconds nor kilobytes",
    );
  });

  test('refuses everything else', () => {
    expect(accept([])).toBe('the peer chose nothing, which is not what we offered');
    expect(accept([esp])).toBe('the peer chose esp, which is not what we offered');
    expect(accept([ah, { ...esp, number: 2 }])).toBe('the peer chose several proposals of ours');
    expect(accept([ah, { ...esp, transforms: [] }])).toBe(
      'the peer chose 0 transforms for esp, not one',
    );
    expect(accept([ah, { ...esp, spi: new Uint8Array(4) }])).toBe("the peer's SPI for esp is none");
    for (const [type, value] of [
      [4, 2],
      [4, 3],
      [5, 2],
      [6, 256],
    ] as const) {
      expect(accept([ah, changed(type, value)])).toBe('the peer changed what we offered for esp');
    }
  });

  test('lets the peer make a lifetime shorter, and longer if it obeys', () => {
    expect(accept([ah, changed(2, 600)])).toBe('600 1800');
    expect(accept([ah, changed(2, 600)], 'exact')).toMatch('600 s');
    expect(accept([ah, changed(2, 3600)])).toMatch('3600 s');
    expect(accept([ah, changed(2, 3600)], 'obey')).toBe('3600 1800');
  });
});

test('a peer that may have its way is given the layers that it asks for', () => {
  for (const complexBundles of [true, false]) {
    const wanted = bundle('ipcomp/tunnel esp/transport');
    const policy = sainfo();
    const offer = offered({ bundle: wanted, policy, udp: null, complexBundles });
    const [given, ...others] = bundlesOffered(offer, ENDS, 3, complexBundles);
    expect(others).toEqual([]);
    expect(given).toEqual(wanted.map((layer) => ({ ...layer, inboundReqid: 3, outboundReqid: 3 })));
    const twice = { ...offer, proposals: [...offer.proposals, ...offer.proposals] };
    expect(bundlesOffered(twice, ENDS, 3, complexBundles)).toEqual([]);
  }
});

test('what a host offers, its twin takes under every check, and both agree on the same', () => {
  fc.assert(
    fc.property(arbitraryTerms, ({ layers, ...terms }) => {
      const outbound = policyOf('outbound', layers);
      const acceptance = { ...terms, bundle: bundleOf(outbound, null, ENDS) };
      const twin = {
        ...terms,
        bundle: acceptance.bundle.map((layer) => ({ ...layer, ...turned(layer) })),
      };
      const offer = offered(acceptance);
      const choice = chosen(chooseProposals(offer, twin));
      expect(choice.shortened).toBe(false);
      const spis = SPIS.map((spi) => spi + 0x1000);
      const answer = saOf(emitSecurityAssociation(answerOf(choice, spis)));
      const ours = acceptAnswer(answer, acceptance, SPIS);
      if ('kind' in ours) expect.unreachable(ours.reason);
      const theirs = agreementOf(choice, spis);
      expect(ours.group).toBe(theirs.group);
      expect(ours.layers.length).toBe(acceptance.bundle.length);
      for (const [k, mine] of ours.layers.entries()) {
        const { inboundSpi, outboundSpi, layer, ...rest } =
          theirs.layers[k] ?? expect.unreachable();
        expect(mine).toEqual({
          ...rest,
          layer: { ...layer, ...turned(layer) },
          inboundSpi: outboundSpi,
          outboundSpi: inboundSpi,
        });
      }
    }),
  );
});

const SPI = new Uint8Array(0);

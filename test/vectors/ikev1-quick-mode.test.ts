/**
 * Quick mode against what racoon 0.8.2 said: offers, answers, identities and the SAs of both. They are
 * read from the project's shared material and skipped where that is not at hand.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { HASH_ALGORITHMS } from '../../src/crypto/hash-algorithm.ts';
import { Secret } from '../../src/crypto/secret.ts';
import { bundleOf } from '../../src/ike/bundle.ts';
import type { QuickModePolicy } from '../../src/ike/quick-mode-policy.ts';
import { type KeySource, sasOf } from '../../src/ike/sas.ts';
import { acceptAnswer } from '../../src/ike/v1/quick-mode/accept.ts';
import {
  type Acceptance,
  agreementOf,
  answerOf,
  chooseProposals,
} from '../../src/ike/v1/quick-mode/choose.ts';
import { protocolOf } from '../../src/ike/v1/quick-mode/doi-numbers.ts';
import { quickModeKeys } from '../../src/ike/v1/quick-mode/keys.ts';
import { offerOf } from '../../src/ike/v1/quick-mode/offer.ts';
import { readSpi } from '../../src/ike/v1/quick-mode/proposal-spi.ts';
import { identitiesOf, selectorOf } from '../../src/ike/v1/quick-mode/traffic.ts';
import { formatIpAddress } from '../../src/net/ip-address.ts';
import { toHex } from '../../src/octets/hex.ts';
import { emitIdentification } from '../../src/wire/ikev1/identification.ts';
import {
  emitSecurityAssociation,
  type SecurityAssociation,
} from '../../src/wire/ikev1/security-association.ts';
import { ikeOf } from '../support/ike-peers.ts';
import { type IkeTrace, ikeTraces, traced } from '../support/ike-trace.ts';
import { ENDS, HERE, policyOf, selectorBetween, THERE, turned } from '../support/quick-mode.ts';
import { quickModeOf, saOf, traceFile } from '../support/quick-mode-trace.ts';

const traces = ikeTraces();

/** What the SPD of both hosts asked for; they had ESP in transport mode unless said here. */
const LAYERS: ReadonlyMap<string, string> = new Map([
  ['main-aes128-sha1-modp1536-ah', 'esp/transport ah/transport'],
  ['main-ipcomp', 'ipcomp/transport esp/transport'],
]);

describe.skipIf(traces.length === 0).each(traces)('racoon: $name', (trace) => {
  const { offer, answer, IDci, IDcr } = quickModeOf(trace);
  const layers = LAYERS.get(trace.name) ?? 'esp/transport';
  const bundle = bundleOf(policyOf('outbound', layers), policyOf('inbound', layers), ENDS);
  const circumstances = { udp: null, complexBundles: true } as const;
  const initiator: Acceptance = {
    bundle,
    policy: sainfoOf(traceFile(trace, 'A.racoon.conf')),
    check: 'exact',
    ...circumstances,
  };
  const responder: Acceptance = {
    ...initiator,
    bundle: bundle.map((layer) => ({ ...layer, ...turned(layer) })),
    policy: sainfoOf(traceFile(trace, 'B.racoon.conf')),
  };
  const spis = spisOf(saOf(offer));
  const answered = spisOf(saOf(answer));

  test('the same is offered, octet for octet', () => {
    const made = offerOf(bundle, spis, initiator.policy, circumstances);
    if (made.kind === 'nothing-to-offer') expect.unreachable(made.reason);
    expect(toHex(emitSecurityAssociation(made))).toBe(toHex(offer));
  });

  test('the identities are the same, and mean the traffic of the policy', () => {
    const selector = selectorBetween('10.9.0.1', '10.9.0.2', { nextLayerProtocol: 1 });
    const made = identitiesOf(selector, bundle, ENDS);
    expect(toHex(emitIdentification(made.IDci))).toBe(toHex(IDci));
    expect(toHex(emitIdentification(made.IDcr))).toBe(toHex(IDcr));
    const there = selectorOf(made, 'responder', turned(ENDS));
    expect(there).toEqual(selectorBetween('10.9.0.2', '10.9.0.1', { nextLayerProtocol: 1 }));
  });

  test('the SAs are those that the kernel had', () => {
    const accepted = acceptAnswer(saOf(answer), initiator, spis);
    if ('kind' in accepted) expect.unreachable(accepted.reason);
    const path = { local: { address: HERE, port: 500 }, remote: { address: THERE, port: 500 } };
    const made = sasOf(accepted, { path, peerOriginalAddress: null }, keysOf(trace));
    const lines = made.map((sa) => {
      const { protocol, mode, spi, source, destination, encryption, integrity } = sa;
      const key = (secret?: Secret) => (secret === undefined ? '' : toHex(secret.expose()));
      const lifetimes = `${sa.hardLifetime.seconds} ${sa.softLifetime.seconds}`;
      return `${formatIpAddress(source)} ${formatIpAddress(destination)} ${protocol} ${mode} ${spi} ${key(encryption?.key)}${key(integrity?.key)} ${lifetimes}`;
    });
    expect(lines.toSorted()).toEqual(dumped(traceFile(trace, 'A.D.txt')).toSorted());
  });

  test('the same is answered, and both agree on the same', () => {
    const choice = chooseProposals(saOf(offer), responder);
    if (choice.kind !== 'choice') expect.unreachable(JSON.stringify(choice));
    expect(toHex(emitSecurityAssociation(answerOf(choice, answered)))).toBe(toHex(answer));
    const accepted = acceptAnswer(saOf(answer), initiator, spis);
    if ('kind' in accepted) expect.unreachable(accepted.reason);
    const agreed = agreementOf(choice, answered);
    expect(agreed.group).toBe(accepted.group);
    expect(agreed.layers.map(({ inboundSpi }) => inboundSpi)).toEqual(answered);
    expect(agreed.layers.map(({ outboundSpi }) => outboundSpi)).toEqual(spis);
    expect(accepted.layers.map(({ outboundSpi }) => outboundSpi)).toEqual(answered);
    expect(accepted.layers.map(({ protection }) => protection)).toEqual(
      agreed.layers.map(({ protection }) => protection),
    );
  });
});

function sainfoOf(text: string): QuickModePolicy {
  return ikeOf(text).quickModePolicies[0] ?? expect.unreachable();
}

/** Innermost first. */
function spisOf({ proposals }: SecurityAssociation): readonly number[] {
  return proposals
    .map(({ protocolId, spi }) => readSpi(protocolOf(protocolId) ?? 'esp', spi) ?? 0)
    .reverse();
}

/** What racoon said that it computes KEYMAT with: `[g(qm)^xy |] protocol | SPI | Ni_b | Nr_b`. */
function keysOf(trace: IkeTrace): KeySource {
  const [SKEYID_d] = traced(trace, 'SKEYID_d computed:');
  const [seed] = traced(trace, 'KEYMAT compute with');
  const hash = HASH_ALGORITHMS.find(({ digestLength }) => digestLength === SKEYID_d?.length);
  if (!SKEYID_d || !seed || !hash) expect.unreachable();
  const gxy = seed.length === SEED_LENGTH ? null : new Secret(seed.slice(0, -SEED_LENGTH));
  const [Ni, Nr] = [seed.slice(-2 * NONCE_LENGTH, -NONCE_LENGTH), seed.slice(-NONCE_LENGTH)];
  return quickModeKeys(hash, new Secret(SKEYID_d.slice()), { gxy, Ni, Nr });
}

const NONCE_LENGTH = 16;
const SEED_LENGTH = 1 + 4 + 2 * NONCE_LENGTH;

/** What a dump of the SAD says of each SA: ends, protocol, mode, SPI, keys, hard and soft lifetime. */
function dumped(dump: string): readonly string[] {
  return dump.split(/^(?=\S)/m).map((text) => {
    const [, ends, protocol, mode, spi] =
      /^(\S+ \S+) \n\t(\S+) mode=(\S+) spi=(\d+)/.exec(text) ?? expect.unreachable();
    const keys = [...text.matchAll(/^\t[EA]: \S+ +([\da-f\s]+)$/gm)].map(([, key]) => key).join('');
    const [, hard, soft] =
      /diff: .*hard: (\d+)\(s\)\tsoft: (\d+)/.exec(text) ?? expect.unreachable();
    return `${ends} ${protocol} ${mode} ${spi} ${keys.replaceAll(/\s/g, '')} ${hard} ${soft}`;
  });
}

/**
 * Quick mode against what racoon 0.8.2 said: offers, answers, identities and the SAs of both. They are
 * read from the project's shared material and skipped where that is not at hand.
 *
 * @module
 */
import { describe, expect, test } from 'vitest';
import { bundleOf } from '../../src/ike/bundle.ts';
import type { QuickModePolicy } from '../../src/ike/quick-mode-policy.ts';
import { acceptAnswer } from '../../src/ike/v1/quick-mode/accept.ts';
import {
  type Acceptance,
  agreementOf,
  answerOf,
  chooseProposals,
} from '../../src/ike/v1/quick-mode/choose.ts';
import { protocolOf } from '../../src/ike/v1/quick-mode/doi-numbers.ts';
import { offerOf } from '../../src/ike/v1/quick-mode/offer.ts';
import { readSpi } from '../../src/ike/v1/quick-mode/proposal-spi.ts';
import { toHex } from '../../src/octets/hex.ts';
import {
  emitSecurityAssociation,
  type SecurityAssociation,
} from '../../src/wire/ikev1/security-association.ts';
import { ikeOf } from '../support/ike-peers.ts';
import { ikeTraces } from '../support/ike-trace.ts';
import { ENDS, policyOf, turned } from '../support/quick-mode.ts';
import { quickModeOf, saOf, traceFile } from '../support/quick-mode-trace.ts';

const traces = ikeTraces();

/** What the SPD of both hosts asked for; they had ESP in transport mode unless said here. */
const LAYERS: ReadonlyMap<string, string> = new Map([
  ['main-aes128-sha1-modp1536-ah', 'esp/transport ah/transport'],
  ['main-ipcomp', 'ipcomp/transport esp/transport'],
]);

describe.skipIf(traces.length === 0).each(traces)('racoon: $name', (trace) => {
  const { offer, answer } = quickModeOf(trace);
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

/**
 * An explanation for people: a sentence that says it, then why.
 *
 * @module
 */
import { formatSpdadd } from '../../../config/setkey/statement-text.ts';
import type { InboundVerdict } from '../../../ipsec/admission.ts';
import { DISCARD_REASONS } from '../../../ipsec/discard-reason.ts';
import type { Arrival } from '../../../ipsec/explanation/arrival.ts';
import type { Departure } from '../../../ipsec/explanation/departure.ts';
import type { Exemption, Explanation, Passage } from '../../../ipsec/explanation/explain.ts';
import type { Layer } from '../../../ipsec/explanation/layers.ts';
import type { PassedOvers } from '../../../ipsec/explanation/passed-over.ts';
import type { Policy } from '../../../ipsec/policy.ts';
import { formatSpi } from '../../../ipsec/sa-parameters.ts';
import { formatFlow } from './flow-words.ts';
import { layerLines } from './layer-words.ts';
import { wireLines } from './wire-words.ts';

/** `explanation` in lines. */
export function explanationLines(explanation: Explanation): string[] {
  const { there, back, rules } = explanation;
  return [
    `${formatFlow(there.flow)} ${headline(there)}`,
    ...(explanation.exposed ? [EXPOSED] : []),
    ...passageLines(there, explanation),
    '',
    `the reply, ${formatFlow(back.flow)}, ${headline(back)}`,
    ...passageLines(back, explanation),
    ...(there.mayBeIke ? ['', rules === 'kernel' ? IKE_KERNEL : IKE_USERSPACE] : []),
  ];
}

const EXPOSED = 'CAUTION: it is in the clear, and a policy wants it or the reply protected';
const IKE_KERNEL =
  "note: an IKE daemon has Linux leave its own socket's packets alone, whatever is said here";
const IKE_USERSPACE =
  'note: policies are asked about IKE, too: let one for UDP port 500 and 4500 say none';

/** What becomes of the packet, as the end of a sentence. */
function headline({ arrival, departure, exemption }: Passage): string {
  if (exemption !== null) return EXEMPTIONS[exemption];
  const parts: string[] = [];
  if (arrival !== null) parts.push(arrivalHeadline(arrival));
  if (departure !== null && arrival?.outcome !== 'discarded') {
    parts.push(departureHeadline(departure));
  }
  return parts.join(', then ');
}

const EXEMPTIONS: Readonly<Record<Exemption, string>> = {
  loopback: 'stays on its host: no policy is asked',
  'neighbour-discovery': 'is Neighbour Discovery: ipseald asks no policy, it passes in the clear',
};

function departureHeadline({ outcome, reason, layers, policy }: Departure): string {
  switch (outcome) {
    case 'protected':
      return `leaves protected by ${protections(layers)}`;
    case 'clear':
      if (policy === null) return 'leaves in the clear: no policy is about it';
      return layers.length === 0
        ? 'leaves in the clear: its policy says none'
        : 'leaves in the clear: its policy says use, and there is no SA';
    case 'discarded':
      return `is dropped on its way out: ${because(reason)}`;
  }
}

function arrivalHeadline({ outcome, reason, layers, policy, plain }: Arrival): string {
  switch (outcome) {
    case 'protected': {
      const clear = plain === 'deliver' ? ' or in the clear' : ', and not in the clear';
      return `is let in protected by ${protections(layers)}${clear}`;
    }
    case 'clear':
      if (policy === null) return 'is let in in the clear: no policy is about it';
      return layers.length === 0
        ? 'is let in in the clear: its policy says none'
        : 'is let in in the clear: its policy says use';
    case 'discarded':
      return `is dropped when it arrives: ${because(reason)}`;
  }
}

/** `ESP in transport mode (SA 0x00000201) inside AH in transport mode (SA 0x00000200)` */
function protections(layers: readonly Layer[]): string {
  return layers
    .flatMap(({ template: { protocol, mode }, sa }) =>
      sa === null
        ? []
        : `${PROTOCOL_NAMES[protocol]} in ${mode} mode (SA ${formatSpi(sa.parameters.spi)})`,
    )
    .join(' inside ');
}

const PROTOCOL_NAMES = { esp: 'ESP', ah: 'AH', ipcomp: 'IPComp' } as const;

function because(reason: Exclude<InboundVerdict, 'deliver'> | Departure['reason']): string {
  return reason === null ? 'for no reason' : `${DISCARD_REASONS[reason]} (${reason})`;
}

function passageLines({ arrival, departure }: Passage, explanation: Explanation): string[] {
  const both = arrival !== null && departure !== null;
  return [
    ...(both ? ['arriving'] : []),
    ...(arrival === null ? [] : arrivalLines(arrival)),
    ...(both ? ['leaving'] : []),
    ...(departure === null ? [] : departureLines(departure, explanation)),
  ];
}

function departureLines(departure: Departure, { rules }: Explanation): string[] {
  const { policy, passedOver, layers, reason, wire } = departure;
  const acquires = reason === 'out-no-states';
  return [
    ...policyLines(policy, passedOver),
    ...layers.flatMap((layer) => layerLines(layer)),
    ...(acquires ? [`  ${ACQUIRE}`] : []),
    ...(wire === null || layers.every(({ sa }) => sa === null)
      ? []
      : wireLines(wire, layers, rules)),
  ];
}

const ACQUIRE =
  'a key daemon is asked for the SA (acquire); until it is there packets wait, a few of them, or are dropped';

function arrivalLines(arrival: Arrival): string[] {
  const { policy, passedOver, layers, plain, sealed, others } = arrival;
  const fates: (readonly [string, InboundVerdict])[] = [];
  if (sealed !== null) fates.push(['as the policy asks', sealed]);
  fates.push(['in the clear', plain]);
  for (const { record, verdict } of others) {
    const { protocol, spi, mode } = record.parameters;
    fates.push([`under ${protocol} ${formatSpi(spi)} (${mode}) alone`, verdict]);
  }
  return [
    ...policyLines(policy, passedOver),
    ...layers.flatMap((layer) => layerLines(layer)),
    ...fates.map(([how, verdict]) => `  ${how}: ${fateOf(verdict)}`),
  ];
}

function fateOf(verdict: InboundVerdict): string {
  return verdict === 'deliver' ? 'let in' : `dropped, ${because(verdict)}`;
}

function policyLines(policy: Policy | null, { nearest, more }: PassedOvers): string[] {
  const found = policy === null ? 'none' : formatSpdadd(policy);
  const lines = [`  policy: ${found}`];
  for (const { policy: other, differs, open } of nearest) {
    const what = `not about it: another ${differs.join(', another ')}`;
    lines.push(`    asked: ${formatSpdadd(other)}`);
    lines.push(`      ${open ? `${what}, which you left open` : what}`);
  }
  if (more > 0) lines.push(`    asked: ${more} more that are not about it`);
  return lines;
}

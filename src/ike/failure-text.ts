/**
 * Why a negotiation came to nothing, in words: a sentence, and below it what helps to put it right. No
 * key is in it, octets of the network are escaped, and its length is bounded.
 *
 * @module
 */
import { formatSelectorAddresses, type Selector } from '../ipsec/selector.ts';
import { ipProtocolName } from '../net/ip-protocol.ts';
import { escapedText } from '../octets/text.ts';
import type { Failure, NoAnswer } from './failure.ts';
import { phase1Table, placeText, quickModeTable } from './failure-table.ts';
import { notificationMeaning } from './notification-meaning.ts';
import type { Origin } from './origin.ts';
import { formatUdpAddress } from './path.ts';
import type { PolicyPoint } from './select-policy.ts';
import type { IdentityRefused } from './v1/identification.ts';
import type { Phase1ProposalRefused } from './v1/phase1/proposal.ts';
import type { NoPeer } from './v1/phase1/select-peer.ts';

export interface FailureText {
  /** A sentence without a full stop. */
  readonly summary: string;
  /** Lines, of tables among them; may be none. */
  readonly details: readonly string[];
}

/** `failure`, for people. */
export function failureText(failure: Failure): FailureText {
  switch (failure.kind) {
    case 'no-answer':
      return noAnswerText(failure);
    case 'notified': {
      const meaning = notificationMeaning(failure.notification);
      return text(`the peer refused: ${failure.notification}`, meaning === null ? [] : [meaning]);
    }
    case 'protocol':
      return text(`the peer's message is not what it has to be: ${failure.reason}`);
    case 'no-peer':
      return noPeerText(failure);
    case 'phase1-proposal':
      return phase1ProposalText(failure);
    case 'identity':
      return identityText(failure);
    case 'peer-hash':
      return text("the peer's hash did not verify: the pre-shared keys differ", [
        'Compare the keys of both sides, blanks at the end of the line too.',
      ]);
    case 'undecipherable':
      return failure.isOfPreSharedKey
        ? text('a message deciphers to nonsense: the pre-shared keys differ', [
            'The key of the cipher comes of the pre-shared key: this is how main mode shows that it is not the same. Compare the keys of both sides, blanks at the end of the line too.',
          ])
        : text('a message deciphers to nonsense', ['It was damaged, or made by somebody else.']);
    case 'login':
      return text(`the login failed: ${failure.reason}`);
    case 'credentials':
      return text(`${failure.fault}`);
    case 'phase1-ended':
      return text('phase 2: phase 1 ended before it was done');
    case 'no-proposal-chosen':
      return text('phase 2: nothing that the peer offered will do', quickModeTable(failure));
    case 'wrong-answer':
      return text(`phase 2: the answer is none to what we offered: ${failure.reason}`);
    case 'nothing-to-offer':
      return text(`phase 2: there is nothing to offer: ${failure.reason}`);
    case 'no-quick-mode-policy':
      return text(
        `phase 2: no sainfo is for traffic ${trafficText(failure.wanted)}`,
        failure.nearMisses.length === 0
          ? ['there is none at all']
          : failure.nearMisses
              .slice(0, MOST_PLACES)
              .map(({ policy, differs }) => `${lineText(policy.at)}: ${OTHER[differs]}`),
      );
    case 'no-inbound-policy':
      return text(`phase 2: no inbound policy protects traffic ${trafficText(failure.wanted)}`, [
        ...failure.nearMisses
          .slice(0, MOST_PLACES)
          .map(({ policy, differs }) => `${trafficText(policy.selector)}: other ${differs}`),
        'Add a policy for it to the SPD, or set generate_policy in the remote.',
      ]);
    case 'no-policy':
      return text(`phase 2: no outbound policy is for traffic ${trafficText(failure.selector)}`);
    case 'backend':
      return text(`the SAs cannot be made: ${failure.reason}`);
  }
}

/** `10.9.0.1/32[any] 10.9.0.2/32[any] tcp`, the local end first. */
function trafficText(selector: Selector): string {
  const { nextLayerProtocol } = selector;
  const protocol = nextLayerProtocol === 'any' ? 'any' : ipProtocolName(nextLayerProtocol);
  return `${formatSelectorAddresses(selector, 'outbound')} ${protocol}`;
}

function noAnswerText({ waitingFor, ignored, mayHaveOtherKey }: NoAnswer): FailureText {
  if (ignored != null) {
    return text(`nothing came that could be taken while waiting for ${waitingFor}: ${ignored}`);
  }
  return text(`the peer did not answer: nothing came while waiting for ${waitingFor}`, [
    mayHaveOtherKey === true
      ? 'It had answered before: who cannot decipher our message is silent, as when the pre-shared keys differ. Its log knows more.'
      : 'Is it up, does it know our address, and do packet filters let UDP ports 500 and 4500 through?',
  ]);
}

function noPeerText({ remote, mode, peers }: NoPeer): FailureText {
  const those = peers.filter(({ isForAddress }) => isForAddress);
  const who = formatUdpAddress(remote);
  if (mode === null || those.length === 0) {
    const all = peers.map(({ peer }) => peer);
    return text(`no remote is for ${who}`, places('these are for others', all));
  }
  const details = places(
    'exchange_mode can be changed',
    those.map(({ peer }) => ({ at: peer.origins.get('exchange_mode') ?? peer.at })),
  );
  return text(`no remote for ${who} has the exchange mode ${mode}`, details);
}

function phase1ProposalText(refused: Phase1ProposalRefused): FailureText {
  const { role, fault } = refused;
  const what =
    role === 'responder'
      ? 'phase 1: nothing that the peer offered will do'
      : 'phase 1: the answer is none to what we offered';
  return text(fault === null ? what : `${what}: ${fault}`, phase1Table(refused));
}

function identityText({ shown, peers }: IdentityRefused): FailureText {
  const at = peers.map((peer) => ({ at: peer.origins.get('peers_identifier') ?? peer.at }));
  return text(
    `the peer calls itself ${shown}, and that is nobody whom we ask for`,
    places('peers_identifier can be changed', at),
  );
}

/** `racoon.conf:12: remote 10.9.0.2`, a line for each, below `title`. */
function places(title: string, those: readonly { readonly at: Origin }[]): readonly string[] {
  if (those.length === 0) return ['there is none at all'];
  const lines = those.slice(0, MOST_PLACES).map(({ at }) => lineText(at));
  const more = those.length - lines.length;
  return [`${title}:`, ...lines, ...(more > 0 ? [`and ${more} more`] : [])];
}

/** `racoon.conf:12: remote 10.9.0.2`. */
function lineText(at: Origin): string {
  const [first = ''] = at.text.split('{');
  return `${placeText(at)}: ${escapedText(first.trim(), LONGEST_LINE)}`;
}

function text(summary: string, details: readonly string[] = []): FailureText {
  return { summary: escapedText(summary, LONGEST_SUMMARY), details };
}

/** What keeps a sainfo from being the one. */
const OTHER: Readonly<Record<PolicyPoint, string>> = {
  remoteid: 'its remoteid is not the ph1id of the remote',
  from: 'it is for another peer (from)',
  local: 'it has another local end, the first',
  remote: 'it has another remote end, the second',
  group: 'it is for users of another group',
};

const MOST_PLACES = 12;
/** In characters. */
const LONGEST_LINE = 80;
const LONGEST_SUMMARY = 600;

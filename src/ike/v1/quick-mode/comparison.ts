/**
 * Whether terms that a peer offers will do for us, as `proposal_check` says: which of ours they are, or
 * where they first differ from the nearest.
 *
 * @module
 */
import { DH_GROUPS } from '../../../crypto/dh-group.ts';
import type { Lifetime } from '../../../ipsec/lifetime.ts';
import type { IpsecProtocol } from '../../../ipsec/policy.ts';
import type { Origin } from '../../origin.ts';
import type { ProposalCheck } from '../../peer.ts';
import type { Protection } from '../../protection.ts';
import type { QuickModePolicy } from '../../quick-mode-policy.ts';
import { usualKeyBits } from '../phase1/attribute-value.ts';
import { authenticationName, nonceBits, transformName } from './doi-numbers.ts';
import type { OwnTerms } from './own-terms.ts';
import { type Difference, groupName, lifetimeText, POINTS, type Point } from './proposal-table.ts';
import type { Terms } from './terms.ts';

/** What we take of what was offered. */
export interface Match {
  readonly kind: 'match';
  readonly protection: Protection;
  readonly lifetime: Lifetime;
  /** Whether the lifetime is ours, since the peer's is longer. */
  readonly shortened: boolean;
}

/** Compares what a peer offers for a layer with all that we have for it. */
export function compareTerms(
  offered: Terms,
  own: readonly OwnTerms[],
  policy: QuickModePolicy,
  check: ProposalCheck,
): Match | Difference {
  let nearest: Difference | null = null;
  for (const each of own) {
    const found = compareWith(offered, each, policy, check);
    if ('kind' in found) return found;
    if (nearest === null || POINTS.indexOf(found.what) > POINTS.indexOf(nearest.what)) {
      nearest = found;
    }
  }
  const offeredName = 'a transform';
  return nearest ?? { what: 'algorithm', offered: offeredName, accepted: 'none', at: policy.at };
}

function compareWith(
  offered: Terms,
  { protection, terms }: OwnTerms,
  policy: QuickModePolicy,
  check: ProposalCheck,
): Match | Difference {
  const { protocol } = protection;
  const differs = (point: Point, theirs: string, ours: string): Difference => ({
    what: point,
    offered: theirs,
    accepted: ours,
    at: originOf(point, protocol, policy),
  });
  if (offered.transformId !== terms.transformId) {
    const name = (id: number) => transformName(protocol, id);
    return differs('algorithm', name(offered.transformId), name(terms.transformId));
  }
  if (offered.authentication !== terms.authentication) {
    const name = (value: number | null) => (value === null ? 'none' : authenticationName(value));
    return differs('integrity', name(offered.authentication), name(terms.authentication));
  }
  const taken = withKeyOf(offered, protection, check);
  if (typeof taken === 'string') {
    return differs('key length', `${keyLengthOf(offered, protection)} bits`, taken);
  }
  if (offered.mode !== terms.mode) return differs('mode', offered.mode, terms.mode);
  // RFC 3947 §5.1: in UDP where there is a NAT, and not elsewhere
  if (offered.udp !== null && terms.udp === null && protocol !== 'ah') {
    return differs('encapsulation', 'UDP', 'none: no NAT is in between');
  }
  if (offered.extendedSequenceNumbers && protocol === 'ipcomp') {
    return differs('sequence numbers', 'of 64 bits', 'none');
  }
  const group = acceptedGroup(offered.group, terms.group, check);
  if (group !== null) return differs('pfs group', groupName(offered.group), group);
  const lifetime = agreedLifetime(offered.lifetime, terms.lifetime, check);
  if (lifetime === null) {
    const most = lifetimeText(terms.lifetime);
    const ours = check === 'exact' ? most : `${most} or less`;
    return differs('lifetime', lifetimeText(offered.lifetime), ours);
  }
  const shortened = lifetime.seconds !== offered.lifetime.seconds;
  return { kind: 'match', protection: taken, lifetime, shortened };
}

/** `protection` with the key length that is offered; or what would be accepted instead. */
function withKeyOf(
  offered: Terms,
  protection: Protection,
  check: ProposalCheck,
): Protection | string {
  if (protection.protocol !== 'esp') {
    return offered.keyLength === null ? protection : 'none';
  }
  const { algorithm } = protection;
  const keyBits = keyLengthOf(offered, protection) + nonceBits(algorithm);
  if (keyBits === protection.keyBits) return protection;
  const least = protection.keyBits - nonceBits(algorithm);
  if (check === 'exact') return `${least} bits`;
  if (keyBits < protection.keyBits && check !== 'obey') return `${least} bits or more`;
  return algorithm.keyBits.includes(keyBits) ? { ...protection, keyBits } : `${least} bits`;
}

/** The Key Length attribute; without it the length that the cipher has, or usually has. */
function keyLengthOf({ keyLength }: Terms, protection: Protection): number {
  if (keyLength !== null) return keyLength;
  if (protection.protocol !== 'esp') return 0;
  // RFC 3602 §5.3 wants the length of AES to be said; old peers that do not say it mean the usual one.
  return usualKeyBits(protection.algorithm) - nonceBits(protection.algorithm);
}

/** What is accepted instead of the group `offered`; `null` when that is. */
function acceptedGroup(
  offered: number | null,
  own: number | null,
  check: ProposalCheck,
): string | null {
  const isKnown = offered === null || DH_GROUPS.some(({ number }) => number === offered);
  if (offered === own) return null;
  const takesAny = check === 'obey' || (check !== 'exact' && own === null);
  if (!takesAny) return groupName(own);
  return isKnown ? null : 'a group that we know';
}

/** The lifetime to use; `null` when there is none that both accept. */
function agreedLifetime(offered: Lifetime, own: Lifetime, check: ProposalCheck): Lifetime | null {
  switch (check) {
    case 'obey':
      return offered;
    case 'strict':
      return offered.seconds <= own.seconds ? offered : null;
    case 'claim':
      return { ...offered, seconds: Math.min(offered.seconds, own.seconds) };
    case 'exact':
      return offered.seconds === own.seconds && offered.octets === own.octets ? offered : null;
  }
}

/** Where ours was written; the SPD has the modes, and nobody wrote down what IKE does by itself. */
function originOf(point: Point, protocol: IpsecProtocol, policy: QuickModePolicy): Origin | null {
  const statement = STATEMENTS[point]?.[protocol];
  return statement === undefined ? null : (policy.origins.get(statement) ?? policy.at);
}

const ALIKE = (statement: string) => ({ esp: statement, ah: statement, ipcomp: statement });

/** The statements of a `sainfo` that say what is accepted at each point. */
const STATEMENTS: Readonly<Partial<Record<Point, Readonly<Record<IpsecProtocol, string>>>>> = {
  algorithm: {
    esp: 'encryption_algorithm',
    ah: 'authentication_algorithm',
    ipcomp: 'compression_algorithm',
  },
  integrity: ALIKE('authentication_algorithm'),
  'key length': ALIKE('encryption_algorithm'),
  'pfs group': ALIKE('pfs_group'),
  lifetime: ALIKE('lifetime'),
};

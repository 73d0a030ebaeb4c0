/**
 * What an SA or a policy has that the setkey language has no words for, so that its statement
 * (`config/setkey/statement-text.ts`) makes something else or nothing.
 *
 * @module
 */

import { FIRST_OWN_REQID } from '../../src/config/setkey/compile-context.ts';
import type { EncryptionAlgorithm, IntegrityAlgorithm } from '../../src/crypto/algorithm.ts';
import type { Change } from '../../src/ipsec/change.ts';
import type { Policy, PolicyId, Template } from '../../src/ipsec/policy.ts';
import type { SaParameters } from '../../src/ipsec/sa-parameters.ts';
import type { SecurityContext } from '../../src/ipsec/security-context.ts';
import { hasPorts, ipProtocolName } from '../../src/net/ip-protocol.ts';
import { formatPortRange, isAnyPort, type PortRange } from '../../src/net/port-range.ts';

/**
 * What the statement of `change` cannot say, each as a noun with its article; empty when reading the
 * statement makes `change` again. For changes that make sense (`ipsec/validity.ts`).
 */
export function unsaid(change: Change): readonly string[] {
  switch (change.kind) {
    case 'add-sa':
      return unsaidOfSa(change.sa);
    case 'add-policy':
    case 'update-policy':
      return [...unsaidOfId(change.policy), ...unsaidOfAction(change.policy)];
    case 'delete-policy':
      return unsaidOfId(change.policy);
    case 'delete-sa':
    case 'delete-sas-between':
    case 'flush-sas':
    case 'flush-policies':
      return [];
  }
}

function unsaidOfSa(sa: SaParameters): readonly string[] {
  const { encryption, integrity, extendedSequenceNumbers, securityContext } = sa;
  const { softLifetime, hardLifetime } = sa;
  const nouns = [...unsaidOfContext(securityContext)];
  if (encryption !== null) nouns.push(...unsaidOfName(encryption.algorithm));
  if (integrity !== null) nouns.push(...unsaidOfName(integrity.algorithm));
  if (extendedSequenceNumbers) nouns.push('the extended sequence numbers');
  if (softLifetime.packets > 0) nouns.push('the soft lifetime in packets');
  if (hardLifetime.packets > 0) nouns.push('the hard lifetime in packets');
  return nouns;
}

function unsaidOfName({
  name,
  setkey,
}: EncryptionAlgorithm | IntegrityAlgorithm): readonly string[] {
  return setkey.length === 0 ? [`the algorithm ${name}`] : [];
}

function unsaidOfId({ selector }: PolicyId): readonly string[] {
  const { nextLayerProtocol: next, message, greKey, securityContext } = selector;
  const nouns = [selector.localPort, selector.remotePort].flatMap((port) =>
    isSaid(port, next) ? [] : [`the ports ${formatPortRange(port)}`],
  );
  // 0 and 255 are words for any
  if (next === 0 || next === 255) nouns.push(`the protocol ${ipProtocolName(next)}`);
  if (message?.type === 0) nouns.push('the message type 0');
  if (message?.code === 0) nouns.push('the message code 0');
  if (greKey === 0) nouns.push('the key 0');
  return [...nouns, ...unsaidOfContext(securityContext)];
}

/** Whether the language can name `port`: one at a time, of protocols that have ports, and not 0. */
function isSaid(port: PortRange, protocol: number | 'any'): boolean {
  if (isAnyPort(port)) return true;
  if (protocol !== 'any' && !hasPorts(protocol)) return false;
  return port.first === port.last && port.first !== 0;
}

function unsaidOfAction({ action }: Policy): readonly string[] {
  return action.kind === 'protect' ? action.templates.flatMap(unsaidOfTemplate) : [];
}

/** `use` has no number, and one that `unique` takes of itself is another each time. */
function unsaidOfTemplate({ level, reqid }: Template): readonly string[] {
  const isOwn = level === 'require' && reqid < FIRST_OWN_REQID;
  return reqid === 0 || isOwn ? [] : [`the number ${reqid} behind ${level}`];
}

function unsaidOfContext(context: SecurityContext | null): readonly string[] {
  return context?.label.includes('"') ? ['the quote in a security label'] : [];
}

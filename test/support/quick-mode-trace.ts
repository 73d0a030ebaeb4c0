/**
 * Quick mode as racoon 0.8.2 logged it: what was offered and answered, and the SAs that came of it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Malformed } from '../../src/octets/malformed.ts';
import { PROTOCOL_ID } from '../../src/wire/ikev1/ipsec-doi.ts';
import {
  parseSecurityAssociation,
  type SecurityAssociation,
} from '../../src/wire/ikev1/security-association.ts';
import { type IkeTrace, traced, traceFolder } from './ike-trace.ts';

/** The bodies of the first quick mode of `trace`. */
export interface QuickModeTrace {
  readonly offer: Uint8Array;
  readonly answer: Uint8Array;
  readonly IDci: Uint8Array;
  readonly IDcr: Uint8Array;
}

/** What the host that began the negotiation logged of it. */
export function quickModeOf(trace: IkeTrace): QuickModeTrace {
  const [offer, answer] = trace.entries
    .filter(({ label, octets }) => label.startsWith('total SA len=') && isOfQuickMode(octets))
    .map(({ octets }) => octets);
  const [IDci] = traced(trace, 'IDci:');
  const [IDcr] = traced(trace, 'IDcr:');
  if (!offer || !answer || !IDci || !IDcr) throw new TypeError(`${trace.name} has no quick mode`);
  return { offer, answer, IDci, IDcr };
}

/** The SA payload in `body`. */
export function saOf(body: Uint8Array): SecurityAssociation {
  const sa = parseSecurityAssociation(body);
  if (sa instanceof Malformed || sa.kind !== 'security-association') {
    throw new TypeError(`Cannot read an SA payload: ${sa}`);
  }
  return sa;
}

/** The text of a file of `trace`: `A.racoon.conf`, `A.D.txt`. */
export function traceFile({ name }: IkeTrace, file: string): string {
  return readFileSync(join(traceFolder() ?? '', `${name}.${file}`), 'utf8');
}

function isOfQuickMode(body: Uint8Array): boolean {
  return saOf(body).proposals.every(({ protocolId }) => protocolId !== PROTOCOL_ID.ISAKMP);
}

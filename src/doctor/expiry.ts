/**
 * SAs that are about to end, or to be used up.
 *
 * @module
 */
import type { Instant, SaRecord } from '../ipsec/record.ts';
import { formatSaId } from '../ipsec/sa-parameters.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

/** Of each limit; beyond it, it is time to act. */
const MOST_USED = 0.9;
const SEQUENCE_NUMBERS = 2 ** 32;
const PROOF = 'setkey -D';
const FIX =
  'have both hosts load new keys: an SA of another SPI beside it, and then delete this one';

export function examineExpiry({ sas, now }: Facts): Finding[] {
  const found = sas.flatMap((sa) => findingsAbout(sa, now));
  if (found.length > 0 || sas.length === 0) return found;
  const says = 'No SA is about to end.';
  return [{ check: 'expiry', status: 'ok', says, proof: PROOF, fix: null }];
}

function findingsAbout(record: SaRecord, now: Instant): Finding[] {
  const { parameters: sa, addedAt, sequenceNumber, state } = record;
  const common = { check: 'expiry', proof: PROOF, fix: FIX };
  const name = `The SA ${formatSaId(sa)}`;
  if (state === 'dead') {
    return [{ ...common, status: 'problem', says: `${name} is past its lifetime.` }];
  }
  const found: Finding[] = [];
  const { seconds } = sa.hardLifetime;
  const age = (now - addedAt) / 1000;
  if (seconds > 0 && age > seconds * MOST_USED) {
    const left = Math.max(0, Math.round(seconds - age));
    found.push({ ...common, status: 'warning', says: `${name} ends in ${left} seconds.` });
  }
  for (const unit of ['octets', 'packets'] as const) {
    const [most, used] = [sa.hardLifetime[unit], record[unit]];
    if (most > 0 && used > most * MOST_USED) {
      const says = `${name} ends after ${Math.max(0, most - used)} more ${unit}.`;
      found.push({ ...common, status: 'warning', says });
    }
  }
  if (!sa.extendedSequenceNumbers && sequenceNumber > SEQUENCE_NUMBERS * MOST_USED) {
    const left = SEQUENCE_NUMBERS - 1 - sequenceNumber;
    const says = `${name} has ${left} sequence numbers left, after which nothing is sent (RFC 4303 §3.3.3).`;
    found.push({ ...common, status: 'warning', says });
  }
  return found;
}

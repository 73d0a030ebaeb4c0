/**
 * The SAD and the SPD of a host, set up from what a backend or a file tells of them: the same databases
 * as the data path looks into, with SAs that never see a packet.
 *
 * @module
 */
import type { CryptoProvider } from '../../crypto/context.ts';
import { nodeProvider } from '../../crypto/node-provider.ts';
import { Databases } from '../databases.ts';
import { LarvalSa } from '../larval-sa.ts';
import type { Policy } from '../policy.ts';
import type { Instant, PolicyRecord, SaRecord } from '../record.ts';
import { UNUSED } from '../record.ts';
import { Sa } from '../sa.ts';
import type { SaParameters } from '../sa-parameters.ts';
import type { SadEntry } from '../sad.ts';
import type { Direction } from '../selector.ts';
import { SpdEntry } from '../spd-entry.ts';

/** What there is to ask, newest first, as a backend tells it. */
export interface Records {
  readonly sas: readonly SaRecord[];
  readonly policies: readonly PolicyRecord[];
}

/** An SA of a file: its parameters, and the last sequence number sent or received. */
export interface ToldSa {
  readonly sa: SaParameters;
  readonly sequenceNumber: number;
}

/** What files tell, oldest first, as the records of a host that did nothing else since `now`. */
export function recordsOf(
  sas: readonly ToldSa[],
  policies: readonly Policy[],
  now: Instant,
): Records {
  const made = sas.map(({ sa, sequenceNumber }) => {
    return { parameters: sa, state: 'mature' as const, addedAt: now, ...UNUSED, sequenceNumber };
  });
  const entries = policies.map((policy, at) => {
    return { policy, index: at + 1, addedAt: now, usedAt: null };
  });
  return { sas: made.reverse(), policies: entries.reverse() };
}

/** Databases with the SAs of `records`, and the policies that look one of `directions`. */
export function databasesOf(
  { sas, policies }: Records,
  directions: readonly Direction[],
): Databases {
  const crypto = nodeProvider({ octets: new Uint8Array(0) });
  const databases = new Databases(crypto);
  for (const record of sas.toReversed()) databases.sad.add(restored(record, crypto));
  for (const { policy, index, addedAt } of policies.toReversed()) {
    if (!directions.includes(policy.direction)) continue;
    // Linux asks its security module about these; what a packet looks like does not tell.
    if (policy.selector.securityContext !== null) continue;
    databases.spd.add(new SpdEntry(policy, index, addedAt));
  }
  return databases;
}

function restored(record: SaRecord, crypto: CryptoProvider): SadEntry {
  const { parameters, state, addedAt, octets, sequenceNumber } = record;
  if (state === 'larval') return new LarvalSa(parameters, addedAt);
  const sa = new Sa(parameters, crypto, addedAt, { sent: sequenceNumber, received: 0 });
  sa.use(octets, addedAt);
  return sa;
}

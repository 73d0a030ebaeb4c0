/**
 * `ipseal explain`: what happens to a packet from one address to another, and to the reply: which
 * policy is about it, which SAs protect it, how it looks on the wire, and why it is dropped.
 *
 * @module
 */
import { now } from '../../../io/clock.ts';
import type { WireQuestion } from '../../../ipsec/explanation/departure.ts';
import { type Explanation, explain, type Role } from '../../../ipsec/explanation/explain.ts';
import { leastLength } from '../../../ipsec/explanation/flow.ts';
import { LONGEST_PACKET } from '../../../ipsec/packet.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { UsageError } from '../../getopt.ts';
import { printPieces } from '../../print.ts';
import { lookUpNames } from '../../setkey/names.ts';
import { type FlowWords, hostNamesIn, readFlow } from './flow-words.ts';
import { explanationToJson } from './json.ts';
import { type TableSources, takeTables } from './tables.ts';
import { explanationLines } from './words.ts';

export interface ExplainOptions extends TableSources {
  readonly direction?: string;
  readonly mtu?: string;
  readonly length?: string;
  readonly json?: boolean;
}

/** The exit status where the packet is dropped. */
const DROPPED_STATUS = 3;
/** The exit status where it passes in the clear and something would rather have it protected. */
const EXPOSED_STATUS = 4;

/** Of a link that nobody knows more about (Ethernet). */
const USUAL_MTU = 1500;
const LEAST_MTU = 68;
/** Octets of payload in the small packet that is shown of what is not TCP: as ping has them. */
const SMALL_PAYLOAD = 56;

/** Prints the explanation; resolves with the exit status. */
export async function explainFlow(words: FlowWords, options: ExplainOptions): Promise<number> {
  const mtu = options.mtu === undefined ? null : sizeOf('--mtu', options.mtu);
  const length = options.length === undefined ? null : sizeOf('--length', options.length);
  const told = options.direction === undefined ? null : roleOf(options.direction);
  const wanted = { hosts: hostNamesIn(words), services: words.ports !== null };
  const flow = readFlow(words, await lookUpNames(wanted));
  const tables = await takeTables(options);
  try {
    const { records, rules } = tables;
    const explanation = explain({
      ...{ flow, records, rules, now: now(), role: told ?? tables.roleOf(flow) },
      linkMtu: (destination) => mtu ?? tables.linkMtu(destination) ?? USUAL_MTU,
      lengths: lengthsToShow(length),
    });
    const lines = options.json
      ? [JSON.stringify(explanationToJson(explanation))]
      : explanationLines(explanation);
    await printPieces(
      process.stdout,
      lines.map((line) => `${line}\n`),
    );
    return statusOf(explanation);
  } finally {
    tables.close();
  }
}

/** A small packet, or one of the length asked for, and the largest that fits. */
function lengthsToShow(asked: number | null): WireQuestion['lengths'] {
  return (flow, mtu) => {
    const least = leastLength(flow);
    const usual = flow.protocol === IP_PROTOCOL.tcp ? least : least + SMALL_PAYLOAD;
    const small = Math.max(least, asked ?? usual);
    return mtu > small ? [small, mtu] : [small];
  };
}

/** Of the packet that was asked about; what becomes of the reply is told. */
function statusOf({ there, exposed }: Explanation): number {
  if (there.outcome === 'discarded') return DROPPED_STATUS;
  return exposed ? EXPOSED_STATUS : 0;
}

function sizeOf(option: string, text: string): number {
  const size = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (size >= LEAST_MTU && size <= LONGEST_PACKET) return size;
  throw new UsageError(`${option} is in octets, ${LEAST_MTU} to ${LONGEST_PACKET}, not "${text}"`);
}

function roleOf(word: string): Role {
  const role = ROLES.get(word);
  if (role !== undefined) return role;
  throw new UsageError(`--direction is ${[...ROLES.keys()].join(', ')}, not "${word}"`);
}

/** As setkey calls the directions of policies. */
const ROLES: ReadonlyMap<string, Role> = new Map([
  ['out', 'outbound'],
  ['in', 'inbound'],
  ['fwd', 'forward'],
]);

/**
 * An observation as a line: what tcpdump writes of the packet, of the one inside behind a colon, and
 * in brackets what is not as it should be.
 *
 *   IP 10.9.0.1 > 10.9.0.2: ESP(spi=0x00000201,seq=0x4), length 116: IP 10.1.0.1 > 10.2.0.1: ICMP
 *   echo request, id 1, seq 1, length 64 [2 missing] [mismatch: out 10.1.0.0/16[any] ...]
 *
 * @module
 */
import { formatLine } from './line.ts';
import { type LineStyle, PLAIN } from './line-style.ts';
import type { Observation } from './observation.ts';
import type { Protection } from './protection.ts';
import { formatVerdict, type Verdict } from './verdict.ts';

/** The line for `observation`, without its end. */
export function formatObservation(observation: Observation, style: LineStyle = PLAIN): string {
  const remarks = formatRemarks(observation) + formatVerdictRemark(observation.verdict);
  return formatLayers(observation, style) + remarks;
}

/** The line of the layers, within one another, without remarks. */
function formatLayers({ layer, inner }: Observation, style: LineStyle): string {
  const line = formatLine(layer, style);
  if (inner === null) return line;
  // What is inside has no link layer.
  return `${line}: ${formatLayers(inner, style.link ? { ...style, link: false } : style)}`;
}

/** What is to be remarked: ` [icv bad]`; empty when all is well. */
function formatRemarks(observation: Observation): string {
  let remarks = '';
  for (let at: Observation | null = observation; at !== null; at = at.inner) {
    for (const protection of at.protections) remarks += remarkOf(protection);
  }
  return remarks;
}

/** ` [leak: ...]`; empty where packets are as they should be, or nobody asked. */
function formatVerdictRemark(verdict: Verdict | null): string {
  if (verdict === null || verdict.kind === 'protected' || verdict.kind === 'allowed') return '';
  return ` [${formatVerdict(verdict)}]`;
}

function remarkOf({ icv, obstacle, arrival, sa }: Protection): string {
  if (icv === 'bad') return ' [icv bad]';
  if (obstacle === 'wrong-padding') return ' [wrong key?]';
  switch (arrival) {
    case 'gap':
      return ` [missing before: ${sa?.track.lastGap ?? 0}]`;
    case 'late':
    case 'replay':
      return ` [${arrival}]`;
    case 'old':
      return ' [late or replay]';
    case 'first':
    case 'next':
    case null:
      return '';
  }
}

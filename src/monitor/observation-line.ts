/**
 * An observation as a line: what tcpdump writes of the packet, of the one inside behind a colon, and
 * in brackets what is not as it should be.
 *
 *   IP 10.9.0.1 > 10.9.0.2: ESP(spi=0x00000201,seq=0x4), length 116: IP 10.1.0.1 > 10.2.0.1: ICMP
 *   echo request, id 1, seq 1, length 64 [2 missing] [mismatch: out 10.1.0.0/16[any] ...]
 *
 * @module
 */
import { phrase, type TextWriter } from '../octets/text-writer.ts';
import { writeLine } from './line.ts';
import type { LineStyle } from './line-style.ts';
import type { Observation } from './observation.ts';
import type { Protection } from './protection.ts';
import { formatVerdict, type Verdict } from './verdict.ts';

/** Writes the line for `observation`, without its end. */
export function writeObservation(
  out: TextWriter,
  observation: Observation,
  style: LineStyle,
): void {
  writeLayers(out, observation, style);
  for (let at: Observation | null = observation; at !== null; at = at.inner) {
    for (const protection of at.protections) writeRemark(out, protection);
  }
  writeVerdict(out, observation.verdict);
}

/** The line of the layers, within one another, without remarks. */
function writeLayers(out: TextWriter, { layer, inner }: Observation, style: LineStyle): void {
  writeLine(out, layer, style);
  if (inner === null) return;
  out.phrase(COLON);
  // What is inside has no link layer.
  writeLayers(out, inner, style.link ? { ...style, link: false } : style);
}

/** ` [leak: ...]`; nothing where packets are as they should be, or nobody asked. */
function writeVerdict(out: TextWriter, verdict: Verdict | null): void {
  if (verdict === null || verdict.kind === 'protected' || verdict.kind === 'allowed') return;
  out.text(` [${formatVerdict(verdict)}]`);
}

/** ` [icv bad]`; nothing where all is well. */
function writeRemark(out: TextWriter, protection: Protection): void {
  const remark = remarkOf(protection);
  if (remark !== null) out.text(` [${remark}]`);
}

function remarkOf({ icv, obstacle, arrival, sa }: Protection): string | null {
  if (icv === 'bad') return 'icv bad';
  if (obstacle === 'wrong-padding') return 'wrong key?';
  switch (arrival) {
    case 'gap':
      return `missing before: ${sa?.track.lastGap ?? 0}`;
    case 'late':
    case 'replay':
      return arrival;
    case 'old':
      return 'late or replay';
    case 'first':
    case 'next':
    case null:
      return null;
  }
}

const COLON = phrase(': ');

/**
 * `racoonctl status`: ISAKMP SAs and what came of them, for people or for programs.
 *
 * @module
 */

import { formatUdpAddress } from '../../ike/path.ts';
import { now } from '../../io/clock.ts';
import { formatSpi } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress, sameAddress } from '../../net/ip-address.ts';
import { printPieces } from '../print.ts';
import type { ShownPhase1 } from '../racoon/admin/protocol.ts';
import type { Work } from './action.ts';
import { isoTime, phase1ToJson } from './json.ts';
import { parseAddress } from './sa-words.ts';

/** What `status` was asked for. */
export interface StatusRequest {
  readonly json: boolean;
  /** Phase 2, too. */
  readonly verbose: boolean;
  /** `null` is all. */
  readonly peer: string | null;
}

/** Of the objects with `-f json`; fields may be added. */
const SCHEMA_VERSION = '2.0';

/** Tells how racoon is. Throws `WrongWords` where the peer is no address. */
export function showStatus({ json, verbose, peer }: StatusRequest): Work {
  const wanted = peer === null ? null : parseAddress(peer);
  return async (racoon) => {
    const all = await racoon.ask({ op: 'status' });
    const shown = all.filter(
      ({ remote }) => wanted === null || sameAddress(remote.address, wanted),
    );
    const timestamp = isoTime(now());
    const text = json
      ? `${JSON.stringify({ schema_version: SCHEMA_VERSION, timestamp, phase1: shown.map(phase1ToJson) })}\n`
      : statusText(shown, verbose, timestamp);
    await printPieces(process.stdout, [text]);
    return 0;
  };
}

/** For people. */
function statusText(all: readonly ShownPhase1[], verbose: boolean, timestamp: string): string {
  const lines = [`racoon status at ${timestamp}`, ''];
  if (all.length === 0) lines.push('(no phase 1 SAs)');
  lines.push(...all.flatMap(phase1Lines));
  if (verbose) {
    const phase2 = all.flatMap(phase2Lines);
    if (phase2.length === 0) lines.push('(no phase 2 SAs)');
    lines.push(...phase2);
  }
  return `${[...lines, ''].join('\n')}\n`;
}

function phase1Lines(phase1: ShownPhase1): string[] {
  const { local, remote, cookies, role, mode, state, establishedAt, expiresAt } = phase1;
  const times = [
    ...(establishedAt === null ? [] : [`since ${isoTime(establishedAt)}`]),
    ...(expiresAt === null ? [] : [`until ${isoTime(expiresAt)}`]),
  ];
  const who = [phase1.remoteIdentity, phase1.user].filter((name) => name !== null);
  return [
    `phase 1  ${formatUdpAddress(local)} -> ${formatUdpAddress(remote)}  ${cookies}`,
    `  ${[state, role, `${mode} mode`, ...times].join(', ')}`,
    ...(phase1.name === null ? [] : [`  remote ${phase1.name}`]),
    ...(who.length === 0 ? [] : [`  peer ${who.join(', user ')}`]),
  ];
}

function phase2Lines({ local, remote, phase2 }: ShownPhase1): string[] {
  return phase2.flatMap(({ messageId, role, state, sas }) => [
    `phase 2  ${formatUdpAddress(local)} -> ${formatUdpAddress(remote)}  ${formatSpi(messageId)}`,
    `  ${state}, ${role}`,
    ...sas.map(
      ({ protocol, spi, destination }) =>
        `  ${protocol} ${formatSpi(spi)} to ${formatIpAddress(destination)}`,
    ),
  ]);
}

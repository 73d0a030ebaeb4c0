/**
 * The table of `racoonctl show-sa isakmp`. Scripts read it: every blank counts.
 *
 * @module
 */
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import type { ShownPhase1 } from '../racoon/admin/protocol.ts';
import { formatLocalTime } from '../racoon/log-line.ts';

const SHORT_COLUMN = 22;
const LONG_COLUMN = 45;
/** Of IKEv1, in hexadecimal digits. */
const VERSION = '10';
const TIME_LENGTH = 19;

/** The table, line by line. `detail` is how often `-l` was given. */
export function isakmpTable(all: readonly ShownPhase1[], detail: number): readonly string[] {
  return [header(detail), ...all.map((phase1) => row(phase1, detail))];
}

function header(detail: number): string {
  const cookies = 'Cookies'.padEnd(2 * 16 + 1);
  const destination = 'Destination'.padEnd(detail > 1 ? LONG_COLUMN : SHORT_COLUMN);
  const source = detail > 1 ? `${'Source'.padEnd(LONG_COLUMN)} ` : '';
  const rest = detail > 0 ? 'ST S  V E Created             Phase2' : 'Created';
  return `${source}${destination} ${cookies} ${rest}`;
}

function row(phase1: ShownPhase1, detail: number): string {
  const { local, remote, cookies, role, mode, establishedAt, phase2 } = phase1;
  const width = detail > 1 ? LONG_COLUMN : SHORT_COLUMN;
  const source = detail > 1 ? `${end(local).padEnd(width)} ` : '';
  const start = `${source}${end(remote).padEnd(width)} ${cookies}`;
  const created = (establishedAt === null ? '' : formatLocalTime(establishedAt)).padEnd(
    TIME_LENGTH,
  );
  if (detail === 0) return `${start} ${created} `;
  const state = `${stateNumber(phase1)}`.padStart(2);
  const side = role === 'initiator' ? 'I' : 'R';
  const count = `${phase2.length}`.padStart(6);
  return `${start} ${state} ${side} ${VERSION} ${MODE[mode]} ${created} ${count} `;
}

/** `10.9.0.2.500` */
function end({ address, port }: { readonly address: IpAddress; readonly port: number }): string {
  return `${formatIpAddress(address)}.${port}`;
}

/**
 * How racoon counted: 1 before anything was sent; then twice the number of the message that was received
 * last, or one more than twice that of the one that was sent. Our first is the first if we began.
 */
function stateNumber({ state, role, sent, received }: ShownPhase1): number {
  if (state !== 'negotiating') return FINAL_STATE[state];
  const isLastReceived = role === 'initiator' ? received >= sent : received > sent;
  const number = isLastReceived ? 2 * (received + (role === 'initiator' ? 1 : 0)) : 2 * sent + 1;
  return sent + received === 0 ? 1 : Math.min(number, LAST_STEP);
}

const LAST_STEP = 8;
const FINAL_STATE = { established: 9, dying: 10, expired: 11 } as const;
const MODE = { main: 'M', aggressive: 'A', base: 'B' } as const;

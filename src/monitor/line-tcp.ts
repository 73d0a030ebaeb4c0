/**
 * What tcpdump writes of a TCP segment after the ports: flags, numbers, options (RFC 9293 §3.1).
 *
 * @module
 */
import { toHex } from '../octets/hex.ts';
import { u8, u16, u32 } from '../octets/octets.ts';
import { TCP_FLAG, TCP_OPTION } from '../wire/tcp.ts';
import type { TcpLayer, TcpOption } from './layer.ts';

/**
 * `Flags [S.], seq 1, ack 2, win 64240, options [mss 1460], length 0`, with `checksum` after the
 * flags.
 */
export function tcpLine(layer: TcpLayer, checksum: string, verbosity: number): string {
  const { flags, sequenceNumber, length, headerLength } = layer;
  const dataLength = length - headerLength;
  const words = [`Flags [${flagLetters(flags)}]${checksum}`];
  if (dataLength > 0) {
    words.push(`seq ${sequenceNumber}:${(sequenceNumber + dataLength) % 2 ** 32}`);
  } else if (verbosity > 1 || flags & (TCP_FLAG.FIN | TCP_FLAG.SYN | TCP_FLAG.RST)) {
    words.push(`seq ${sequenceNumber}`);
  }
  if (flags & TCP_FLAG.ACK) words.push(`ack ${layer.acknowledgmentNumber}`);
  words.push(`win ${layer.window}`);
  if (flags & TCP_FLAG.URG) words.push(`urg ${layer.urgentPointer}`);
  if (headerLength > 20) {
    const options = layer.options.map(optionWord);
    if (layer.optionsEnd === 'truncated') {
      return [...words, `options [${[...options, ' [|tcp]'].join(',')}`].join(', ');
    }
    if (layer.optionsEnd === 'malformed') {
      return [...words, `options [${[...options, '[bad opt]'].join(',')}]`].join(', ');
    }
    words.push(`options [${options.join(',')}]`);
  }
  return [...words, `length ${dataLength}`].join(', ');
}

function flagLetters(flags: number): string {
  const letters = LETTERS.filter(([flag]) => flags & flag).map(([, letter]) => letter);
  return letters.length === 0 ? 'none' : letters.join('');
}

function optionWord({ kind, data }: TcpOption): string {
  const expected = LENGTHS.get(kind);
  if (expected !== undefined && data.length !== expected) {
    return `${NAMES.get(kind) ?? kind}[len ${data.length + 2}]`;
  }
  switch (kind) {
    case TCP_OPTION.MAXIMUM_SEGMENT_SIZE:
      return `mss ${u16(data, 0)}`;
    case TCP_OPTION.WINDOW_SCALE:
      return `wscale ${u8(data, 0)}`;
    case TCP_OPTION.TIMESTAMPS:
      return `TS val ${u32(data, 0)} ecr ${u32(data, 4)}`;
    case TCP_OPTION.SACK:
      return sackWord(data);
    default:
      return NAMES.get(kind) ?? `unknown-${kind}${data.length > 0 ? ` 0x${toHex(data)}` : ''}`;
  }
}

function sackWord(data: Uint8Array): string {
  if (data.length % 8 !== 0) return 'sack invalid sack';
  let blocks = '';
  for (let at = 0; at < data.length; at += 8) blocks += `{${u32(data, at)}:${u32(data, at + 4)}}`;
  return `sack ${data.length / 8} ${blocks}`;
}

/** In the order in which tcpdump writes them. */
const LETTERS: readonly (readonly [number, string])[] = [
  [TCP_FLAG.FIN, 'F'],
  [TCP_FLAG.SYN, 'S'],
  [TCP_FLAG.RST, 'R'],
  [TCP_FLAG.PSH, 'P'],
  [TCP_FLAG.ACK, '.'],
  [TCP_FLAG.URG, 'U'],
  [TCP_FLAG.ECE, 'E'],
  [TCP_FLAG.CWR, 'W'],
];

const NAMES: ReadonlyMap<number, string> = new Map([
  [TCP_OPTION.END_OF_OPTION_LIST, 'eol'],
  [TCP_OPTION.NO_OPERATION, 'nop'],
  [TCP_OPTION.MAXIMUM_SEGMENT_SIZE, 'mss'],
  [TCP_OPTION.WINDOW_SCALE, 'wscale'],
  [TCP_OPTION.SACK_PERMITTED, 'sackOK'],
  [TCP_OPTION.TIMESTAMPS, 'TS'],
]);

/** Octets of data that an option of a fixed length has. */
const LENGTHS: ReadonlyMap<number, number> = new Map([
  [TCP_OPTION.MAXIMUM_SEGMENT_SIZE, 2],
  [TCP_OPTION.WINDOW_SCALE, 1],
  [TCP_OPTION.SACK_PERMITTED, 0],
  [TCP_OPTION.TIMESTAMPS, 8],
]);

/**
 * What tcpdump writes of a TCP segment after the ports: flags, numbers, options (RFC 9293 §3.1).
 *
 * @module
 */
import { toHex } from '../octets/hex.ts';
import { u8, u16, u32 } from '../octets/octets.ts';
import { type Phrase, phrase, type TextWriter } from '../octets/text-writer.ts';
import { TCP_FLAG, TCP_HEADER_LENGTH, TCP_OPTION } from '../wire/tcp.ts';
import type { Ipv4Layer, Ipv6Layer, TcpLayer, TcpOption } from './layer.ts';
import { tcpChecksumWords } from './line-checksum.ts';

/**
 * `Flags [S.], seq 1, ack 2, win 64240, options [mss 1460], length 0`, of a segment in `ip`. With `-v`
 * the checksum is after the flags.
 */
export function writeTcp(
  out: TextWriter,
  layer: TcpLayer,
  ip: Ipv4Layer | Ipv6Layer | null,
  verbosity: number,
): TextWriter {
  const { flags, sequenceNumber, length, headerLength } = layer;
  const dataLength = length - headerLength;
  out.phrase(FLAGS[flags & ALL_FLAGS] ?? NO_FLAGS);
  if (verbosity > 0) out.text(tcpChecksumWords(layer, ip));
  if (dataLength > 0) {
    out.phrase(SEQUENCE).decimal(sequenceNumber);
    out.phrase(UNTIL).decimal((sequenceNumber + dataLength) % 2 ** 32);
  } else if (verbosity > 1 || flags & (TCP_FLAG.FIN | TCP_FLAG.SYN | TCP_FLAG.RST)) {
    out.phrase(SEQUENCE).decimal(sequenceNumber);
  }
  if (flags & TCP_FLAG.ACK) out.phrase(ACKNOWLEDGMENT).decimal(layer.acknowledgmentNumber);
  out.phrase(WINDOW).decimal(layer.window);
  if (flags & TCP_FLAG.URG) out.phrase(URGENT).decimal(layer.urgentPointer);
  if (headerLength > TCP_HEADER_LENGTH && !writeOptions(out, layer)) return out;
  return out.phrase(LENGTH).decimal(dataLength);
}

/** `, options [mss 1460]`; `false` where tcpdump says no more behind them. */
function writeOptions(out: TextWriter, { options, optionsEnd }: TcpLayer): boolean {
  const words = options.map(optionWord);
  if (optionsEnd === 'truncated') words.push(' [|tcp]');
  if (optionsEnd === 'malformed') words.push('[bad opt]');
  out.text(`, options [${words.join(',')}${optionsEnd === 'truncated' ? '' : ']'}`);
  return optionsEnd === 'complete';
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
const ALL_FLAGS = 0xff;
const NO_FLAGS = phrase('Flags [none]');
/** For every combination. */
const FLAGS: readonly Phrase[] = Array.from({ length: ALL_FLAGS + 1 }, (_, flags) => {
  const letters = LETTERS.filter(([flag]) => flags & flag).map(([, letter]) => letter);
  return flags === 0 ? NO_FLAGS : phrase(`Flags [${letters.join('')}]`);
});

const SEQUENCE = phrase(', seq ');
const UNTIL = phrase(':');
const ACKNOWLEDGMENT = phrase(', ack ');
const WINDOW = phrase(', win ');
const URGENT = phrase(', urg ');
const LENGTH = phrase(', length ');

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

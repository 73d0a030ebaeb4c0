/**
 * The programs that alice and bob run: small clients and servers, started in a host's namespace.
 *
 *   traffic.js listen PORT        waits for one connection, prints what came as JSON
 *   traffic.js send HOST PORT     sends standard input
 *   traffic.js ping HOST TEXT     one echo request; status 0 if it was answered
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { LINUX, libc, succeed } from '../../../io/libc.ts';
import { parseIpAddress } from '../../../net/ip-address.ts';
import { IP_PROTOCOL } from '../../../net/ip-protocol.ts';
import { setHostU16, setHostU32 } from '../../../octets/host.ts';
import {
  emitEcho,
  ICMP_HEADER_LENGTH,
  ICMP_TYPE,
  icmpIdentifier,
  icmpType,
} from '../../../wire/icmp.ts';
import { ipv4HeaderLength } from '../../../wire/ipv4.ts';

const PING_LENGTH = 56;
const PING_WAIT_S = 2;

const [task = '', ...words] = process.argv.slice(2);
switch (task) {
  case 'listen':
    listen(Number(words[0]));
    break;
  case 'send':
    send(words[0] ?? '', Number(words[1]));
    break;
  case 'ping':
    process.exitCode = ping(words[0] ?? '', words[1] ?? '') ? 0 : 1;
    break;
  default:
    process.exitCode = 2;
}

function listen(port: number): void {
  const server = createServer((socket) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.once('end', () => {
      process.stdout.write(`${JSON.stringify(Buffer.concat(chunks).toString('utf8'))}\n`);
      socket.end();
      server.close();
    });
  });
  server.listen(port, () => process.stdout.write('ready\n'));
}

function send(host: string, port: number): void {
  const socket = connect({ host, port, timeout: PING_WAIT_S * 1000 });
  socket.once('timeout', () => socket.destroy(new Error('nobody answers')));
  socket.once('error', () => {
    process.exitCode = 1;
  });
  socket.end(readFileSync(0));
}

function ping(host: string, text: string): boolean {
  const destination = parseIpAddress(host);
  if (destination === undefined) return false;
  const doing = 'open a raw ICMP socket';
  const fd = succeed(libc.socket(LINUX.AF_INET, LINUX.SOCK_RAW, IP_PROTOCOL.icmp), doing);
  const wait = new Uint8Array(16);
  setHostU32(wait, 0, PING_WAIT_S);
  libc.setsockopt(fd, LINUX.SOL_SOCKET, LINUX.SO_RCVTIMEO, wait, wait.length);
  const address = new Uint8Array(16);
  setHostU16(address, 0, LINUX.AF_INET);
  address.set(destination.octets, 4);
  libc.connect(fd, address, address.length);
  const identifier = process.pid & 0xffff;
  const payload = new TextEncoder().encode(text.repeat(PING_LENGTH)).subarray(0, PING_LENGTH);
  const request = new Uint8Array(ICMP_HEADER_LENGTH + PING_LENGTH);
  emitEcho(ICMP_TYPE.ECHO_REQUEST, identifier, 1, payload, request, 0);
  libc.send(fd, request, request.length, 0);
  const reply = new Uint8Array(2048);
  for (;;) {
    const length = libc.recvInto(fd, reply, reply.length, 0);
    if (length <= 0) return false;
    const at = ipv4HeaderLength(reply, 0);
    if (icmpType(reply, at) === ICMP_TYPE.ECHO_REPLY && icmpIdentifier(reply, at) === identifier) {
      return true;
    }
  }
}

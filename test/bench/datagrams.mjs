/**
 * A sender of UDP datagrams that costs as little as a sender can, and a receiver that counts them:
 * 64 a system call. iperf3, at one a call, would tell how fast iperf3 is.
 *
 *     node test/bench/datagrams.mjs receive ADDRESS PORT SECONDS       says "ready", then how many a second
 *     node test/bench/datagrams.mjs send ADDRESS PORT SECONDS LENGTH [RATE]
 *                                       LENGTH octets of payload; at most RATE a second, else as fast as it can
 *
 * @module
 */
import koffi from 'koffi';
import { openIpSocket, socketAddress, widenReceiveBuffer } from '../../dist/io/ip-socket.js';
import { LINUX, libc, succeed } from '../../dist/io/libc.js';
import { IOVEC, MSGHDR } from '../../dist/io/message-layout.js';
import { PinnedMemory } from '../../dist/io/pinned-memory.js';
import { parseIpAddress } from '../../dist/net/ip-address.js';
import { setHostU64 } from '../../dist/octets/host.js';

const MESSAGES = 64;
const MMSGHDR_LENGTH = 64;
const LONGEST = 2048;
const F_SETFL = 4;
const SO_RCVTIMEO = 20;
const MSG_WAITFORONE = 0x10000;
/** What is received first does not count: queues are filling. */
const LEAD_SECONDS = 0.3;
/** How long a call waits for something to come. */
const SILENCE_SECONDS = 5;

/** Whoever keeps the address of a memory keeps the memory. */
const kept = [];
const library = koffi.load(null);
const recvmmsg = library.func(
  'int recvmmsg(int fd, uintptr_t messages, unsigned int count, int flags, uintptr_t timeout)',
);
const fcntl = library.func('int fcntl(int fd, int command, int value)');

const [role, host, port, seconds, length, rate] = process.argv.slice(2);
const address = socketAddress(parseIpAddress(host), Number(port));
if (role === 'send') send(Number(seconds), Number(length), Number(rate ?? Infinity));
else receive(Number(seconds));

function send(seconds, length, rate) {
  const fd = openSocket();
  succeed(libc.connect(fd, address, address.length), 'connect');
  const { address: messages } = messagesOf(length);
  const begin = performance.now();
  const sleeping = new Int32Array(new SharedArrayBuffer(4));
  for (let sent = 0; ; sent += MESSAGES) {
    const elapsed = performance.now() - begin;
    if (elapsed >= seconds * 1000) return;
    const early = (sent / rate) * 1000 - elapsed;
    if (early > 0) Atomics.wait(sleeping, 0, 0, early);
    libc.sendmmsg(fd, messages, MESSAGES, 0);
  }
}

function receive(seconds) {
  const fd = openSocket();
  widenReceiveBuffer(fd);
  const patience = new Uint8Array(16);
  setHostU64(patience, 0, SILENCE_SECONDS);
  succeed(libc.setsockopt(fd, LINUX.SOL_SOCKET, SO_RCVTIMEO, patience, 16), 'set a limit');
  succeed(libc.bind(fd, address, address.length), 'bind');
  const { address: messages } = messagesOf(LONGEST);
  process.stdout.write('ready\n');
  const take = () => Math.max(0, recvmmsg(fd, messages, MESSAGES, MSG_WAITFORONE, 0));
  if (take() === 0) throw new Error('Cannot receive anything: is there a sender?');
  const lead = performance.now() + LEAD_SECONDS * 1000;
  while (performance.now() < lead) take();
  const begin = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < seconds) {
    count += take();
    elapsed = (performance.now() - begin) / 1000;
  }
  process.stdout.write(`${count / elapsed}\n`);
}

/** One that waits. */
function openSocket() {
  const fd = openIpSocket(4, LINUX.SOCK_DGRAM, 0, 'open a socket');
  succeed(fcntl(fd, F_SETFL, 0), 'have a socket wait');
  return fd;
}

/** As many messages of the same `length` octets, all in the same place: nobody looks at them. */
function messagesOf(length) {
  const octets = new PinnedMemory(length);
  const vector = new PinnedMemory(IOVEC.LENGTH);
  setHostU64(vector.octets, IOVEC.BASE, octets.address);
  setHostU64(vector.octets, IOVEC.LENGTH_OF, length);
  const messages = new PinnedMemory(MESSAGES * MMSGHDR_LENGTH);
  for (let at = 0; at < MESSAGES * MMSGHDR_LENGTH; at += MMSGHDR_LENGTH) {
    setHostU64(messages.octets, at + MSGHDR.VECTOR, vector.address);
    setHostU64(messages.octets, at + MSGHDR.VECTOR_COUNT, 1);
  }
  kept.push(octets, vector, messages);
  return messages;
}

/**
 * Peers that negotiate with a responder, each from an address of its own: main mode, then one quick mode,
 * and nothing after. Prints, as JSON, how many came to their end and what became of the others.
 *
 *     node load.mjs RESPONDER GROUP FIRST COUNT SECONDS
 *
 * Each peer is an endpoint of ours with UDP sockets of its own, and SAs that nobody installs. It ends after
 * COUNT of them or SECONDS, whichever comes first; its addresses are 10.20.x.y from number FIRST on.
 *
 * @module
 */
import { environment, epoch } from '../../../dist/apps/ike/environment.js';
import { readPsk, readRacoon, readSetkey } from '../../../dist/config/index.js';
import { IkeEndpoint } from '../../../dist/ike/endpoint.js';
import { FileCredentials } from '../../../dist/io/credentials/file-credentials.js';
import { UdpPort } from '../../../dist/io/ike/udp-port.js';
import { parseIpAddress } from '../../../dist/net/ip-address.js';
import { KEEPALIVE } from '../../../dist/wire/esp-in-udp.js';
import { INNER, peerAddress, peerInner, racoonConf, SECRET } from './settings.mjs';

const IN_FLIGHT = 24;
/** After which a negotiation counts as failed. */
const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 250;
/** Lower ones are reserved (RFC 4303 §2.1). */
const LEAST_SPI = 256;

const [responder, group, ...numbers] = process.argv.slice(2);
const [first, count, seconds] = numbers.map(Number);

const { configuration } = readRacoon({ name: 'load', text: racoonConf(group, responder) });
const credentials = new FileCredentials({
  certificateFolder: null,
  preSharedKeys: readPsk({ name: 'load', text: `${responder} ${SECRET}\n` }).keys,
  readPlainRsa: () => [],
});
const surroundings = environment(configuration.ike, credentials);

const running = new Set();
const failures = {};
let [begun, established] = [0, 0];
const start = performance.now();
await new Promise((resolve) => {
  const isOver = () => begun === count || performance.now() - start >= seconds * 1000;
  const refill = () => {
    while (running.size < IN_FLIGHT && !isOver()) running.add(new Peer(first + begun++, over));
    if (running.size === 0) resolve();
  };
  const over = (peer, failure) => {
    running.delete(peer);
    if (failure === null) established++;
    else failures[failure] = (failures[failure] ?? 0) + 1;
    // Not from within what the peer is doing.
    setImmediate(refill);
  };
  const timer = setInterval(() => {
    for (const peer of running) peer.look();
    if (running.size === 0) clearInterval(timer);
  }, LOOK_AGAIN_MS);
  refill();
});
const elapsed = (performance.now() - start) / 1000;
const processor = process.cpuUsage();
console.log(
  JSON.stringify({
    ...{ begun, established, failures, seconds: elapsed },
    processorSeconds: (processor.user + processor.system) / 1e6,
  }),
);

/** An initiator, from its first message until its SAs are agreed on. */
function Peer(number, over) {
  const endpoint = new IkeEndpoint(surroundings, epoch());
  const address = parseIpAddress(peerAddress(number));
  const take = (path, octets) => perform({ kind: 'datagram', path, octets });
  const ports = [500, 4500].map((port) => {
    const own = { address, port, natTraversal: port === 4500 };
    return { port, socket: UdpPort.open(own, () => undefined, take) };
  });
  const portOf = (path) => ports.find(({ port }) => port === path.local.port).socket;
  const acquire = acquireOf(number);
  const begunAt = performance.now();
  let isOver = false;
  let spi = LEAST_SPI + number;

  const end = (failure) => {
    if (isOver) return;
    isOver = true;
    for (const { socket } of ports) setImmediate(() => socket.close());
    over(this, failure);
  };

  const perform = (input) => {
    if (isOver) return;
    for (const output of endpoint.take(input, performance.now())) {
      if (output.kind === 'transmit') portOf(output.path).send(output.path.remote, output.datagram);
      else if (output.kind === 'keepalive') portOf(output.path).send(output.path.remote, KEEPALIVE);
      else if (output.kind === 'ask') setImmediate(() => perform(answered(output)));
      else heed(output.event);
    }
  };

  const answered = ({ number, question }) => {
    switch (question.kind) {
      case 'spis': {
        const spis = question.requests.map(() => spi++);
        return { kind: 'answer', number, answer: { kind: 'spis', spis } };
      }
      case 'policies':
        return { kind: 'answer', number, answer: { kind: 'policies', policies: [acquire] } };
      default:
        return { kind: 'answer', number, answer: { kind: 'committed' } };
    }
  };

  const heed = (event) => {
    if (event.kind === 'phase2-established') end(null);
    else if (event.kind === 'phase1-failed' || event.kind === 'phase2-failed') {
      end(`${event.kind} ${event.failure.kind}`);
    }
  };

  /** Lets its time pass. */
  this.look = () => {
    const now = performance.now();
    if (now >= (endpoint.deadline() ?? Number.POSITIVE_INFINITY)) perform({ kind: 'time' });
    if (now - begunAt > PATIENCE_MS) end('takes too long');
  };

  perform({ kind: 'acquire', acquire });
}

/** A packet of peer `number` that waits for its tunnel to the responder. */
function acquireOf(number) {
  const [own, inner] = [peerAddress(number), peerInner(number)];
  const text =
    `spdadd ${inner}/32 ${INNER}/32 any -P out ipsec ` +
    `esp/tunnel/${own}-${responder}/require;\n`;
  const policy = policyIn(readSetkey({ name: 'load', text }));
  const [template] = policy.action.templates;
  const { local: source, remote: destination } = template.endpoints;
  const { selector } = policy;
  return { kind: 'acquire', policy, index: 0, source, destination, template, selector };
}

function policyIn(program) {
  const changes = program.steps.flatMap((step) => (step.kind === 'change' ? step.changes : []));
  const [{ policy }] = changes;
  return policy;
}

/**
 * The demonstration: the same wire before and after, and an attacker who gets nowhere. Everything
 * printed was seen: on the wire, or in bob's counters.
 *
 * @module
 */

import { DISCARD_REASONS } from '../../../ipsec/discard-reason.ts';
import { dissect, formatLine } from '../../../monitor/index.ts';
import { LINK_TYPE_OF } from '../../../wire/pcap.ts';
import { colours } from '../../colours.ts';
import { type Attack, attacksWith, isProtected } from './attacks.ts';
import {
  ALICE,
  BOB,
  type Configurations,
  PING_TEXT,
  type Stage,
  type WirePacket,
} from './stage.ts';

/** One thing that has to be so. */
interface Finding {
  readonly what: string;
  readonly seen: string;
  readonly held: boolean;
}

const SECRET_TEXT = 'Dear Bob, the safe opens with 36-24-38. Yours, Alice.\n';
const LINES_SHOWN = 6;
/** How long bob may take to count a packet. */
const COUNT_WAIT_MS = 3000;
const COUNT_STEP_MS = 20;

/** Plays the story on `stage`, telling it to `print`; whether all of it held. */
export async function tellStory(
  stage: Stage,
  files: Configurations,
  print: (line: string) => void,
): Promise<boolean> {
  const heading = (text: string) => print(`\n${colours.bold(text)}`);
  for (const line of stage.setting) print(line);

  heading('1. In the clear');
  const clear = await exchange(stage);
  printPackets(clear.packets, print);
  const overheard = overhear(clear.packets);
  print(
    colours.red(`   A listener reads: ${overheard.map((text) => JSON.stringify(text)).join(', ')}`),
  );

  heading('2. Both hosts load their policies');
  for (const line of await stage.load(files)) print(line);

  heading('3. The same again, under IPsec');
  const sealed = await exchange(stage);
  printPackets(sealed.packets, print);
  const leaked = overhear(sealed.packets);
  const unprotected = sealed.packets.filter(({ octets }) => !isProtected(octets));
  print(
    leaked.length === 0
      ? colours.green('   A listener reads nothing.')
      : colours.red(`   A listener reads: ${leaked.join(', ')}`),
  );
  const findings: Finding[] = [
    answered('in the clear, ping and transfer arrive', clear, stage),
    {
      what: 'in the clear, a listener reads both',
      seen: `${overheard.length} of 2 texts read off the wire`,
      held: overheard.length === 2,
    },
    answered('under IPsec, ping and transfer arrive', sealed, stage),
    {
      what: 'under IPsec, every packet is AH or ESP',
      seen: `${sealed.packets.length - unprotected.length} of ${sealed.packets.length} packets`,
      held: sealed.packets.length > 0 && unprotected.length === 0,
    },
    {
      what: 'under IPsec, a listener reads nothing',
      seen: `${leaked.length} of 2 texts read off the wire`,
      held: leaked.length === 0,
    },
  ];

  heading('4. An attacker on the wire');
  const genuine = sealed.packets.find(({ octets }) => isFromAlice(octets) && isProtected(octets));
  if (genuine === undefined) {
    print('   There was no protected packet to attack with.');
    findings.push({ what: 'the attacker is turned away', seen: 'nothing to try', held: false });
  } else {
    for (const attack of attacksWith(genuine.octets)) {
      findings.push(await tryAttack(stage, attack, print));
    }
  }

  heading('What was seen');
  for (const line of table(findings)) print(line);
  return findings.every(({ held }) => held);
}

interface Exchange {
  readonly pinged: boolean;
  readonly transferred: boolean;
  readonly packets: readonly WirePacket[];
}

async function exchange(stage: Stage): Promise<Exchange> {
  await stage.packets();
  const pinged = await stage.ping();
  const transferred = await stage.transfer(SECRET_TEXT);
  return { pinged, transferred, packets: await stage.packets() };
}

function answered(what: string, { pinged, transferred }: Exchange, stage: Stage): Finding {
  const ping = pinged ? 'ping answered' : 'ping lost';
  const transfer = `${stage.transport} ${transferred ? 'text arrived' : 'text lost'}`;
  return { what, seen: `${ping}, ${transfer}`, held: pinged && transferred };
}

async function tryAttack(
  stage: Stage,
  { name, packet, reason }: Attack,
  print: (line: string) => void,
): Promise<Finding> {
  const before = (await stage.discards())[reason] ?? 0;
  await stage.packets();
  stage.attack(packet);
  let after = before;
  for (let waited = 0; after === before && waited < COUNT_WAIT_MS; waited += COUNT_STEP_MS) {
    await new Promise((resolve) => setTimeout(resolve, COUNT_STEP_MS));
    after = (await stage.discards())[reason] ?? 0;
  }
  const replies = (await stage.packets()).filter(({ octets }) => !isFromAlice(octets));
  print(`   ${name}:`);
  print(`     ${lineOf(packet)}`);
  const held = after === before + 1 && replies.length === 0;
  const outcome = held ? colours.green('dropped') : colours.red('NOT dropped as it should be');
  print(`     ${outcome}: ${reason} ${before} -> ${after} (${DISCARD_REASONS[reason]})`);
  return { what: `dropped: ${name}`, seen: `${reason} ${before} -> ${after}`, held };
}

function printPackets(packets: readonly WirePacket[], print: (line: string) => void): void {
  for (const { at, octets } of packets.slice(0, LINES_SHOWN)) {
    print(`   ${clockOf(at)} ${lineOf(octets)}`);
  }
  const more = packets.length - LINES_SHOWN;
  if (more > 0) print(`   ... and ${more} more`);
}

/** Which of the texts that were sent stand readable in the packets. */
function overhear(packets: readonly WirePacket[]): string[] {
  return [PING_TEXT.trim(), SECRET_TEXT.trim()].filter((text) =>
    packets.some(({ octets }) => Buffer.from(octets).includes(text)),
  );
}

function lineOf(packet: Uint8Array): string {
  return formatLine(dissect(packet, LINK_TYPE_OF.RAW));
}

function isFromAlice(packet: Uint8Array): boolean {
  return packet.subarray(12, 16).join('.') === ALICE && packet.subarray(16, 20).join('.') === BOB;
}

/** `21:04:05.123456` */
function clockOf(at: number): string {
  const time = new Date(at);
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => `${part}`.padStart(2, '0'))
    .join(':');
  return `${clock}.${`${Math.floor((at % 1000) * 1000)}`.padStart(6, '0')}`;
}

function table(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ what }) => what.length));
  return findings.map(({ what, seen, held }) => {
    const verdict = held ? colours.green('yes') : colours.red('NO ');
    return `   ${verdict}  ${what.padEnd(width)}  ${seen}`;
  });
}

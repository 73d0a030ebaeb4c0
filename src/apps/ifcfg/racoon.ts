/**
 * The files of racoon: what has to change in them, and changing it. Racoon itself is told to read them
 * again, and never started.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { RacoonPeer } from '../../config/ifcfg/interface.ts';
import {
  formatPeerFile,
  includeLine,
  peerFileName,
  withInclude,
  withoutInclude,
  withSharedKey,
} from '../../config/ifcfg/racoon-files.ts';
import { processesNamed } from '../../io/processes.ts';
import { formatIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { codeOf, type LoadedInterface } from './load.ts';
import type { Places } from './places.ts';
import { type InterfaceRecord, othersNeed } from './record.ts';
import { type FileText, replaceFile } from './replace-file.ts';

/** A file that is to have another text. */
export interface FileChange extends FileText {
  /** What of it is new, without keys: lines. */
  readonly shown: string;
}

/** What is to be done to racoon's files, and what to say of it. */
export interface RacoonPlan {
  readonly changes: readonly FileChange[];
  readonly notes: readonly string[];
  /** The file of the peer, which `racoon.conf` includes. */
  readonly peerPath: string;
  /** Why none of it can be done, as a clause; `null` when it can. */
  readonly obstacle: string | null;
}

/**
 * What `peer`, at `destination`, needs. A peer's file that is newer than those of the interface is left
 * as it is: somebody changed it.
 */
export function planRacoon(
  peer: RacoonPeer,
  destination: IpAddress,
  { name, writtenMs }: LoadedInterface,
  { racoon }: Places,
): RacoonPlan {
  const peerPath = join(racoon, peerFileName(destination));
  const changes: FileChange[] = [];
  const notes: string[] = [];
  const text = formatPeerFile(destination, peer);
  const there = textOf(peerPath);
  if (there === null || (there !== text && statSync(peerPath).mtimeMs < writtenMs)) {
    changes.push({ path: peerPath, text, mode: 0o644, shown: text });
  } else if (there !== text) {
    notes.push(`${peerPath} is newer than the files of ${name}, and left as it is`);
  }
  const key = peer.authentication.method === 'PSK' ? peer.authentication.key : null;
  if (key !== null) {
    const path = join(racoon, 'psk.txt');
    const shown = `${formatIpAddress(destination)}  …\n`;
    const before = textOf(path) ?? '';
    changes.push({ path, text: withSharedKey(before, destination, key), mode: 0o600, shown });
  }
  const path = join(racoon, 'racoon.conf');
  const before = textOf(path);
  const mode = before === null ? 0o600 : statSync(path).mode & 0o7777;
  const shown = `${includeLine(peerPath)}\n`;
  changes.push({ path, text: withInclude(before ?? '', peerPath), mode, shown });
  const obstacle =
    before !== null ? null : `there is no ${path}: IKE needs racoon, which is not set up here`;
  return { changes, notes, peerPath, obstacle };
}

/** Takes the include line away, unless another interface needs it; whether it was there. */
export function leaveRacoon(name: string, { peerPath }: InterfaceRecord, places: Places): boolean {
  if (peerPath === null || othersNeed(peerPath, name, places)) return false;
  return removeInclude(peerPath, places);
}

/** Takes the line out of `racoon.conf` that includes the file at `peerPath`; whether it was there. */
function removeInclude(peerPath: string, { racoon }: Places): boolean {
  const path = join(racoon, 'racoon.conf');
  const before = textOf(path);
  if (before === null) return false;
  const text = withoutInclude(before, peerPath);
  if (text === before) return false;
  replaceFile({ path, text, mode: statSync(path).mode & 0o7777 });
  return true;
}

/** Has every racoon of this host read its files again; how many there are. */
export function reloadRacoon(): number {
  const running = processesNamed('racoon');
  for (const pid of running) process.kill(pid, 'SIGHUP');
  return running.length;
}

/** `null` when there is no such file. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

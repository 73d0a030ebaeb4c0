/**
 * IKE with its data plane on a test host, by files of racoon: `ike-host.mjs`.
 *
 * @module
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TemporaryDirectory } from '../lab/cleanup.ts';
import type { Command } from '../lab/command.ts';
import { PROJECT, type TestHost } from './hosts.ts';

/** What is in the files of a host. */
export interface RacoonTexts {
  readonly conf: string;
  readonly psk: string;
}

/** Has `host` negotiate by files made of `texts` in `folder`; resolves when it listens. */
export async function startIke(
  host: TestHost,
  { conf, psk }: RacoonTexts,
  folder: TemporaryDirectory,
): Promise<Command> {
  const confPath = join(folder.path, `${host.address}.conf`);
  const pskPath = join(folder.path, `${host.address}.psk`);
  writeFileSync(confPath, conf);
  writeFileSync(pskPath, psk, { mode: 0o600 });
  const script = `${PROJECT}/test/support/ike-host.mjs`;
  const daemon = host.namespace.spawn(['node', script, host.control, confPath, pskPath]);
  await daemon.until(/listening at/);
  return daemon;
}

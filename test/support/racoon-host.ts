/**
 * A host that runs the real `racoon`, as it is built in `dist/`, with its files in a folder of its own.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Command, CommandResult } from '../lab/command.ts';
import type { Namespace } from '../lab/namespace.ts';
import { commandPath, waitUntil } from './hosts.ts';

/** What is in its files. */
export interface RacoonFiles {
  /** racoon.conf, but for where racoonctl asks, which is a file of this host. */
  readonly racoon: string;
  readonly psk: string;
  /** The policies. */
  readonly setkey: string;
}

export class RacoonHost {
  readonly namespace: Namespace;
  readonly directory: string;
  racoon: Command | null = null;

  constructor(namespace: Namespace, directory: string) {
    this.namespace = namespace;
    this.directory = directory;
    mkdirSync(directory, { mode: 0o700 });
  }

  /** Writes its files and runs racoon with them; resolves when racoonctl is answered. */
  async start({ racoon, psk, setkey }: RacoonFiles): Promise<void> {
    this.write('psk.txt', psk);
    this.write('racoon.conf', `listen { adminsock "${this.path('racoon.sock')}"; }\n${racoon}`);
    this.racoon = this.namespace.spawn([commandPath('racoon'), '-F', ...this.words()]);
    await this.racoon.until(/\[500\] used as isakmp port/);
    await waitUntil('the admin socket is there', async () => {
      return (await this.ctl('status')).status === 0;
    });
    expect((await this.setkey(['-c'], setkey)).stderr).toBe('');
  }

  /** By which racoon is started, but for `-F`. */
  words(): readonly string[] {
    const own = ['-f', this.path('racoon.conf'), '--backend', 'userspace'];
    return [...own, '--control', this.path('c.sock')];
  }

  ctl(...words: readonly string[]): Promise<CommandResult> {
    return this.namespace.run([commandPath('racoonctl'), '-s', this.path('racoon.sock'), ...words]);
  }

  setkey(words: readonly string[], input = ''): Promise<CommandResult> {
    const where = ['--backend', 'userspace', '--control', this.path('c.sock')];
    return this.namespace.run([commandPath('setkey'), ...where, ...words], { input });
  }

  /** The SPIs of its SAs, inbound and outbound. */
  async spis(): Promise<readonly string[]> {
    const { stdout } = await this.setkey(['-D']);
    return [...stdout.matchAll(/spi=\d+\((0x[\da-f]+)\)/g)].map(([, spi = '']) => spi);
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text, { mode: 0o600 });
  }

  /** What is in its file `name`; nothing when there is none. */
  read(name: string): string {
    try {
      return readFileSync(this.path(name), 'utf8');
    } catch {
      return '';
    }
  }
}

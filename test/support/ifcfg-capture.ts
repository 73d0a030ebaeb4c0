/**
 * What the network scripts of three releases did with the same ifcfg files: captured case by case,
 * with stand-ins for the commands that they ran.
 *
 * The captures lie beside the checkout, in `../shared`, where there is one.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IfcfgFile } from '../../src/config/ifcfg/environment.ts';
import { sharedPath } from './examples.ts';

/** The releases whose scripts were run. */
export const RELEASES = ['rhel4', 'rhel5', 'rhel6'] as const;
export type Release = (typeof RELEASES)[number];

/** What one release did with one case. */
export interface CapturedIfcfg {
  /** The statements that `ifup` gave to setkey. */
  readonly statements: string;
  /** `ip route` commands of `ifup`, and of `ifdown`. */
  readonly routes: readonly string[];
  readonly routesDown: readonly string[];
  /** `192.0.2.2.conf`; `null` when none was written. */
  readonly peerFile: string | null;
  readonly psk: string;
  /** The ends of `racoon.conf`, after `ifup` and after `ifdown`. */
  readonly racoonConf: string;
  readonly racoonConfDown: string;
}

/** `psk.txt` before each case. */
export const STALE_PSK = '# sample psk\n192.0.2.20  oldsecret\n192.0.2.2  stale\n10.1.1.1  other\n';

/** The files of a case, by its name; empty, said in one line, where there are no captures. */
export function ifcfgCases(): ReadonlyMap<string, readonly IfcfgFile[]> {
  const directory = sharedPath('reference', 'captured', 'ifcfg', 'inputs');
  if (directory === null) return new Map();
  return new Map(
    readdirSync(directory).map((name) => {
      const names = ['ifcfg-ipsec0', 'keys-ipsec0'];
      const there = names.filter((file) => existsSync(join(directory, name, file)));
      const files = there.map((file) => ({
        name: file,
        text: readFileSync(join(directory, name, file), 'utf8'),
      }));
      return [name, files];
    }),
  );
}

/** What `release` did with the case `name`. */
export function capturedIfcfg(release: Release, name: string): CapturedIfcfg {
  const path = sharedPath('reference', 'captured', 'ifcfg', 'captured.txt');
  if (path === null) throw new Error('Cannot find the captures of the network scripts');
  const text = readFileSync(path, 'utf8');
  const whole = text.split(/^#{16} /m).find((part) => part.startsWith(`${release} / ${name}\n`));
  const sections = new Map(
    (whole ?? '').split(/^## /m).map((section) => {
      const newline = section.indexOf('\n');
      return [section.slice(0, newline), section.slice(newline + 1)];
    }),
  );
  const section = (title: string) => sections.get(title)?.replace(/\n\n$/, '\n') ?? '';
  const up = commandsOf(section('ifup: commands, in order'));
  const down = commandsOf(section('ifdown: commands'));
  return {
    statements: up
      .flatMap(({ name: command, input }) => (command === 'setkey -c' ? input : []))
      .join(''),
    routes: up.flatMap(routeOf),
    routesDown: down.flatMap(routeOf),
    peerFile: sections.get('/etc/racoon/192.0.2.2.conf') ?? null,
    psk: section('/etc/racoon/psk.txt'),
    racoonConf: section('/etc/racoon/racoon.conf (tail)'),
    racoonConfDown: section('racoon.conf after ifdown (tail)'),
  };
}

interface CapturedCommand {
  readonly name: string;
  readonly input: string;
}

function commandsOf(section: string): readonly CapturedCommand[] {
  return section
    .split(/^--- /m)
    .slice(1)
    .map((part) => {
      const newline = part.indexOf('\n');
      return { name: part.slice(0, newline).trim(), input: part.slice(newline + 1) };
    });
}

function routeOf({ name }: CapturedCommand): string[] {
  return /^ip route (add|del) /.test(name) ? [name] : [];
}

/**
 * nft(8), which knows the rules of nf_tables by name: its JSON in and out.
 *
 * @module
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json, NftScript, NftTable } from '../../firewall/nft-json.ts';
import { memberOf } from '../../firewall/nft-text.ts';

/** nft did not do what it was asked; the message says what it said. */
export class NftError extends Error {
  override readonly name = 'NftError';
}

/** Carries out `script`, all of it or nothing. Throws {@link NftError}. */
export function runNft(script: NftScript, doing: string): void {
  // Not by standard input: Node makes that a socket, which nft cannot open by the name /dev/stdin.
  const directory = mkdtempSync(join(tmpdir(), 'ipseal-nft-'));
  try {
    const file = join(directory, 'script.json');
    writeFileSync(file, JSON.stringify(script));
    nft(['-j', '-f', file], doing);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What the tables hold. */
export interface Ruleset {
  readonly objects: readonly Json[];
  /** Tables that nft would not tell of: some versions fail at expressions that they have no JSON for. */
  readonly untold: readonly NftTable[];
}

/** The objects of all tables but `passedOver`. Throws {@link NftError} where not even their names can be had. */
export function listRuleset(passedOver: NftTable): Ruleset {
  const objects: Json[] = [];
  const untold: NftTable[] = [];
  for (const table of listTables()) {
    if (sameTable(table, passedOver)) continue;
    try {
      objects.push(...objectsOf(table));
    } catch (error) {
      if (!(error instanceof NftError)) throw error;
      untold.push(table);
    }
  }
  return { objects, untold };
}

/** The objects of one table; `null` where there is none. Throws {@link NftError}. */
export function listTable(wanted: NftTable): readonly Json[] | null {
  return listTables().some((table) => sameTable(table, wanted)) ? objectsOf(wanted) : null;
}

function listTables(): NftTable[] {
  return ask(['list', 'tables'], 'read the names of the nftables tables').flatMap((object) => {
    const table = memberOf(object, 'table');
    const [family, name] = [memberOf(table, 'family'), memberOf(table, 'name')];
    return typeof family === 'string' && typeof name === 'string' ? [{ family, name }] : [];
  });
}

function objectsOf({ family, name }: NftTable): readonly Json[] {
  return ask(['list', 'table', family, name], `read the nftables table ${family} ${name}`);
}

function sameTable(a: NftTable, b: NftTable): boolean {
  return a.family === b.family && a.name === b.name;
}

function ask(words: readonly string[], doing: string): readonly Json[] {
  const output = nft(['-j', ...words], doing);
  const objects = memberOf(JSON.parse(output) as Json, 'nftables');
  return Array.isArray(objects) ? objects : [];
}

/** What nft prints. */
function nft(words: readonly string[], doing: string): string {
  const { error, status, stdout, stderr } = spawnSync('nft', words, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, LC_ALL: 'C' },
    maxBuffer: LARGEST_OUTPUT,
  });
  if (error !== undefined) {
    const missing = 'code' in error && error.code === 'ENOENT';
    const reason = missing ? 'nft is not installed: it is in the package nftables' : error.message;
    throw new NftError(`Cannot ${doing}: ${reason}`, { cause: error });
  }
  if (status === 0) return stdout;
  const said = stderr.trim() || `status ${status}`;
  throw new NftError(`Cannot ${doing}: ${said}`);
}

/** In octets: rulesets of container hosts have thousands of rules. */
const LARGEST_OUTPUT = 1 << 28;

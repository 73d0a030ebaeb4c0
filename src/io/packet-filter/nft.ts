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

/** The objects of all tables, as `nft -j list ruleset` prints them. Throws {@link NftError}. */
export function listRuleset(): readonly Json[] {
  return objectsOf(nft(['-j', 'list', 'ruleset'], 'read the nftables rules'));
}

/** The objects of one table; `null` where there is none. Throws {@link NftError}. */
export function listTable({ family, name }: NftTable): readonly Json[] | null {
  const doing = `read the nftables table ${name}`;
  const tables = objectsOf(nft(['-j', 'list', 'tables'], doing));
  const isThere = tables.some((object) => {
    const table = memberOf(object, 'table');
    return memberOf(table, 'family') === family && memberOf(table, 'name') === name;
  });
  return isThere ? objectsOf(nft(['-j', 'list', 'table', family, name], doing)) : null;
}

function objectsOf(output: string): readonly Json[] {
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

/**
 * What is remembered of an interface that is up, so that going down undoes what coming up did, however
 * its files were changed meanwhile. It names SAs and policies, and holds no key.
 *
 * @module
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { InterfaceRoute } from '../../config/ifcfg/compile.ts';
import type { Names } from '../../ipsec/contents.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import {
  AddressSchema,
  PolicyIdSchema,
  policyIdToJson,
  SaIdSchema,
  saIdToJson,
} from '../control/values.ts';
import { codeOf } from './load.ts';
import type { Places } from './places.ts';
import { replaceFile } from './replace-file.ts';

/** What coming up did. */
export interface InterfaceRecord {
  readonly names: Names;
  readonly route: InterfaceRoute | null;
  /** The file of racoon's that was included; `null` where none was. */
  readonly peerPath: string | null;
}

const RecordSchema = v.strictObject({
  version: v.literal(1),
  sas: v.array(SaIdSchema),
  policies: v.array(PolicyIdSchema),
  route: v.nullable(
    v.strictObject({ destination: AddressSchema, prefixLength: v.number(), source: AddressSchema }),
  ),
  peerPath: v.nullable(v.string()),
});

/** What is remembered of the interface `name`; `null` where nothing is. */
export function readRecord(name: string, places: Places): InterfaceRecord | null {
  const path = pathOf(name, places);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  const parsed = v.safeParse(RecordSchema, jsonOf(text));
  if (!parsed.success) throw new Error(`${path} is not what ifup-ipsec wrote: remove it`);
  const { sas, policies, route, peerPath } = parsed.output;
  return {
    names: { sas, policies },
    route: route && {
      destination: { address: route.destination, length: route.prefixLength },
      source: route.source,
    },
    peerPath,
  };
}

/** Remembers `record` as that of the interface `name`. */
export function writeRecord(name: string, places: Places, record: InterfaceRecord): void {
  const { names, route, peerPath } = record;
  const value: v.InferInput<typeof RecordSchema> = {
    version: 1,
    sas: names.sas.map(saIdToJson),
    policies: names.policies.map(policyIdToJson),
    route: route && {
      destination: formatIpAddress(route.destination.address),
      prefixLength: route.destination.length,
      source: formatIpAddress(route.source),
    },
    peerPath,
  };
  mkdirSync(places.records, { recursive: true, mode: 0o755 });
  replaceFile({ path: pathOf(name, places), text: `${JSON.stringify(value)}\n`, mode: 0o600 });
}

/**
 * Whether an interface other than `name` that is up needs the file of racoon's at `peerPath`, too: two
 * tunnels to one peer share it.
 */
export function othersNeed(peerPath: string, name: string, places: Places): boolean {
  return namesIn(places)
    .filter((other) => other !== name)
    .some((other) => readRecord(other, places)?.peerPath === peerPath);
}

/** Forgets the interface `name`. */
export function removeRecord(name: string, places: Places): void {
  rmSync(pathOf(name, places), { force: true });
}

/** The names of all interfaces that are remembered. */
function namesIn({ records }: Places): string[] {
  try {
    return readdirSync(records).flatMap((entry) => /^(.+)\.json$/.exec(entry)?.[1] ?? []);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function pathOf(name: string, { records }: Places): string {
  return join(records, `${name}.json`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The files of one interface, from text to what they ask for: the one way in.
 *
 * ```text
 * ifcfg-a  keys-a  ifcfg-a-b  keys-a-b     in the order in which the scripts sourced them
 *    └───────┴─── shell ──┴──────┘
 *                   │ assignments
 *              Environment ──► manual ─┐
 *                   └────────► automatic ──► IpsecInterface
 * ```
 *
 * @module
 */
import type { Diagnostic } from '../diagnostic.ts';
import type { Sha256Icv } from './algorithms.ts';
import { IKE_METHODS, type IkeMethod, readAutomatic } from './automatic.ts';
import { Environment, type IfcfgFile } from './environment.ts';
import type { AutomaticKeying, IpsecInterface, ManualKeying, Networks } from './interface.ts';
import { readManual } from './manual.ts';
import { readAddress, readNetwork, readWord } from './words.ts';

/** What became of reading the files. */
export interface IfcfgReading {
  /** `null` when there is any error. */
  readonly interface: IpsecInterface | null;
  /** File by file. */
  readonly diagnostics: readonly Diagnostic[];
  /** The names of those files that hold keys, and that nobody else may read. */
  readonly secretFiles: readonly string[];
}

/** How to read what the files leave open. */
export interface IfcfgOptions {
  /** `classic`, as the scripts' setkey had it, unless said otherwise: see `SetkeyOptions`. */
  readonly sha256Icv?: Sha256Icv;
}

/**
 * Reads the files of the interface `name`, in the order of {@link filesOf}; those that are not there
 * left out. Never throws for what they say.
 *
 * @example
 * ```ts
 * const { interface: wanted, diagnostics } = readIfcfg('ipsec0', [
 *   { name: 'ifcfg-ipsec0', text: 'TYPE=IPSEC\nDST=192.0.2.2\n...' },
 *   { name: 'keys-ipsec0', text: 'KEY_ESP=0x...\n' },
 * ]);
 * ```
 */
export function readIfcfg(
  name: string,
  files: readonly IfcfgFile[],
  options: IfcfgOptions = {},
): IfcfgReading {
  const environment = new Environment(files);
  const found = readInterface(name, environment, options.sha256Icv ?? 'classic');
  const because =
    found?.keying.kind === 'automatic'
      ? 'the keys are negotiated'
      : 'the keys are in the files, and no racoon negotiates any';
  if (found !== undefined && !environment.hasErrors) environment.tellUnused(because);
  return {
    interface: environment.hasErrors ? null : (found ?? null),
    diagnostics: environment.diagnostics(),
    secretFiles: environment.secretFiles,
  };
}

/** What a list of interfaces tells of each. */
export interface IfcfgOutline {
  /** Whether it is of `TYPE=IPSEC`, in capitals or not. */
  readonly isIpsec: boolean;
  /** Whether it comes up with the host, as all do that do not say `ONBOOT=no`. */
  readonly onBoot: boolean;
}

/** What `files` are about, whatever else is wrong with them. */
export function outlineOf(files: readonly IfcfgFile[]): IfcfgOutline {
  const environment = new Environment(files);
  return {
    isIpsec: /^ipsec$/i.test(environment.find('TYPE')?.value ?? ''),
    onBoot: !/^no/i.test(environment.find('ONBOOT')?.value ?? ''),
  };
}

/**
 * The files of the interface `name`, in the order in which they are read. Of `a-b` those of `a` come
 * first, where there are any.
 */
export function filesOf(name: string): readonly string[] {
  const hyphen = name.lastIndexOf('-');
  const own = [`ifcfg-${name}`, `keys-${name}`];
  if (hyphen <= 0) return own;
  const parent = name.slice(0, hyphen);
  return [`ifcfg-${parent}`, `keys-${parent}`, ...own];
}

function readInterface(
  name: string,
  environment: Environment,
  sha256Icv: Sha256Icv,
): IpsecInterface | undefined {
  const fits = checkType(environment);
  const ends = readEnds(environment);
  const networks = readNetworks(environment);
  const keying = fits ? readKeying(environment, sha256Icv) : undefined;
  if (ends === undefined || networks === undefined || keying === undefined) return undefined;
  return { name, ...ends, networks, keying };
}

/** The scripts were reached by `ifup` for this type alone; several manuals wrote it `IPsec`. */
function checkType(environment: Environment): boolean {
  const type = environment.find('TYPE');
  if (type?.value === null || /^ipsec$/i.test(type?.value ?? '')) return true;
  environment.missing(
    'not-ipsec',
    type,
    type === undefined ? 'TYPE is missing' : `${type.shown} is not an interface of IPsec`,
    { expected: 'TYPE=IPSEC' },
  );
  return false;
}

function readEnds(
  environment: Environment,
): Pick<IpsecInterface, 'source' | 'destination'> | undefined {
  const [to, from] = [environment.find('DST'), environment.find('SRC')];
  const source = from === undefined ? null : readAddress(from);
  if (to === undefined) {
    const message = 'DST is missing: nothing says who the peer is';
    return environment.missing('missing-dst', undefined, message, {
      expected: 'DST and the address of the peer',
    });
  }
  const destination = readAddress(to);
  if (source === undefined || destination === undefined) return undefined;
  if (source === null || source.version === destination.version) return { source, destination };
  const message = `SRC is IPv${source.version} and DST IPv${destination.version}`;
  return to.error('family-mismatch', message, { expected: `an IPv${source.version} address` });
}

/** `null` for transport mode. */
function readNetworks(environment: Environment): Networks | null | undefined {
  const [here, there] = [environment.find('SRCNET'), environment.find('DSTNET')];
  const gateway = environment.find('SRCGW');
  const source = here === undefined ? null : readNetwork(here);
  const destination = there === undefined ? null : readNetwork(there);
  const sourceGateway = gateway === undefined ? null : readAddress(gateway);
  if (source === undefined || destination === undefined || sourceGateway === undefined) {
    return undefined;
  }
  if (source === null && destination === null) {
    gateway?.warning('no-effect', 'SRCGW has no effect without SRCNET or DSTNET', {
      fix: 'leave it out, or say which networks are behind the hosts',
    });
    return null;
  }
  const inside = source ?? destination;
  const versions = [source?.address, destination?.address, sourceGateway];
  const other = versions.find((one) => one && one.version !== inside?.address.version);
  if (!other) return { source, destination, sourceGateway };
  const message = `SRCNET, DSTNET and SRCGW are not all IPv${inside?.address.version}`;
  return (there ?? gateway)?.error('family-mismatch', message, {
    expected: `addresses of IPv${inside?.address.version}`,
  });
}

/**
 * Keys in the files, or a daemon: as the scripts told them apart. Generic keys say manual; whatever
 * there is for IKE says automatic, and is stronger; then `KEYING` counts.
 */
function readKeying(
  environment: Environment,
  sha256Icv: Sha256Icv,
): ManualKeying | AutomaticKeying | undefined {
  const methodAt = environment.find('IKE_METHOD');
  const method = methodAt === undefined ? null : readWord(methodAt, 'method of IKE', IKE_METHODS);
  if (method === undefined) return undefined;
  const implied = impliedMethod(environment);
  if (method !== null || implied !== null) return readAutomatic(environment, method ?? implied);
  const hasKeys = environment.findFirst('KEY_AH', 'KEY_ESP') !== undefined;
  const keyingAt = environment.find('KEYING');
  const keying =
    keyingAt === undefined
      ? 'manual'
      : readWord(keyingAt, 'kind of keying', ['manual', 'automatic']);
  if (keying === undefined) return undefined;
  if (hasKeys || keying === 'manual') return readManual(environment, sha256Icv);
  return readAutomatic(environment, null);
}

/** What the other variables say of IKE. */
function impliedMethod(environment: Environment): IkeMethod | null {
  if (environment.find('IKE_PSK') !== undefined) return 'PSK';
  const certificate = environment.findFirst('IKE_CERTFILE', 'IKE_PEER_CERTFILE', 'IKE_DNSSEC');
  return certificate === undefined ? null : 'X509';
}

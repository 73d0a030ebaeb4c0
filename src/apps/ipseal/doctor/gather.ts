/**
 * The facts of this machine, each asked where it is known.
 *
 * @module
 */
import type { Facts, FilterFacts, KernelFacts, LibraryFacts } from '../../../doctor/facts.ts';
import type { Chain } from '../../../firewall/chain.ts';
import { chainsOfIptables } from '../../../firewall/read-iptables.ts';
import { chainsOfNft } from '../../../firewall/read-nft.ts';
import { now } from '../../../io/clock.ts';
import { isGuardInForce } from '../../../io/guard/kernel-guard.ts';
import { GUARD_TABLE } from '../../../io/guard/numbers.ts';
import { loadMultiBuffer } from '../../../io/ipsec-mb/bindings.ts';
import { effectiveCapabilities, tunState } from '../../../io/machine/privileges.ts';
import { boundUdpPorts, processesHere } from '../../../io/machine/processes.ts';
import { waysTo } from '../../../io/machine/routes.ts';
import { networkSysctls } from '../../../io/machine/sysctls.ts';
import { loadOpenssl } from '../../../io/openssl/bindings.ts';
import { loadLegacyProvider } from '../../../io/openssl/legacy.ts';
import { savedRules } from '../../../io/packet-filter/iptables.ts';
import { listRuleset, NftError } from '../../../io/packet-filter/nft.ts';
import { kernelGaps } from '../../../io/xfrm/kernel-gaps.ts';
import { type Backend, collect } from '../../../ipsec/backend.ts';
import type { Policy } from '../../../ipsec/policy.ts';
import type { SaRecord } from '../../../ipsec/record.ts';
import { formatIpAddress, type IpAddress } from '../../../net/ip-address.ts';
import { isHostPrefix } from '../../../net/prefix.ts';
import type { BackendChoice } from '../../backend-choice.ts';
import { openBackend } from '../../open-backend.ts';

/** Looks at everything; what cannot be seen is left open. */
export async function gatherFacts(choice: BackendChoice, control?: string): Promise<Facts> {
  const tables = await readTables(choice, control);
  const processes = processesHere();
  return {
    now: now(),
    ...tables,
    kernel: kernelFacts(),
    capabilities: effectiveCapabilities(),
    tun: tunState(),
    libraries: libraryFacts(),
    filter: filterFacts(),
    guard: guardState(),
    sysctls: networkSysctls(),
    processes,
    udpPorts: boundUdpPorts([500, 4500], processes),
    paths: waysTo(endsOf(tables.sas, tables.policies)),
  };
}

type Tables = Pick<Facts, 'backend' | 'sas' | 'policies' | 'discards'>;

/** Under `auto` of the kernel, too, where it has no ESP: policies may be there all the same. */
async function readTables(choice: BackendChoice, control?: string): Promise<Tables> {
  const backend =
    choice === 'auto'
      ? await openBackend('auto', control).catch(() => openBackend('kernel').catch(() => null))
      : await openBackend(choice, control);
  if (backend === null) return NOTHING_KNOWN;
  try {
    return await tablesOf(backend);
  } catch (error) {
    if (choice !== 'auto') throw error;
    return NOTHING_KNOWN;
  } finally {
    await backend.close();
  }
}

const NOTHING_KNOWN: Tables = { backend: null, sas: [], policies: [], discards: {} };

async function tablesOf(backend: Backend): Promise<Tables> {
  const { backend: kind } = await backend.capabilities();
  const sas = await collect(backend.sas());
  const policies = (await collect(backend.policies())).map(({ policy }) => policy);
  const discards = await backend.discards();
  return { backend: kind === 'memory' ? null : kind, sas, policies, discards };
}

function kernelFacts(): KernelFacts {
  try {
    return { gaps: kernelGaps(), unknown: null };
  } catch (error) {
    return { gaps: null, unknown: error instanceof Error ? error.message : String(error) };
  }
}

function libraryFacts(): LibraryFacts {
  const { openssl = '' } = process.versions;
  let legacy = false;
  try {
    legacy = loadLegacyProvider(loadOpenssl());
  } catch {
    // No OpenSSL 3: then there is no provider either.
  }
  const multiBuffer = loadMultiBuffer() !== null;
  return { openssl, legacy, multiBuffer, isX86: process.arch === 'x64' };
}

/** Nobody knows without privilege, or without nf_tables. */
function guardState(): Facts['guard'] {
  try {
    return isGuardInForce() ? 'in-force' : 'gone';
  } catch {
    return null;
  }
}

/** Tables that iptables keeps in nf_tables it tells of by itself, and with all its matches. */
function filterFacts(): FilterFacts {
  const saved = ([4, 6] as const).map((version) => ({ version, text: savedRules(version) }));
  const chains: Chain[] = saved.flatMap(({ version, text }) =>
    text === null ? [] : chainsOfIptables(text, version),
  );
  const isToldTwice = ({ family, table, name }: Chain) =>
    chains.some((chain) => chain.family === family && chain.table === table && chain.name === name);
  try {
    // The guard's own drops are what it is for.
    const { objects, untold } = listRuleset({ family: 'inet', name: GUARD_TABLE });
    const own = chainsOfNft(objects).filter((chain) => !isToldTwice(chain));
    return {
      nftMissing: null,
      untold: untold.map(({ family, name }) => `${family} ${name}`),
      chains: [...own, ...chains],
    };
  } catch (error) {
    if (!(error instanceof NftError)) throw error;
    return { nftMissing: chains.length > 0 ? null : error.message, untold: [], chains };
  }
}

/** The addresses that protected packets go to, each once. */
function endsOf(sas: readonly SaRecord[], policies: readonly Policy[]): IpAddress[] {
  const ends = new Map<string, IpAddress>();
  const add = (address: IpAddress) => ends.set(formatIpAddress(address), address);
  for (const { direction, action, selector } of policies) {
    if (direction !== 'outbound' || action.kind !== 'protect') continue;
    for (const { endpoints } of action.templates) if (endpoints !== null) add(endpoints.remote);
    if (isHostPrefix(selector.remoteAddress)) add(selector.remoteAddress.address);
  }
  // Of SAs only the outbound ones: what is sent to this host itself has no way.
  const local = new Set(
    policies.map(({ selector, action }) =>
      formatIpAddress(
        (action.kind === 'protect' ? action.templates.at(-1)?.endpoints?.local : null) ??
          selector.localAddress.address,
      ),
    ),
  );
  for (const { parameters } of sas) {
    if (!local.has(formatIpAddress(parameters.destination))) add(parameters.destination);
  }
  return [...ends.values()].slice(0, MOST_ENDS);
}

/** Of thousands of peers the first will do. */
const MOST_ENDS = 256;

/**
 * `ipseal capabilities`: which protocols and algorithms this kernel or the running `ipseald` has,
 * and of what is missing, why and what helps.
 *
 * @module
 */
import { ENCRYPTION_ALGORITHMS, INTEGRITY_ALGORITHMS } from '../../../crypto/registry.ts';
import type { KernelGap } from '../../../io/xfrm/kernel-gaps.ts';
import type { Backend, Capabilities } from '../../../ipsec/backend.ts';
import { COMPRESSION_ALGORITHMS } from '../../../ipsec/compression.ts';
import { IPSEC_PROTOCOLS } from '../../../ipsec/policy.ts';
import { backendChoice } from '../../backend-choice.ts';
import { openBackend } from '../../open-backend.ts';

export interface CapabilitiesOptions {
  readonly json?: boolean;
  readonly backend?: string;
  readonly control?: string;
}

/** What is said of one backend, as `--json` has it. */
export interface CapabilitiesReport {
  readonly version: 1;
  readonly backend: Capabilities['backend'];
  readonly protocols: Readonly<Record<string, boolean>>;
  readonly ciphers: Readonly<Record<string, boolean>>;
  readonly integrity: Readonly<Record<string, boolean>>;
  readonly compression: Readonly<Record<string, boolean>>;
  readonly missing: readonly KernelGap[];
  /** What to do about what is missing; `null` when nothing is. */
  readonly help: string | null;
}

/** Prints the report; resolves with the exit status. */
export async function capabilities(options: CapabilitiesOptions): Promise<number> {
  const report = await reportOf(options);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : inWords(report));
  return 0;
}

/** Under `auto`, of what the other commands would work on; of the kernel where there is neither. */
async function reportOf({ backend, control }: CapabilitiesOptions): Promise<CapabilitiesReport> {
  const choice = backendChoice(backend);
  if (choice === 'userspace') return ofDaemon(await openBackend('userspace', control));
  const { kernelGaps } = await import('../../../io/xfrm/kernel-gaps.ts');
  if (choice === 'kernel') return ofKernel(kernelGaps());
  try {
    const gaps = kernelGaps();
    if (!gaps.some((gap) => gap.kind === 'protocol' && gap.name !== 'ipcomp'))
      return ofKernel(gaps);
  } catch {
    // Without privilege the kernel does not tell; a daemon may.
  }
  const daemon = await openBackend('userspace', control).catch(() => null);
  return daemon === null ? ofKernel(kernelGaps()) : ofDaemon(daemon);
}

/** What a kernel with `gaps` has. */
export function ofKernel(gaps: readonly KernelGap[]): CapabilitiesReport {
  const has = (kind: KernelGap['kind'], names: readonly string[]) =>
    Object.fromEntries(
      names.map((name) => [name, !gaps.some((gap) => gap.kind === kind && gap.name === name)]),
    );
  return {
    version: 1,
    backend: 'kernel',
    protocols: has('protocol', IPSEC_PROTOCOLS),
    ciphers: has('cipher', namesOf(ENCRYPTION_ALGORITHMS)),
    integrity: has('integrity', namesOf(INTEGRITY_ALGORITHMS)),
    compression: has('compression', namesOf(COMPRESSION_ALGORITHMS)),
    missing: gaps,
    help: gaps.length === 0 ? null : KERNEL_HELP,
  };
}

async function ofDaemon(daemon: Backend): Promise<CapabilitiesReport> {
  try {
    return ofUserspace(await daemon.capabilities());
  } finally {
    await daemon.close();
  }
}

/** What a daemon that says `told` of itself has: it may be of another version than we are. */
export function ofUserspace(told: Capabilities): CapabilitiesReport {
  const missing: KernelGap[] = [];
  const has = (kind: KernelGap['kind'], known: readonly string[], names: readonly string[]) => {
    for (const name of known) {
      if (names.includes(name)) continue;
      missing.push({ kind, name, reason: `this ipseald has no ${name}` });
    }
    const all = [...new Set([...known, ...names])];
    return Object.fromEntries(all.map((name) => [name, names.includes(name)]));
  };
  return {
    version: 1,
    backend: told.backend,
    protocols: has('protocol', IPSEC_PROTOCOLS, told.protocols),
    ciphers: has('cipher', namesOf(ENCRYPTION_ALGORITHMS), told.ciphers),
    integrity: has('integrity', namesOf(INTEGRITY_ALGORITHMS), told.integrity),
    compression: has('compression', namesOf(COMPRESSION_ALGORITHMS), told.compression),
    missing,
    help: missing.length === 0 ? null : DAEMON_HELP,
  };
}

const KERNEL_HELP =
  'a kernel that has it; or the userspace data plane, which needs no IPsec of the kernel:' +
  ' start it with "ipseald &"';
const DAEMON_HELP = 'it is of another version than this command: restart it and load the policies';

function namesOf(algorithms: readonly { readonly name: string }[]): string[] {
  return algorithms.map(({ name }) => name);
}

/** The report for people. */
export function inWords(report: CapabilitiesReport): string {
  const parts = [
    { kind: 'protocol', title: 'protocols', entries: report.protocols },
    { kind: 'cipher', title: 'ciphers', entries: report.ciphers },
    { kind: 'integrity', title: 'integrity', entries: report.integrity },
    { kind: 'compression', title: 'compression', entries: report.compression },
  ];
  const lines = [`${report.backend}:`];
  for (const { kind, title, entries } of parts) {
    lines.push(`  ${title}`);
    for (const [name, has] of Object.entries(entries)) {
      const gap = report.missing.find((each) => each.kind === kind && each.name === name);
      const reason = gap === undefined ? '' : `  ${gap.reason}`;
      lines.push(`    ${name.padEnd(NAME_WIDTH)} ${has ? 'yes' : 'no'}${reason}`);
    }
  }
  if (report.help !== null) lines.push(`what helps: ${report.help}`);
  return `${lines.join('\n')}\n`;
}

const NAME_WIDTH = 16;

/**
 * Manual SAs and policies of one host's kernel, set up by iproute2: the peer that our own data plane
 * and kernel backend are held against.
 *
 * @module
 */
import { type Host, succeed } from './command.ts';

/** An algorithm by the kernel's name, `cbc(aes)`, with its key; an empty key for NULL. */
export interface KernelAlgorithm {
  readonly name: string;
  readonly keyHex: string;
}

/** An algorithm that makes an ICV of that many bits. */
export interface KernelIcvAlgorithm extends KernelAlgorithm {
  readonly icvBits: number;
}

/** One SA. Addresses are written as `ip` takes them. */
export interface KernelSa {
  readonly source: string;
  readonly destination: string;
  readonly protocol: 'esp' | 'ah' | 'comp';
  readonly spi: number;
  readonly mode: 'transport' | 'tunnel';
  readonly reqid: number;
  readonly encryption?: KernelAlgorithm;
  readonly integrity?: KernelIcvAlgorithm;
  readonly aead?: KernelIcvAlgorithm;
  readonly compression?: 'deflate';
  /** In packets. Default 32; 0 turns the replay check off. */
  readonly replayWindow?: number;
  /** ESP in UDP (RFC 3948). */
  readonly encapsulation?: { readonly sourcePort: number; readonly destinationPort: number };
  /** More arguments of `ip xfrm state add`: `['flag', 'esn']`. */
  readonly more?: readonly string[];
}

/** How a policy protects: the SA it asks for. */
export interface KernelTemplate {
  readonly protocol: 'esp' | 'ah' | 'comp';
  readonly mode: 'transport' | 'tunnel';
  readonly reqid: number;
  /** Needed in tunnel mode. */
  readonly source?: string;
  readonly destination?: string;
  /** Default: required. */
  readonly level?: 'required' | 'use';
}

/** One policy. */
export interface KernelPolicy {
  /** An address or prefix. */
  readonly source: string;
  readonly destination: string;
  readonly direction: 'in' | 'out' | 'fwd';
  /** A name or number that `ip` knows; any when absent. */
  readonly upperProtocol?: string;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly priority?: number;
  /** Default: allow, which protects when there are templates. */
  readonly action?: 'allow' | 'block';
  /** Innermost first. */
  readonly templates: readonly KernelTemplate[];
}

/** What one host's kernel is to hold. */
export interface KernelState {
  readonly sas: readonly KernelSa[];
  readonly policies: readonly KernelPolicy[];
}

/** Adds SAs and policies to `host`'s kernel. Throws with `ip`'s words at the first it refuses. */
export async function addKernelState(host: Host, state: KernelState): Promise<void> {
  const commands = [...state.sas.map(saArguments), ...state.policies.map(policyArguments)];
  const input = commands.map((argv) => `${argv.map((word) => `"${word}"`).join(' ')}\n`).join('');
  await succeed(host, ['ip', '-batch', '-'], { input });
}

/** Empties `host`'s SAD and SPD. */
export async function flushKernelState(host: Host): Promise<void> {
  await succeed(host, ['ip', '-batch', '-'], { input: 'xfrm state flush\nxfrm policy flush\n' });
}

/** The arguments of `ip` that add `sa`. */
export function saArguments(sa: KernelSa): readonly string[] {
  const argv = ['xfrm', 'state', 'add', 'src', sa.source, 'dst', sa.destination];
  argv.push('proto', sa.protocol, 'spi', String(sa.spi), 'reqid', String(sa.reqid));
  argv.push('mode', sa.mode);
  if (sa.protocol !== 'comp') argv.push('replay-window', String(sa.replayWindow ?? 32));
  if (sa.encryption) argv.push('enc', sa.encryption.name, key(sa.encryption));
  if (sa.integrity) {
    argv.push('auth-trunc', sa.integrity.name, key(sa.integrity), String(sa.integrity.icvBits));
  }
  if (sa.aead) argv.push('aead', sa.aead.name, key(sa.aead), String(sa.aead.icvBits));
  if (sa.compression) argv.push('comp', sa.compression);
  if (sa.encapsulation) {
    const { sourcePort, destinationPort } = sa.encapsulation;
    // No original address (RFC 3948 §5.1 asks for it in transport mode only, for checksums).
    argv.push('encap', 'espinudp', String(sourcePort), String(destinationPort), '0.0.0.0');
  }
  if (sa.more) argv.push(...sa.more);
  return argv;
}

/** The arguments of `ip` that add `policy`. */
export function policyArguments(policy: KernelPolicy): readonly string[] {
  const argv = ['xfrm', 'policy', 'add', 'src', policy.source, 'dst', policy.destination];
  if (policy.upperProtocol !== undefined) argv.push('proto', policy.upperProtocol);
  if (policy.sourcePort !== undefined) argv.push('sport', String(policy.sourcePort));
  if (policy.destinationPort !== undefined) argv.push('dport', String(policy.destinationPort));
  argv.push('dir', policy.direction);
  if (policy.priority !== undefined) argv.push('priority', String(policy.priority));
  if (policy.action !== undefined) argv.push('action', policy.action);
  for (const template of policy.templates) {
    argv.push('tmpl');
    if (template.source !== undefined) argv.push('src', template.source);
    if (template.destination !== undefined) argv.push('dst', template.destination);
    argv.push('proto', template.protocol, 'reqid', String(template.reqid), 'mode', template.mode);
    if (template.level !== undefined) argv.push('level', template.level);
  }
  return argv;
}

function key({ keyHex }: KernelAlgorithm): string {
  return keyHex === '' ? '' : `0x${keyHex}`;
}

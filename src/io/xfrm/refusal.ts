/**
 * The kernel's refusals in words: an errno and perhaps a sentence, as `ChangeRefused`.
 *
 * @module
 */
import os from 'node:os';
import { ChangeRefused } from '../../ipsec/backend.ts';
import type { Change } from '../../ipsec/change.ts';
import type { IpsecProtocol, Policy } from '../../ipsec/policy.ts';
import { formatSaId, type SaId, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatSelectorAddresses } from '../../ipsec/selector.ts';
import type { NetlinkVerdict } from '../../netlink/nlmsg.ts';
import type { XfrmNewSa } from '../../netlink/xfrm-sa.ts';
import type { KernelTables } from './kernel-tables.ts';
import { rehearse } from './rehearsal.ts';
import { saToKernel } from './to-kernel.ts';
import { NEEDS_PRIVILEGE } from './xfrm-socket.ts';

const errnos = os.constants.errno;

/** Turns the kernel's `verdict` on change `index`, which is not 0, into an error to throw. */
export function refusalOf(
  change: Change,
  index: number,
  verdict: NetlinkVerdict,
  tables: KernelTables,
): ChangeRefused {
  const { errno } = verdict;
  if (errno === errnos.EPERM) return new ChangeRefused(index, 'failed', NEEDS_PRIVILEGE);
  if (errno === errnos.EINVAL) {
    const reason = verdict.text === null ? 'the kernel does not say why' : said(verdict.text);
    return new ChangeRefused(index, 'invalid', `the kernel calls it invalid: ${reason}`);
  }
  switch (change.kind) {
    case 'add-sa':
      if (errno === errnos.EEXIST) return saExists(change.sa, index);
      if (errno === errnos.EPROTONOSUPPORT || errno === errnos.ENOSYS || errno === errnos.ENOENT) {
        const missing = missingOf(change.sa, errno, tables);
        return new ChangeRefused(index, 'unsupported', missing);
      }
      break;
    case 'delete-sa':
      if (errno === errnos.ESRCH) return saMissing(change.id, index);
      break;
    case 'add-policy':
    case 'update-policy':
      if (errno === errnos.EEXIST) return policyExists(change.policy, index);
      break;
    case 'delete-policy':
      if (errno === errnos.ENOENT) return policyMissing(change.policy, index);
      break;
    case 'delete-sas-between':
    case 'flush-sas':
    case 'flush-policies':
      break;
  }
  const text = verdict.text === null ? '' : `${said(verdict.text)} `;
  return new ChangeRefused(index, 'failed', `the kernel refuses: ${text}(${errnoName(errno)})`);
}

export function saExists(id: SaId, index: number): ChangeRefused {
  return new ChangeRefused(index, 'exists', `there is an SA ${formatSaId(id)}`);
}

export function saMissing(id: SaId, index: number): ChangeRefused {
  return new ChangeRefused(index, 'missing', `there is no SA ${formatSaId(id)}`);
}

/** `priority` is that of the policy there is, where it is known. */
export function policyExists(policy: Policy, index: number, priority?: number): ChangeRefused {
  const other =
    priority === undefined || priority === policy.priority
      ? ''
      : ` of priority ${priority}, and Linux keeps one for each selector`;
  return new ChangeRefused(index, 'exists', `there is a policy ${policyName(policy)}${other}`);
}

export function policyMissing(policy: PolicyId, index: number): ChangeRefused {
  return new ChangeRefused(index, 'missing', `there is no policy ${policyName(policy)}`);
}

/** What the kernel lacks to take `sa`, which it refused for `errno`. */
export function missingOf(sa: SaParameters, errno: number, tables: KernelTables): string {
  // A kernel with IPComp has its only algorithm (CONFIG_INET_IPCOMP selects CRYPTO_DEFLATE).
  if (errno === errnos.EPROTONOSUPPORT || sa.protocol === 'ipcomp') {
    return noProtocol(sa.protocol, sa.destination.version);
  }
  const whole = saToKernel(sa, 0);
  const { encryption, integrity, aead } = whole;
  if (encryption === null || integrity === null) {
    return noAlgorithm((encryption ?? aead ?? integrity)?.name ?? 'algorithm');
  }
  const part: XfrmNewSa = { ...whole, integrity: null };
  if (rehearse(tables, part) !== 0) return noAlgorithm(encryption.name);
  if (errno === errnos.ENOSYS) return noAlgorithm(integrity.name);
  return noAlgorithm(`authenc(${integrity.name},${encryption.name})`);
}

/** `this kernel has no ESP (CONFIG_INET_ESP)`. */
export function noProtocol(protocol: IpsecProtocol, version: 4 | 6): string {
  const name = protocol === 'ipcomp' ? 'IPComp' : protocol.toUpperCase();
  const option = protocol.toUpperCase();
  return version === 4
    ? `this kernel has no ${name} (CONFIG_INET_${option})`
    : `this kernel has no ${name} for IPv6 (CONFIG_INET6_${option})`;
}

function noAlgorithm(linux: string): string {
  return `this kernel has no ${linux}`;
}

type PolicyId = Pick<Policy, 'direction' | 'selector'>;

function policyName({ direction, selector }: PolicyId): string {
  return `${direction} ${formatSelectorAddresses(selector, direction)}`;
}

/** The kernel's sentence without its full stop. */
function said(text: string): string {
  return text.replace(/[.\s]+$/, '');
}

function errnoName(errno: number): string {
  return Object.entries(errnos).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
}

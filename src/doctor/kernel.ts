/**
 * Which of IPsec this machine can do: the kernel by itself, or with `ipseald`.
 *
 * @module
 */
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

const PROOF = 'ipseal capabilities --backend kernel';

export function examineKernel({ kernel, backend }: Facts): Finding[] {
  const check = 'kernel';
  const instead = backend === 'userspace';
  if (kernel.gaps === null) {
    const says = `What the kernel has of IPsec is not known: ${kernel.unknown}.`;
    return [{ check, status: 'note', says, proof: PROOF, fix: 'run ipseal doctor as root' }];
  }
  const protocols = kernel.gaps.filter(({ kind }) => kind === 'protocol');
  const lacking = protocols.filter(({ name }) => name !== 'ipcomp');
  if (lacking.length > 0) {
    const names = lacking.map(({ name }) => name.toUpperCase()).join(' or ');
    const says = instead
      ? `The kernel has no ${names}; ipseald runs in its place.`
      : `The kernel has no ${names}, and no ipseald runs.`;
    const fix = instead ? null : 'modprobe esp4 esp6 ah4 ah6, or where that fails: ipseald &';
    return [{ check, status: instead ? 'ok' : 'problem', says, proof: PROOF, fix }];
  }
  const others = kernel.gaps.filter((gap) => !lacking.includes(gap)).map(({ name }) => name);
  if (others.length === 0) {
    const says = 'The kernel has ESP, AH and IPComp, and all algorithms that ipseal knows.';
    return [{ check, status: 'ok', says, proof: PROOF, fix: null }];
  }
  const says = `The kernel has ESP and AH, and lacks ${others.join(', ')}.`;
  const fix = 'nothing, unless an SA asks for them; then other algorithms, or ipseald';
  return [{ check, status: 'note', says, proof: PROOF, fix }];
}

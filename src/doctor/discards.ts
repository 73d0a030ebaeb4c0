/**
 * Counters of discarded packets that are not zero, each with what it tells.
 *
 * @module
 */
import { DISCARD_REASONS } from '../ipsec/discard-reason.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';

export function examineDiscards({ discards, backend }: Facts): Finding[] {
  const proof = backend === 'userspace' ? 'ipseal status' : 'cat /proc/net/xfrm_stat';
  const meanings: Readonly<Record<string, string>> = { ...KERNEL_REASONS, ...DISCARD_REASONS };
  const counted = Object.entries(discards).filter(([, packets]) => packets > 0);
  if (counted.length === 0) {
    return [
      { check: 'discards', status: 'ok', says: 'No packet was discarded.', proof, fix: null },
    ];
  }
  return counted.map(([reason, packets]) => ({
    check: 'discards',
    status: 'warning',
    says: `${packets} packets were discarded for ${reason}: ${meanings[reason] ?? 'a reason that ipseal does not know'}.`,
    proof,
    fix: FIXES[reason] ?? 'ipseal watch shows the packets and what becomes of them',
  }));
}

/** Of those that the kernel alone counts (xfrm_proc.rst). */
const KERNEL_REASONS: Readonly<Record<string, string>> = {
  'in-error': 'the packet was received with an error that has no counter of its own',
  'in-buffer-error': 'there was no memory for it',
  'in-state-mode-error': 'the mode of the SA does not fit the packet',
  'in-state-invalid': 'the SA was being removed, or is not valid yet',
  'in-pol-error': 'the policy could not be asked',
  'in-state-dir-error': 'the SA is for the other direction',
  'out-bundle-gen-error': 'the SAs of a policy could not be put together',
  'out-bundle-check-error': 'the SAs of a policy changed meanwhile',
  'out-state-mode-error': 'the mode of the SA does not fit the packet',
  'out-state-invalid': 'the SA was being removed, or is not valid yet',
  'out-pol-dead': 'the policy was being removed',
  'out-state-dir-error': 'the SA is for the other direction',
  'fwd-hdr-error': 'the header of a packet to forward is malformed, or no policy lets it through',
  'acquire-error': 'an SA was used before its negotiation was over',
};

const FIXES: Readonly<Record<string, string>> = {
  'in-no-states': 'compare SPI and destination with the peer’s outbound SAs: setkey -D on both',
  'in-state-seq-error': 'load the files of both hosts anew: one began to count from 1 again',
  'in-state-proto-error': 'compare keys and algorithms of both hosts: they are not the same',
  'in-tmpl-mismatch': 'let the peer protect these packets, or correct the inbound policy',
  'in-no-pols': 'add the inbound (and forward) policy for what comes through the tunnel',
  'in-state-mismatch':
    'compare the addresses of the SA, and its UDP encapsulation, with the peer’s',
  'in-state-expired': 'add new SAs on both hosts',
  'in-deliver-error': 'see whether the device is up: ip link show ipseal0',
  'out-no-states': 'add the outbound SA that the policy asks for, or start an IKE daemon',
  'out-state-expired': 'add new SAs on both hosts',
  'out-state-seq-error': 'add new SAs on both hosts: the sequence numbers are used up',
  'out-too-big': 'nothing: senders were told; where that does not reach them, lower the MTU',
  'acquire-error': 'nothing while they are few; else look in the log of the IKE daemon',
};

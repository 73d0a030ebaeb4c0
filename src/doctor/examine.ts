/**
 * All examinations, in the order in which they are told: what the machine can do, then what stands in
 * the way.
 *
 * @module
 */
import { examineDaemons } from './daemons.ts';
import { examineDisabledDevices } from './disabled-devices.ts';
import { examineDiscards } from './discards.ts';
import { examineExpiry } from './expiry.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { examineForwarding } from './forwarding.ts';
import { examineGuard } from './guard.ts';
import { examineKernel } from './kernel.ts';
import { examineLibraries } from './libraries.ts';
import { examineMtu } from './mtu.ts';
import { examineNat } from './nat.ts';
import { examinePacketFilter } from './packet-filter.ts';
import { examinePrivileges } from './privileges.ts';
import { examineReversePath } from './reverse-path.ts';
import { examineUnserved } from './unserved.ts';

const EXAMINATIONS: readonly ((facts: Facts) => Finding[])[] = [
  examineKernel,
  examinePrivileges,
  examineLibraries,
  examineDaemons,
  examineDisabledDevices,
  examineGuard,
  examinePacketFilter,
  examineNat,
  examineReversePath,
  examineForwarding,
  examineMtu,
  examineUnserved,
  examineExpiry,
  examineDiscards,
];

/** Everything that can be said of `facts`. */
export function examine(facts: Facts): Finding[] {
  return EXAMINATIONS.flatMap((examination) => examination(facts));
}

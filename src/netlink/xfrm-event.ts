/**
 * What the multicast groups of NETLINK_XFRM tell (linux/xfrm.h).
 *
 *     XFRMNLGRP_SA          new, updated, deleted, flushed
 *     XFRMNLGRP_POLICY      new, updated, deleted, flushed; default actions
 *     XFRMNLGRP_EXPIRE      lifetimes of SAs and of policies
 *     XFRMNLGRP_ACQUIRE     SAs that are wanted
 *     XFRMNLGRP_AEVENTS     counters
 *     XFRMNLGRP_REPORT, XFRMNLGRP_MIGRATE, XFRMNLGRP_MAPPING
 *
 * @module
 */
import { Malformed, type Parsed } from '../octets/malformed.ts';
import type { NetlinkMessage } from './nlmsg.ts';
import { parseXfrmAcquire, type XfrmAcquire } from './xfrm-acquire.ts';
import { XFRM_MSG } from './xfrm-constants.ts';
import { parseXfrmCounters, type XfrmCounters } from './xfrm-counters.ts';
import { parseXfrmDefaultActions, type XfrmDefaultActions } from './xfrm-default-action.ts';
import {
  parseDeletedXfrmPolicy,
  parseDeletedXfrmSa,
  parseFlushedXfrmPolicies,
  parseFlushedXfrmSas,
} from './xfrm-deletion.ts';
import {
  parseXfrmExpiredPolicy,
  parseXfrmExpiredSa,
  type XfrmExpiredPolicy,
  type XfrmExpiredSa,
} from './xfrm-expire.ts';
import { parseXfrmMapping, type XfrmMapping } from './xfrm-mapping.ts';
import { parseXfrmMigration, type XfrmMigration } from './xfrm-migration.ts';
import { parseXfrmPolicy, type XfrmPolicy } from './xfrm-policy.ts';
import { parseXfrmReport, type XfrmReport } from './xfrm-report.ts';
import { parseXfrmSa, type XfrmSa } from './xfrm-sa.ts';

/** One message. The keys of SAs are views into its payload. */
export type XfrmEvent =
  | { readonly kind: 'new-sa' | 'updated-sa' | 'deleted-sa'; readonly sa: XfrmSa }
  /** `protocol` may be IPSEC_PROTO_ANY. */
  | { readonly kind: 'flushed-sas'; readonly protocol: number }
  | ({ readonly kind: 'expired-sa' } & XfrmExpiredSa)
  | { readonly kind: 'acquire'; readonly acquire: XfrmAcquire }
  | {
      readonly kind: 'new-policy' | 'updated-policy' | 'deleted-policy';
      readonly policy: XfrmPolicy;
    }
  /** `type` is of XFRM_POLICY_TYPE. */
  | { readonly kind: 'flushed-policies'; readonly type: number }
  | ({ readonly kind: 'expired-policy' } & XfrmExpiredPolicy)
  | { readonly kind: 'default-actions'; readonly actions: XfrmDefaultActions }
  | { readonly kind: 'replay-event'; readonly counters: XfrmCounters }
  | { readonly kind: 'report'; readonly report: XfrmReport }
  | { readonly kind: 'migrate'; readonly migration: XfrmMigration }
  | { readonly kind: 'mapping'; readonly mapping: XfrmMapping }
  /** What a later Linux tells is no mistake: a listener skips it, and may say that it did. */
  | { readonly kind: 'unknown'; readonly type: number };

/** Reads a message of a multicast group. */
export function parseXfrmEvent({ type, payload }: NetlinkMessage): Parsed<XfrmEvent> {
  switch (type) {
    case XFRM_MSG.NEWSA:
      return told(parseXfrmSa(payload), (sa) => ({ kind: 'new-sa', sa }));
    case XFRM_MSG.UPDSA:
      return told(parseXfrmSa(payload), (sa) => ({ kind: 'updated-sa', sa }));
    case XFRM_MSG.DELSA:
      return told(parseDeletedXfrmSa(payload), (sa) => ({ kind: 'deleted-sa', sa }));
    case XFRM_MSG.FLUSHSA:
      return told(parseFlushedXfrmSas(payload), (protocol) => ({ kind: 'flushed-sas', protocol }));
    case XFRM_MSG.EXPIRE:
      return told(parseXfrmExpiredSa(payload), (expired) => ({ kind: 'expired-sa', ...expired }));
    case XFRM_MSG.ACQUIRE:
      return told(parseXfrmAcquire(payload), (acquire) => ({ kind: 'acquire', acquire }));
    case XFRM_MSG.NEWPOLICY:
      return told(parseXfrmPolicy(payload), (policy) => ({ kind: 'new-policy', policy }));
    case XFRM_MSG.UPDPOLICY:
      return told(parseXfrmPolicy(payload), (policy) => ({ kind: 'updated-policy', policy }));
    case XFRM_MSG.DELPOLICY:
      return told(parseDeletedXfrmPolicy(payload), (policy) => ({
        kind: 'deleted-policy',
        policy,
      }));
    case XFRM_MSG.FLUSHPOLICY:
      return told(parseFlushedXfrmPolicies(payload), (of) => ({
        kind: 'flushed-policies',
        type: of,
      }));
    case XFRM_MSG.POLEXPIRE:
      return told(parseXfrmExpiredPolicy(payload), (expired) => ({
        kind: 'expired-policy',
        ...expired,
      }));
    case XFRM_MSG.GETDEFAULT:
      return told(parseXfrmDefaultActions(payload), (actions) => ({
        kind: 'default-actions',
        actions,
      }));
    case XFRM_MSG.NEWAE:
      return told(parseXfrmCounters(payload), (counters) => ({ kind: 'replay-event', counters }));
    case XFRM_MSG.REPORT:
      return told(parseXfrmReport(payload), (report) => ({ kind: 'report', report }));
    case XFRM_MSG.MIGRATE:
      return told(parseXfrmMigration(payload), (migration) => ({ kind: 'migrate', migration }));
    case XFRM_MSG.MAPPING:
      return told(parseXfrmMapping(payload), (mapping) => ({ kind: 'mapping', mapping }));
    default:
      return { kind: 'unknown', type };
  }
}

function told<T>(parsed: Parsed<T>, event: (value: T) => XfrmEvent): Parsed<XfrmEvent> {
  return parsed instanceof Malformed ? parsed : event(parsed);
}

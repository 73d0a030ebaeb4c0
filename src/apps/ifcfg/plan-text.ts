/**
 * A plan in words, as `ipseal ifcfg show` and `ifup-ipsec --dry-run` print it.
 *
 * @module
 */
import type { InterfaceRoute } from '../../config/ifcfg/compile.ts';
import { formatAdd, formatSpdadd, type KeyText } from '../../config/setkey/statement-text.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import type { InterfacePlan } from './plan.ts';

/** Within this version fields may be added; none changes its meaning or goes away. */
const PLAN_VERSION = 1;

/** What `--json` prints. */
export interface PlanJson {
  readonly version: typeof PLAN_VERSION;
  readonly type: 'ifcfg';
  readonly name: string;
  readonly keying: 'manual' | 'automatic';
  readonly mode: 'transport' | 'tunnel';
  readonly source: string;
  readonly destination: string;
  /** Those that were read, in their order. */
  readonly files: readonly string[];
  /** In the language of setkey. */
  readonly statements: readonly string[];
  readonly routes: readonly string[];
  /** Racoon's files, each with what would be new in it. */
  readonly racoon: readonly { readonly path: string; readonly text: string }[];
  readonly notes: readonly string[];
  /** Why `ifup-ipsec` would refuse. */
  readonly obstacles: readonly string[];
}

/** `plan` as an object to be written. */
export function planToJson(plan: InterfacePlan, keys: KeyText): PlanJson {
  const { loaded, wanted, route, racoon, notes } = plan;
  return {
    version: PLAN_VERSION,
    type: 'ifcfg',
    name: loaded.name,
    keying: wanted.keying.kind,
    mode: wanted.networks === null ? 'transport' : 'tunnel',
    source: formatIpAddress(plan.source),
    destination: formatIpAddress(wanted.destination),
    files: loaded.files,
    statements: statementsOf(plan, keys),
    routes: route === null ? [] : [routeText(route)],
    racoon: (racoon?.changes ?? []).map(({ path, shown }) => ({ path, text: shown })),
    notes,
    obstacles: plan.obstacles,
  };
}

/** The statements that make setkey do the same; the `fwd` policies it makes by itself. */
export function statementsOf({ contents }: InterfacePlan, keys: KeyText): readonly string[] {
  return [
    ...contents.sas.map((sa) => formatAdd(sa, keys)),
    ...contents.policies
      .filter(({ direction }) => direction !== 'forward')
      .map((policy) => formatSpdadd(policy)),
  ];
}

/** The whole plan for people, a line each. */
export function planLines(plan: InterfacePlan, keys: KeyText): readonly string[] {
  const { name, keying, mode, source, destination, ...told } = planToJson(plan, keys);
  return [
    `${name}: ${keying} keying, ${mode} mode, ${source} to ${destination}`,
    ...told.files.map((file) => `  read: ${file}`),
    'setkey:',
    ...told.statements.map((statement) => `  ${statement}`),
    ...(told.routes.length === 0 ? [] : ['route:']),
    ...told.routes.map((route) => `  ${route}`),
    ...told.racoon.flatMap(({ path, text }) => [`${path}:`, ...indented(text)]),
    ...told.notes.map((note) => `note: ${note}`),
    ...told.obstacles.map((obstacle) => `refused by ifup-ipsec: ${obstacle}`),
  ];
}

/** `ip route add 10.2.0.0/16 via 10.1.0.1 src 10.1.0.1` */
export function routeText({ destination, source }: InterfaceRoute): string {
  const address = formatIpAddress(source);
  return `ip route add ${formatPrefix(destination)} via ${address} src ${address}`;
}

function indented(text: string): string[] {
  const lines = text.split('\n');
  return lines.filter((line) => line !== '').map((line) => `  ${line}`);
}

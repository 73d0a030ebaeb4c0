/**
 * What bringing an interface up would do, worked out before anything is touched.
 *
 * @module
 */
import { type CompiledInterface, compileIfcfg } from '../../config/ifcfg/compile.ts';
import type { IpsecInterface } from '../../config/ifcfg/interface.ts';
import type { IfcfgOptions } from '../../config/ifcfg/read.ts';
import { formatDiagnostic } from '../../config/index.ts';
import type { IpAddress } from '../../net/ip-address.ts';
import { choose } from './choices.ts';
import { type LoadedInterface, loadInterface } from './load.ts';
import type { Places } from './places.ts';
import { planRacoon, type RacoonPlan } from './racoon.ts';

export interface InterfacePlan extends CompiledInterface {
  readonly loaded: LoadedInterface;
  readonly wanted: IpsecInterface;
  /** This host's address towards the peer. */
  readonly source: IpAddress;
  /** `null` where racoon's files are not to be touched. */
  readonly racoon: RacoonPlan | null;
  /** What there is to say besides, a clause each. */
  readonly notes: readonly string[];
  /** Why it must not be carried out, a clause each. */
  readonly obstacles: readonly string[];
}

/**
 * Plans for the interface that `word` names. `report` is told what is wrong with its files; `null` when
 * that is an error. Throws what cannot be read or found out.
 */
export function planInterface(
  word: string,
  places: Places,
  options: IfcfgOptions,
  report: (text: string) => void,
): InterfacePlan | null {
  const loaded = loadInterface(word, places, options);
  for (const diagnostic of loaded.reading.diagnostics) report(`${formatDiagnostic(diagnostic)}\n`);
  const { interface: wanted } = loaded.reading;
  if (wanted === null) return null;
  const { choices, notes } = choose(wanted);
  const peer = wanted.keying.kind === 'automatic' ? wanted.keying.peer : null;
  const racoon = peer === null ? null : planRacoon(peer, wanted.destination, loaded, places);
  return {
    ...compileIfcfg(wanted, choices),
    loaded,
    wanted,
    source: choices.source,
    racoon,
    notes: [...notes, ...(racoon?.notes ?? [])],
    obstacles: [...loaded.exposed, ...(racoon?.obstacle ? [racoon.obstacle] : [])],
  };
}

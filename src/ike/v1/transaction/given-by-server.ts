/**
 * What an endpoint gives to its clients: one pool of addresses and one throttle for all of them, for as long
 * as the configuration says the same of them.
 *
 * @module
 */
import { sameAddress } from '../../../net/ip-address.ts';
import type { ModeConfig } from '../../configuration.ts';
import { AddressPool } from './address-pool.ts';
import type { ServerSettings } from './situation.ts';
import { Throttle } from './throttle.ts';

type Said = Pick<ServerSettings, 'modeConfig' | 'banner'>;

export class GivenByServer {
  #settings: ServerSettings | null = null;

  /** As `said`: where that is something new, who has an address or has to wait goes on having and waiting. */
  by(said: Said): ServerSettings {
    const former = this.#settings;
    if (former?.modeConfig === said.modeConfig && former.banner === said.banner) return former;
    this.#settings = former === null ? anew(said) : after(former, said);
    return this.#settings;
  }
}

function anew({ modeConfig, banner }: Said): ServerSettings {
  const { network, poolSize, throttleSeconds } = modeConfig;
  const pool = network === null || poolSize === 0 ? null : new AddressPool(network, poolSize);
  return { modeConfig, banner, pool, throttle: new Throttle(throttleSeconds) };
}

function after(former: ServerSettings, said: Said): ServerSettings {
  const fresh = anew(said);
  const before = former.modeConfig;
  const now = said.modeConfig;
  const pool = hasSamePool(before, now) ? former.pool : fresh.pool;
  const isSameThrottle = before.throttleSeconds === now.throttleSeconds;
  return { ...fresh, pool, throttle: isSameThrottle ? former.throttle : fresh.throttle };
}

function hasSamePool(a: ModeConfig, b: ModeConfig): boolean {
  if (a.network === null || b.network === null) return a.network === b.network;
  return a.poolSize === b.poolSize && sameAddress(a.network, b.network);
}

/**
 * Manual keying: from `SPI_*`, `KEY_*` and `*_PROTO` to the SAs of either direction.
 *
 * @module
 */

import { readNewSpi } from '../setkey/compile-word.ts';
import {
  type AlgorithmName,
  fitTogether,
  readEncryption,
  readIntegrity,
  type Sha256Icv,
} from './algorithms.ts';
import type { Environment, Variable } from './environment.ts';
import type { KeyedLayer, ManualKeying } from './interface.ts';
import { type FoundLayer, lintLayers } from './lint.ts';

type Way = 'IN' | 'OUT';
type Layer = 'ESP' | 'AH';

/** The names that count where nothing was said. */
const DEFAULTS = { ESP: '3des-cbc', AESP: 'hmac-sha1', AH: 'hmac-sha1' } as const;

/** Reads the SAs; `undefined` when something is wrong and was reported. */
export function readManual(
  environment: Environment,
  sha256Icv: Sha256Icv,
): ManualKeying | undefined {
  const reader = new ManualReader(environment, sha256Icv);
  const inbound = reader.layers('IN');
  const outbound = reader.layers('OUT');
  if (inbound === undefined || outbound === undefined) return undefined;
  const [one] = [...inbound, ...outbound];
  if (one === undefined) return refuseNothing(environment);
  const unequal = (['esp', 'ah'] as const).find(
    (protocol) => has(inbound, protocol) !== has(outbound, protocol),
  );
  if (unequal !== undefined) return refuseOneWay(environment, unequal, has(inbound, unequal));
  lintLayers([...inbound, ...outbound]);
  const layersOf = (found: readonly FoundLayer[]) => found.map(({ layer }) => layer);
  return { kind: 'manual', inbound: layersOf(inbound), outbound: layersOf(outbound) };
}

class ManualReader {
  readonly #environment: Environment;
  readonly #sha256Icv: Sha256Icv;

  constructor(environment: Environment, sha256Icv: Sha256Icv) {
    this.#environment = environment;
    this.#sha256Icv = sha256Icv;
  }

  /** Those of one direction, innermost first. */
  layers(way: Way): readonly FoundLayer[] | undefined {
    const ah = this.#layer('AH', way, false);
    const esp = this.#layer('ESP', way, ah !== null);
    if (esp === undefined || ah === undefined) return undefined;
    return [esp, ah].filter((layer) => layer !== null);
  }

  /** `null` where there is no such layer. `outer` says that AH goes around it. */
  #layer(name: Layer, way: Way, outer: boolean): FoundLayer | null | undefined {
    const environment = this.#environment;
    const spi = environment.find(`SPI_${name}_${way}`);
    const key = this.#either(`KEY_${name}`, way);
    if (environment.find(`${name}_PROTO`)?.value === 'none') return null;
    if (spi === undefined && key === undefined) return null;
    if (spi === undefined) {
      return key?.error('missing-spi', `a key, and no SPI for it: SPI_${name}_${way} is missing`, {
        expected: `SPI_${name}_${way}, a number from 256 on that the peer has as SPI_${name}_${opposite(way)}`,
      });
    }
    if (key === undefined) {
      return spi.error('missing-key', `an SPI, and no key: KEY_${name}_${way} is missing`, {
        expected: `KEY_${name}_${way}, or KEY_${name} for both directions`,
        fix: `write KEY_${name} into the keys file`,
      });
    }
    const number = readSpi(spi, name);
    const secured = name === 'ESP' ? this.#esp(way, key, outer) : this.#ah(way, key);
    if (number === undefined || secured === undefined) return undefined;
    const { layer, encryptionAt, integrityAt } = secured;
    return { layer: { ...layer, spi: number }, encryptionAt, integrityAt, keyAt: key };
  }

  #esp(way: Way, key: Variable, outer: boolean) {
    const name = this.#algorithm('ESP', way);
    const encryption = readEncryption(name, key);
    const integrityKey = this.#either('KEY_AESP', way);
    const integrityName = this.#algorithm('AESP', way);
    const integrity = this.#espIntegrity(integrityName, integrityKey);
    const at = name.variable ?? key;
    if (encryption === undefined || encryption === null || integrity === undefined)
      return undefined;
    if (!fitTogether(encryption, integrity, at, outer)) return undefined;
    const layer = { protocol: 'esp' as const, encryption, integrity };
    const integrityAt = integrity && (integrityName.variable ?? integrityKey ?? null);
    return { layer, encryptionAt: at, integrityAt };
  }

  /** Authentication of ESP; `null` is none. */
  #espIntegrity(name: AlgorithmName, key: Variable | undefined) {
    if (name.text === 'none') return null;
    if (key !== undefined) return readIntegrity(name, key, this.#sha256Icv);
    if (name.variable === undefined) return null;
    return name.variable.error('missing-key', 'an integrity algorithm for ESP, and no KEY_AESP', {
      expected: 'KEY_AESP in the keys file',
      fix: 'write KEY_AESP, or AESP_PROTO=none where packets shall not be authenticated by ESP',
    });
  }

  #ah(way: Way, key: Variable) {
    const name = this.#algorithm('AH', way);
    const integrity = readIntegrity(name, key, this.#sha256Icv);
    if (integrity === undefined) return undefined;
    const layer = { protocol: 'ah' as const, encryption: null, integrity };
    return { layer, encryptionAt: null, integrityAt: name.variable ?? key };
  }

  #algorithm(name: keyof typeof DEFAULTS, way: Way): AlgorithmName {
    const variable = this.#either(`${name}_PROTO`, way);
    return { text: variable === undefined ? DEFAULTS[name] : (variable.value ?? ''), variable };
  }

  /** The variable of one direction, else the one for both. */
  #either(name: string, way: Way): Variable | undefined {
    return this.#environment.findFirst(`${name}_${way}`, name);
  }
}

function readSpi(variable: Variable, name: Layer): number | undefined {
  const { value, span, shown, report } = variable;
  if (value === null) return undefined;
  return readNewSpi({ text: value, shown, span }, name === 'ESP' ? 'esp' : 'ah', report);
}

function has(layers: readonly FoundLayer[], protocol: KeyedLayer['protocol']): boolean {
  return layers.some(({ layer }) => layer.protocol === protocol);
}

function opposite(way: Way): Way {
  return way === 'IN' ? 'OUT' : 'IN';
}

function refuseOneWay(
  environment: Environment,
  protocol: KeyedLayer['protocol'],
  isInbound: boolean,
): undefined {
  const name = protocol.toUpperCase();
  const [there, missing] = isInbound ? ['IN', 'OUT'] : ['OUT', 'IN'];
  const message = `${name} has an SPI for one direction: SPI_${name}_${missing} is missing`;
  return environment.missing('missing-spi', environment.find(`SPI_${name}_${there}`), message, {
    expected: `SPI_${name}_IN and SPI_${name}_OUT`,
  });
}

function refuseNothing(environment: Environment): undefined {
  const message = 'nothing says how packets shall be protected';
  return environment.missing('no-keying', environment.find('DST'), message, {
    expected: 'keys and SPIs (KEY_ESP, SPI_ESP_IN, SPI_ESP_OUT ...), or IKE_METHOD or IKE_PSK',
  });
}

/**
 * The SAs of two peers: they must be the same on both hosts.
 *
 * @module
 */
import { formatSaId, type SaParameters } from '../../ipsec/sa-parameters.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { addressKey, type CompiledAdd } from '../lint/setkey/checked-setkey.ts';
import { keyIdentity } from '../lint/setkey/key-identity.ts';
import { formatAdd } from '../setkey/statement-text.ts';
import type { AlgorithmClause } from '../setkey/syntax.ts';
import type { Side } from './common-ground.ts';
import type { Difference } from './difference.ts';

export function* compareSas(a: Side, b: Side): Generator<Difference> {
  const others = new Map(b.adds.map((add) => [nameOf(add), add]));
  const alone: CompiledAdd[] = [];
  for (const add of a.adds) {
    const other = others.get(nameOf(add));
    if (other === undefined) {
      alone.push(add);
    } else {
      others.delete(nameOf(add));
      yield* compareSa(add, other);
    }
  }
  yield* pairUp(alone, [...others.values()], [a.file.source.name, b.file.source.name]);
}

/** SAs that have no namesake: those between the same hosts differ in the SPI, others are missing. */
function* pairUp(
  alone: readonly CompiledAdd[],
  others: readonly CompiledAdd[],
  [here, there]: readonly [string, string],
): Generator<Difference> {
  const left = new Set(others);
  for (const add of alone) {
    const other = [...left].find((each) => pathOf(each) === pathOf(add));
    if (other === undefined) {
      yield missing(add, there, { here: add.span, there: null });
      continue;
    }
    left.delete(other);
    const [one, two] = [add.statement.spi.text, other.statement.spi.text];
    yield {
      code: 'peer-spi',
      message: `the ${add.sa.protocol} SA from ${pathText(add.sa)} has SPI ${one} in one file, and ${two} in the other`,
      here: add.statement.spi.span,
      there: other.statement.spi.span,
      fix: `write ${one} in both, or ${two} in both`,
    };
  }
  for (const add of left) yield missing(add, here, { here: null, there: add.span });
}

function missing(
  { sa }: CompiledAdd,
  file: string,
  places: Pick<Difference, 'here' | 'there'>,
): Difference {
  return {
    code: 'peer-missing-sa',
    message: `${file} does not add ${formatSaId(sa)}, from ${formatIpAddress(sa.source)}`,
    ...places,
    fix: `add it to ${file}, with the same keys: ${formatAdd(sa, 'masked')}`,
  };
}

function* compareSa(a: CompiledAdd, b: CompiledAdd): Generator<Difference> {
  const what = formatSaId(a.sa);
  if (a.sa.mode !== b.sa.mode) {
    yield {
      code: 'peer-mode',
      message: `${what} is for ${a.sa.mode} mode in one file, and for ${b.sa.mode} mode in the other`,
      here: a.span,
      there: b.span,
      fix: 'write the same -m in both, as the rules of the policies have it',
    };
  }
  if (encapsulationOf(a.sa) !== encapsulationOf(b.sa)) {
    yield {
      code: 'peer-encapsulation',
      message: `${what} goes ${encapsulationOf(a.sa)} in one file, and ${encapsulationOf(b.sa)} in the other`,
      here: a.statement.protocol.name.span,
      there: b.statement.protocol.name.span,
      fix: 'write esp-udp and the same ports in both, or esp in both',
    };
  }
  yield* compareAlgorithm(
    what,
    { add: a, clause: a.statement.encryption, keyed: a.sa.encryption },
    { add: b, clause: b.statement.encryption, keyed: b.sa.encryption },
  );
  yield* compareAlgorithm(
    what,
    { add: a, clause: a.statement.integrity, keyed: a.sa.integrity },
    { add: b, clause: b.statement.integrity, keyed: b.sa.integrity },
  );
  if (a.sa.compression !== b.sa.compression) {
    yield {
      code: 'peer-algorithm',
      message: `${what} has different compression algorithms`,
      here: a.statement.compression?.name.span ?? a.span,
      there: b.statement.compression?.name.span ?? b.span,
      fix: 'write the same -C in both',
    };
  }
}

/** An algorithm of an SA, where it stands, and its key. */
interface Keyed {
  readonly add: CompiledAdd;
  readonly clause: AlgorithmClause | null;
  readonly keyed: SaParameters['encryption'] | SaParameters['integrity'];
}

function* compareAlgorithm(what: string, a: Keyed, b: Keyed): Generator<Difference> {
  const names = { here: nameSpan(a), there: nameSpan(b) };
  const [one, two] = [a.keyed?.algorithm.name ?? 'none', b.keyed?.algorithm.name ?? 'none'];
  if (one !== two) {
    const message = `${what} has ${one} in one file, and ${two} in the other`;
    yield { code: 'peer-algorithm', message, ...names, fix: 'write the same in both' };
    return;
  }
  if (a.keyed === null || b.keyed === null) return;
  const [icv, other] = [icvBits(a.keyed), icvBits(b.keyed)];
  if (icv !== other) {
    yield {
      code: 'peer-icv-length',
      message: `${what} has an ICV of ${icv} bits in one file, and of ${other} in the other`,
      ...names,
      fix: `write ${one}-${icv} in both, or ${one}-${other} in both`,
    };
  }
  const same =
    keyIdentity(a.keyed.algorithm, a.keyed.key) === keyIdentity(b.keyed.algorithm, b.keyed.key);
  if (same) return;
  yield {
    code: 'peer-key',
    message: `${what} has another key of ${one} in the other file`,
    here: a.clause?.key?.span ?? names.here,
    there: b.clause?.key?.span ?? names.there,
    fix: 'copy the key from one file to the other',
  };
}

function nameSpan({ add, clause }: Keyed) {
  return clause?.name.span ?? add.span;
}

function icvBits(keyed: NonNullable<Keyed['keyed']>): number {
  return 'icvLength' in keyed ? keyed.icvLength * 8 : 0;
}

/** The SA, by all that names it and its source. */
function nameOf({ sa }: CompiledAdd): string {
  return `${addressKey(sa.source)} ${formatSaId(sa)}`;
}

/** From where to where, and which protocol. */
function pathOf({ sa }: CompiledAdd): string {
  return `${addressKey(sa.source)} ${addressKey(sa.destination)} ${sa.protocol}`;
}

function pathText({ source, destination }: SaParameters): string {
  return `${formatIpAddress(source)} to ${formatIpAddress(destination)}`;
}

function encapsulationOf({ encapsulation }: SaParameters): string {
  if (encapsulation === null) return 'without UDP';
  return `in UDP from port ${encapsulation.sourcePort} to ${encapsulation.destinationPort}`;
}

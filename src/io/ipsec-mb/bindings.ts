/**
 * Intel's Multi-Buffer Crypto for IPsec, where it is installed: AES-GCM and ChaCha20-Poly1305 with the
 * widest instructions that the processor has, twice as fast as the OpenSSL 3.0 inside of Node 20 and
 * of Debian 12.
 *
 * Its functions are found as its header's macros find them, in the manager that it makes for this
 * processor. New members of that structure go behind those used here, as its header promises for one
 * and the same soname.
 *
 * @module
 */
import koffi from 'koffi';
import { addressOf } from '../foreign-calls.ts';

const FILE = 'libIPSec_MB.so.1';

/** Places in `IMB_MGR` (intel-ipsec-mb.h). */
const FEATURES = 8;
const GCM_ENCRYPT = 256;
const GCM_DECRYPT = 280;
const GCM_EXPAND = 448;
const CHACHA20_POLY1305 = 920;
const POINTER_LENGTH = 8;
/** The processor has AES instructions; otherwise they are emulated, slowly. */
const FEATURE_AESNI = 2;
const GCM_KEY_BITS = [128, 192, 256] as const;

/** What stands at some of those places, under one of the names that the library exports. */
const LANDMARKS: readonly (readonly [place: number, name: string])[] = [
  [GCM_ENCRYPT, 'aes_gcm_enc_128'],
  [GCM_DECRYPT, 'aes_gcm_dec_128'],
  [GCM_EXPAND, 'aes_gcm_pre_128'],
  [CHACHA20_POLY1305 + POINTER_LENGTH, 'update_enc_chacha20_poly1305'],
  [CHACHA20_POLY1305 + 3 * POINTER_LENGTH, 'finalize_chacha20_poly1305'],
];
/** What the names end in, by instruction set. */
const VARIANTS = [
  'sse',
  'avx',
  'avx2',
  'avx_gen2',
  'avx_gen4',
  'avx512',
  'fma_avx512',
  'vaes_avx512',
];

/** Where functions stand. */
export type Address = number;

export interface GcmFunctions {
  /** Of a key, to {@link GCM_SCHEDULE_LENGTH} octets at a multiple of 64. */
  readonly expand: (key: Address, schedule: Address) => void;
  /** Schedule, context, out, in, length, IV, AAD and its length, ICV and its length. */
  readonly encrypt: Address;
  readonly decrypt: Address;
}

export interface ChachaFunctions {
  /** Key, context, IV, AAD, its length. */
  readonly begin: Address;
  /** Key, context, out, in, length. */
  readonly encrypt: Address;
  readonly decrypt: Address;
  /** Context, ICV, its length. */
  readonly end: Address;
}

export interface MultiBuffer {
  /** Major, minor and patch level: `1.3.0`. */
  readonly version: string;
  /** By bits of key. */
  readonly gcm: ReadonlyMap<number, GcmFunctions>;
  readonly chacha: ChachaFunctions;
}

/** Octets of `struct gcm_key_data` (1008 in version 1.3), and some more. */
export const GCM_SCHEDULE_LENGTH = 2048;
/** Octets of `struct gcm_context_data` (88) or `struct chacha20_poly1305_context_data` (192). */
export const CONTEXT_LENGTH = 512;
/** What both must stand at a multiple of. */
export const ALIGNMENT = 64;

const VERSION = koffi.proto('uint', []);
const ALLOCATE = koffi.proto('uintptr_t', ['uint64_t']);
const PAIR = koffi.proto('void', ['uintptr_t', 'uintptr_t']);

/** The library; `null` where there is none, or no processor that it would be fast on. */
export function loadMultiBuffer(): MultiBuffer | null {
  loaded ??= { library: load() };
  return loaded.library;
}

let loaded: { readonly library: MultiBuffer | null } | undefined;

function load(): MultiBuffer | null {
  if (process.arch !== 'x64') return null;
  try {
    // Never closed: contexts keep addresses of its functions.
    return bind((name) => addressOf(FILE, name));
  } catch {
    return null;
  }
}

function bind(addressIn: (name: string) => Address): MultiBuffer | null {
  const version = koffi.decode(addressIn('imb_get_version'), VERSION)() as number;
  const manager = koffi.decode(addressIn('alloc_mb_mgr'), ALLOCATE)(0) as Address;
  if (manager === 0) return null;
  koffi.decode(addressIn('init_mb_mgr_auto'), PAIR)(manager, 0);
  const word = (at: number) => Number(koffi.decode(manager + at, 'uint64_t'));
  if ((word(FEATURES) & FEATURE_AESNI) === 0) return null;
  // Another version may have its functions elsewhere: then none is called.
  if (!LANDMARKS.every(([place, name]) => isVariantOf(word(place), name, addressIn))) return null;
  const gcm = new Map(
    GCM_KEY_BITS.map((bits, k) => [
      bits,
      {
        expand: koffi.decode(word(GCM_EXPAND + k * POINTER_LENGTH), PAIR),
        encrypt: word(GCM_ENCRYPT + k * POINTER_LENGTH),
        decrypt: word(GCM_DECRYPT + k * POINTER_LENGTH),
      },
    ]),
  );
  const [begin = 0, encrypt = 0, decrypt = 0, end = 0] = [0, 1, 2, 3].map((k) =>
    word(CHACHA20_POLY1305 + k * POINTER_LENGTH),
  );
  return { version: versionText(version), gcm, chacha: { begin, encrypt, decrypt, end } };
}

function isVariantOf(
  address: Address,
  name: string,
  addressIn: (name: string) => Address,
): boolean {
  return VARIANTS.some((variant) => {
    try {
      return addressIn(`${name}_${variant}`) === address;
    } catch {
      return false;
    }
  });
}

function versionText(version: number): string {
  return [version >>> 16, (version >>> 8) & 0xff, version & 0xff].join('.');
}

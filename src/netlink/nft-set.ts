/**
 * Anonymous sets of nf_tables: what a single rule looks packets up in, however many there are.
 *
 * A set belongs to the rule that looks into it and goes with it. Within a batch it is known by a
 * number: first the set, then its elements, then the rule.
 *
 * @module
 */
import {
  type Attribute,
  be32Attribute,
  nestedAttribute,
  octetsAttribute,
  textAttribute,
} from './attribute.ts';
import { ANONYMOUS_SET } from './nft-expression.ts';
import { NFT_MSG, nftRequest } from './nftables.ts';
import { type NetlinkRequest, NLM_F } from './nlmsg.ts';

const NFTA_SET = { TABLE: 1, NAME: 2, FLAGS: 3, KEY_TYPE: 4, KEY_LEN: 5, DESC: 9, ID: 10 } as const;
const NFTA_SET_DESC_SIZE = 1;
const NFT_SET = { ANONYMOUS: 1, CONSTANT: 2 } as const;
const NFTA_ELEMENTS = { TABLE: 1, SET: 2, ELEMENTS: 3, SET_ID: 4 } as const;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_DATA_VALUE = 1;

/** What a part of a key is, in the numbers that `nft` prints types by. */
export const NFT_KEY_TYPE = { IPV4_ADDRESS: 7, IPV6_ADDRESS: 8, PORT: 13 } as const;
export type NftKeyType = (typeof NFT_KEY_TYPE)[keyof typeof NFT_KEY_TYPE];
/** Bits of a type within that of parts put together. */
const TYPE_BITS = 6;
/** Octets of each; ports take up the word they begin. */
const KEY_LENGTH: Readonly<Record<NftKeyType, number>> = { 7: 4, 8: 16, 13: 4 };

/** The length of an attribute has 16 bits: elements are sent in parts. */
const ELEMENTS_AT_ONCE = 1000;

/** The requests that make set `id`, which holds `keys`: each is parts of `types`, one behind the other. */
export function newKeySet(
  table: string,
  id: number,
  types: readonly NftKeyType[],
  keys: readonly Uint8Array[],
): NetlinkRequest[] {
  const type = types.reduce((sum: number, each) => (sum << TYPE_BITS) | each, 0);
  const length = types.reduce((sum: number, each) => sum + KEY_LENGTH[each], 0);
  const requests = [
    nftRequest(NFT_MSG.NEWSET, NLM_F.CREATE, [
      textAttribute(NFTA_SET.TABLE, table),
      textAttribute(NFTA_SET.NAME, ANONYMOUS_SET),
      be32Attribute(NFTA_SET.FLAGS, NFT_SET.ANONYMOUS | NFT_SET.CONSTANT),
      be32Attribute(NFTA_SET.KEY_TYPE, type),
      be32Attribute(NFTA_SET.KEY_LEN, length),
      be32Attribute(NFTA_SET.ID, id),
      nestedAttribute(NFTA_SET.DESC, [be32Attribute(NFTA_SET_DESC_SIZE, keys.length)]),
    ]),
  ];
  for (let first = 0; first < keys.length; first += ELEMENTS_AT_ONCE) {
    const elements = keys.slice(first, first + ELEMENTS_AT_ONCE).map(element);
    requests.push(
      nftRequest(NFT_MSG.NEWSETELEM, NLM_F.CREATE, [
        textAttribute(NFTA_ELEMENTS.TABLE, table),
        textAttribute(NFTA_ELEMENTS.SET, ANONYMOUS_SET),
        be32Attribute(NFTA_ELEMENTS.SET_ID, id),
        nestedAttribute(NFTA_ELEMENTS.ELEMENTS, elements),
      ]),
    );
  }
  return requests;
}

function element(key: Uint8Array): Attribute {
  return nestedAttribute(NFTA_LIST_ELEM, [
    nestedAttribute(NFTA_SET_ELEM_KEY, [octetsAttribute(NFTA_DATA_VALUE, key)]),
  ]);
}

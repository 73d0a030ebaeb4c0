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

/** Two addresses one after the other, in the numbers that `nft` prints types by. */
const KEY_TYPE = { 4: (7 << 6) | 7, 6: (8 << 6) | 8 } as const;
const KEY_LENGTH = { 4: 8, 6: 32 } as const;

/** The length of an attribute has 16 bits: elements are sent in parts. */
const ELEMENTS_AT_ONCE = 1000;

/** The requests that make set `id`, which holds `pairs`: a source and a destination address each. */
export function newAddressPairSet(
  table: string,
  id: number,
  version: 4 | 6,
  pairs: readonly Uint8Array[],
): NetlinkRequest[] {
  const requests = [
    nftRequest(NFT_MSG.NEWSET, NLM_F.CREATE, [
      textAttribute(NFTA_SET.TABLE, table),
      textAttribute(NFTA_SET.NAME, ANONYMOUS_SET),
      be32Attribute(NFTA_SET.FLAGS, NFT_SET.ANONYMOUS | NFT_SET.CONSTANT),
      be32Attribute(NFTA_SET.KEY_TYPE, KEY_TYPE[version]),
      be32Attribute(NFTA_SET.KEY_LEN, KEY_LENGTH[version]),
      be32Attribute(NFTA_SET.ID, id),
      nestedAttribute(NFTA_SET.DESC, [be32Attribute(NFTA_SET_DESC_SIZE, pairs.length)]),
    ]),
  ];
  for (let first = 0; first < pairs.length; first += ELEMENTS_AT_ONCE) {
    const elements = pairs.slice(first, first + ELEMENTS_AT_ONCE).map(element);
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

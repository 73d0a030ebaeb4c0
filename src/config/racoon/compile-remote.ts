/**
 * `remote … { … }`: a peer, with what it inherits, and what is wrong with it as a whole.
 *
 * @module
 */
import type { AuthenticationMethod, Peer, Phase1Transform } from '../../ike/peer.ts';
import { IKE_PORT } from '../../ipsec/exemption.ts';
import type { Arguments } from './arguments.ts';
import { compileStatements, statementsOf } from './compile-block.ts';
import type { CompileContext } from './compile-context.ts';
import { REPEATABLE_IN_REMOTE, remoteReaders } from './compile-remote-statement.ts';
import {
  asksForSecret,
  findPeer,
  heirOf,
  newPeer,
  type PeerDraft,
  type PeerIndex,
  type ProposalDraft,
  spanOf,
} from './peer-draft.ts';
import type { Statement } from './syntax.ts';

/** Compiles `statement` into one more of `peers`; those before it may be inherited from. */
export function compileRemote(
  statement: Statement,
  words: Arguments,
  peers: PeerDraft[],
  context: CompileContext,
): void {
  const peer = readHead(statement, words, peers, context);
  const isKnown = words.end();
  const readers = remoteReaders(peer, context);
  const statements = statementsOf(statement);
  const origins = compileStatements(statements, 'remote', readers, REPEATABLE_IN_REMOTE, context);
  for (const [name, origin] of origins) peer.origins.set(name, origin);
  // What it lacks may be what it was to inherit.
  if (isKnown) checkRemote(peer, context);
  peers.push(peer);
}

/** `anonymous`, `10.9.0.2 [500]` or `"office"`; `inherit` and another of them. */
function readHead(
  { keyword, block, span }: Statement,
  words: Arguments,
  peers: readonly PeerDraft[],
  context: CompileContext,
): PeerDraft {
  const at = context.location(span);
  const start = words.peek();
  const index = readIndex(words);
  if (index.name !== null && findPeer(peers, index) !== undefined) {
    words.fail('repeated-remote', start, `there is a remote ${start.shown} already`, {
      fix: 'choose another name',
    });
  }
  if (!words.takes('inherit')) {
    if (block === null && !words.hasMore) {
      words.fail('missing-block', span, 'this remote has no block', {
        expected: '"{", or inherit and the remote to be like',
      });
    }
    return newPeer(index, keyword, at);
  }
  const parentStart = words.peek();
  const parentIndex = readIndex(words);
  const isNamed = parentIndex.name !== null;
  if (isNamed !== (index.name !== null)) {
    const what = isNamed ? 'an address inherits from addresses' : 'a name inherits from names';
    words.fail('unfitting-parent', parentStart, `a remote with ${what} alone`);
  }
  const parent = findPeer(peers, parentIndex);
  if (parent !== undefined) return heirOf(parent, index, keyword, at);
  words.fail('unknown-remote', parentStart, `there is no remote ${parentStart.shown} above`, {
    expected: peers.flatMap(({ name }) => (name === null ? [] : `"${name}"`)).join(', ') || null,
  });
  return newPeer(index, keyword, at);
}

function readIndex(words: Arguments): PeerIndex {
  if (words.seesQuoted) {
    return { name: words.quoted('the name of a remote'), address: null, port: IKE_PORT };
  }
  if (words.takes('anonymous')) {
    return { name: null, address: null, port: words.port() ?? IKE_PORT };
  }
  return { name: null, ...words.endpoint('anonymous, an address, or a name in quotes', IKE_PORT) };
}

/** Reports what `peer` lacks. */
function checkRemote(peer: PeerDraft, { report }: CompileContext): void {
  const { keyword, origins, proposals } = peer;
  if (!origins.has('exchange_mode')) {
    report.error('missing-exchange-mode', keyword, 'this remote has no exchange_mode', {
      fix: 'add exchange_mode main;',
    });
  }
  if (proposals.length === 0) {
    report.error('missing-proposal', keyword, 'this remote has no proposal', {
      fix: 'add proposal { … }',
    });
  }
  checkCertificates(peer, report);
  if (peer.exchangeModes.includes('aggressive')) checkAggressive(peer, report);
}

function checkCertificates(peer: PeerDraft, report: CompileContext['report']): void {
  const { keyword, ownIdentity, ownCertificate, peerCertificate, origins } = peer;
  const asn1dn = ownIdentity.kind === 'distinguished-name' && ownIdentity.name === null;
  if (asn1dn && ownCertificate?.kind !== 'x509') {
    const span = spanOf(peer, origins.get('my_identifier'));
    report.error('missing-certificate', span, 'no certificate tells our asn1dn', {
      fix: 'add certificate_type x509 and two files, or the name behind asn1dn',
    });
    return;
  }
  const method = peer.proposals
    .map(({ authentication }) => authentication)
    .find((each) => each !== undefined && SIGNING.includes(each));
  if (method === undefined) return;
  if (ownCertificate === null) {
    report.warning('missing-certificate', keyword, `nothing is there to sign with for ${method}`, {
      fix: 'add certificate_type',
    });
  } else if ((ownCertificate.kind === 'plain-rsa') !== (peerCertificate?.kind === 'plain-rsa')) {
    report.warning('unfitting-certificates', keyword, 'one end has a bare key, the other has not', {
      expected: 'plain_rsa behind both certificate_type and peers_certfile, or x509',
    });
  }
}

/** The initiator of aggressive mode sends its public value before it knows which group is chosen. */
function checkAggressive(peer: PeerDraft, report: CompileContext['report']): void {
  const [first, ...others] = peer.proposals.filter(({ group }) => group !== undefined);
  const other = others.find(({ group }) => group !== first?.group);
  if (other !== undefined) {
    const span = spanOf(peer, other.origins.get('dh_group'));
    const message = 'aggressive mode needs one DH group in all proposals (RFC 2409 §5)';
    report.error('unequal-groups', span, message, {
      expected: `dh_group ${first?.group?.number}`,
      fix: 'write the same group, or take aggressive out of exchange_mode',
    });
  }
  if (!peer.proposals.some(asksForSecret)) return;
  const span = spanOf(peer, peer.origins.get('exchange_mode'));
  report.warning(
    'offline-guessing',
    span,
    'aggressive mode shows a hash of the pre-shared key to whoever asks, who can then guess it',
    { fix: 'write exchange_mode main, or use a key of 128 random bits or more' },
  );
}

/** The finished value. Transforms that lack something, which was reported, are left out. */
export function finishPeer(peer: PeerDraft): Peer {
  const { keyword: _keyword, proposals, lifetimeSeconds, ...values } = peer;
  return { ...values, transforms: proposals.flatMap((each) => finish(each, lifetimeSeconds)) };
}

function finish(proposal: ProposalDraft, lifetimeSeconds: number): Phase1Transform[] {
  const { encryption, keyBits, hash, authentication, group } = proposal;
  if (!encryption || keyBits === undefined || !hash || !authentication || !group) return [];
  const values = { encryption, keyBits, hash, authentication, group };
  return [{ lifetimeSeconds, ...proposal, ...values }];
}

/** Methods of those who sign with a key of their own. */
const SIGNING: readonly AuthenticationMethod[] = [
  'rsasig',
  'hybrid_rsa_server',
  'xauth_rsa_server',
  'xauth_rsa_client',
];

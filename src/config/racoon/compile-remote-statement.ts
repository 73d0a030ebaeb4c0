/**
 * The statements of a `remote { … }`.
 *
 * @module
 */
import type { ExchangeMode, ProposalCheck } from '../../ike/peer.ts';
import { IKE_PORT } from '../../ipsec/exemption.ts';
import type { Choice } from '../read-word.ts';
import { type Arguments, LARGEST_NUMBER } from './arguments.ts';
import type { Readers } from './compile-block.ts';
import { readCaType, readCertificateType, readPeersCertfile } from './compile-certificate.ts';
import type { CompileContext } from './compile-context.ts';
import { readIdentity } from './compile-identifier.ts';
import { readLifetime } from './compile-lifetime.ts';
import { compileProposal } from './compile-proposal.ts';
import type { StatementName } from './grammar.ts';
import { warnOfLeftOut } from './left-out.ts';
import type { PeerDraft } from './peer-draft.ts';

/** How to read each of them into `peer`. */
export function remoteReaders(peer: PeerDraft, context: CompileContext): Readers<'remote'> {
  const { deadPeerDetection, scripts } = peer;
  return {
    exchange_mode: (words) => {
      peer.exchangeModes = readExchangeModes(words);
    },
    my_identifier: (words) => {
      peer.ownIdentity = readIdentity(words);
    },
    peers_identifier: (words) => {
      peer.peerIdentities = [...peer.peerIdentities, readIdentity(words)];
    },
    verify_identifier: (words) => {
      peer.verifyIdentity = words.switch();
    },
    certificate_type: (words) => readCertificateType(words, peer),
    peers_certfile: (words) => readPeersCertfile(words, peer, context),
    ca_type: (words) => readCaType(words, peer),
    verify_cert: (words) => {
      peer.verifyCertificate = words.switch();
    },
    send_cert: (words) => {
      peer.sendCertificate = words.switch();
    },
    send_cr: (words) => {
      peer.sendCertificateRequest = words.switch();
    },
    match_empty_cr: (words) => {
      peer.matchEmptyCertificateRequest = words.switch();
    },
    proposal: (_words, statement) => {
      peer.proposals = [...peer.proposals, compileProposal(statement, context)];
    },
    proposal_check: (words) => {
      peer.proposalCheck = words.choice(PROPOSAL_CHECK);
    },
    lifetime: (words) => {
      peer.lifetimeSeconds = readLifetime(words);
    },
    nat_traversal: (words) => {
      peer.natTraversal = words.choice(FORCIBLE);
    },
    dpd: (words) => {
      deadPeerDetection.enabled = words.switch();
    },
    dpd_delay: (words) => {
      deadPeerDetection.delaySeconds = words.number(A_NUMBER);
    },
    dpd_retry: (words) => {
      deadPeerDetection.retrySeconds = words.number(A_NUMBER);
    },
    dpd_maxfail: (words) => {
      deadPeerDetection.mostFailures = words.number(A_NUMBER);
    },
    generate_policy: (words) => {
      const level = words.choice(POLICY_LEVEL);
      peer.generatePolicy = level === 'on' ? 'require' : level;
    },
    passive: (words) => {
      peer.passive = words.switch();
    },
    initial_contact: (words) => {
      peer.initialContact = words.switch();
    },
    rekey: (words) => {
      peer.rekey = words.choice(FORCIBLE);
    },
    ike_frag: (words) => {
      peer.ikeFragmentation = words.choice(FORCIBLE);
    },
    esp_frag: (words) => {
      peer.espFragmentLength = words.number({ what: 'a length', least: 1, most: 65535 });
    },
    nonce_size: (words) => {
      // RFC 2409 §5
      peer.nonceLength = words.number({ what: 'the length of a nonce', least: 8, most: 256 });
    },
    script: (words) => {
      const program = words.quoted('a script');
      scripts[SCRIPTS[words.choice(SCRIPT_EVENT)]] = program;
    },
    mode_cfg: (words) => {
      peer.modeConfig = words.switch();
    },
    xauth_login: (words) => {
      peer.xauthLogin = words.quoted('a login name');
    },
    remote_address: (words) => {
      if (peer.name === null || peer.address !== null) {
        words.fail('repeated-address', words.span, 'this remote has an address already', {
          fix: 'leave it out, or give the remote a name in the place of its address',
        });
      }
      Object.assign(peer, words.endpoint('the address of the peer', IKE_PORT));
    },
    ph1id: (words) => {
      peer.phase1Id = words.number(A_NUMBER);
    },
    weak_phase1_check: (words) => {
      peer.weakPhase1Check = words.switch();
    },
    support_proxy: (words) => {
      peer.supportProxy = words.switch();
    },
    doi: (words) => {
      words.choice({ noun: 'domain of interpretation', words: ['ipsec_doi'] });
    },
    situation: (words) => {
      if (words.choice(SITUATION) === 'identity_only') return;
      warnOfLeftOut(words.span, 'nobody labels SAs (RFC 2407 §4.2)', context);
    },
    dh_group: (words) => {
      words.fail('misplaced-group', words.span, 'a group belongs to one proposal', {
        fix: 'put it into the block of proposal',
      });
    },
  };
}

/** Those that add to what is there. */
export const REPEATABLE_IN_REMOTE = [
  'proposal',
  'peers_identifier',
  'script',
] as const satisfies readonly StatementName<'remote'>[];

/** Commas between the modes are welcome, and may be left out. */
function readExchangeModes(words: Arguments): readonly ExchangeMode[] {
  const modes: ExchangeMode[] = [];
  do {
    modes.push(words.choice(EXCHANGE_MODE));
    words.takes(',');
  } while (words.hasMore);
  return modes;
}

const A_NUMBER = { what: 'a number', least: 0, most: LARGEST_NUMBER };

const EXCHANGE_MODE: Choice<ExchangeMode> = {
  noun: 'exchange mode',
  words: ['main', 'aggressive', 'base'],
};
const PROPOSAL_CHECK: Choice<ProposalCheck> = {
  noun: 'level',
  words: ['obey', 'strict', 'claim', 'exact'],
};
const FORCIBLE: Choice<'on' | 'off' | 'force'> = { noun: 'switch', words: ['on', 'off', 'force'] };
const POLICY_LEVEL: Choice<'on' | 'off' | 'require' | 'unique'> = {
  noun: 'level',
  words: ['on', 'off', 'require', 'unique'],
};
const SITUATION: Choice<'identity_only' | 'secrecy' | 'integrity'> = {
  noun: 'situation',
  words: ['identity_only', 'secrecy', 'integrity'],
};
const SCRIPTS = { phase1_up: 'up', phase1_down: 'down', phase1_dead: 'dead' } as const;
const SCRIPT_EVENT: Choice<keyof typeof SCRIPTS> = {
  noun: 'event',
  words: ['phase1_up', 'phase1_down', 'phase1_dead'],
};

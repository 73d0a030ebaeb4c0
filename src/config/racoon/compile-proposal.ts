/**
 * `proposal { … }`: a transform of phase 1.
 *
 * @module
 */
import type { AuthenticationMethod } from '../../ike/peer.ts';
import type { Choice } from '../read-word.ts';
import type { Arguments } from './arguments.ts';
import { readGroup, readHash, readPhase1Cipher } from './compile-algorithm.ts';
import { compileStatements, type Readers, statementsOf } from './compile-block.ts';
import type { CompileContext } from './compile-context.ts';
import { readLifetime } from './compile-lifetime.ts';
import type { Mutable } from './draft.ts';
import { refuseLeftOut, warnOfLeftOut } from './left-out.ts';
import type { ProposalDraft } from './peer-draft.ts';
import type { Statement } from './syntax.ts';

export function compileProposal(statement: Statement, context: CompileContext): ProposalDraft {
  const values: Mutable<Partial<Omit<ProposalDraft, 'at' | 'origins'>>> = {};
  const gssId = (words: Arguments): void => {
    words.quoted('an identifier');
    warnOfLeftOut(words.span, 'nobody authenticates by GSSAPI here', context);
  };
  const readers: Readers<'proposal'> = {
    encryption_algorithm: (words) => {
      const cipher = readPhase1Cipher(words, context);
      if (cipher === undefined) return;
      values.encryption = cipher.algorithm;
      values.keyBits = cipher.keyBits;
    },
    hash_algorithm: (words) => {
      const hash = readHash(words, context);
      if (hash !== undefined) values.hash = hash;
    },
    authentication_method: (words) => {
      values.authentication = readMethod(words);
    },
    dh_group: (words) => {
      const group = readGroup(words, context);
      if (group !== undefined) values.group = group;
    },
    lifetime: (words) => {
      values.lifetimeSeconds = readLifetime(words);
    },
    gss_id: gssId,
    gssapi_id: gssId,
  };
  const origins = compileStatements(statementsOf(statement), 'proposal', readers, [], context);
  for (const name of NEEDED) {
    if (origins.has(name)) continue;
    const message = `this proposal has no ${name}`;
    context.report.error('incomplete-proposal', statement.keyword, message, {
      expected: NEEDED.join(', '),
      fix: `add ${EXAMPLES[name]}`,
    });
  }
  return { ...values, at: context.location(statement.span), origins };
}

function readMethod(words: Arguments): AuthenticationMethod {
  const word = words.peek();
  const method = words.choice(METHOD);
  if (method === 'gssapi_krb') {
    refuseLeftOut(words, word, 'this authenticates by GSSAPI', 'write rsasig or pre_shared_key');
  } else if (
    method === 'dsssig' ||
    method === 'hybrid_dss_server' ||
    method === 'hybrid_dss_client'
  ) {
    refuseLeftOut(words, word, 'this signs with DSS', 'write rsasig');
  } else if (method === 'rsaenc' || method === 'rsarev') {
    refuseLeftOut(words, word, 'this authenticates by RSA encryption', 'write rsasig');
  } else {
    return method;
  }
  return 'rsasig';
}

/** Without one of these there is nothing to negotiate. */
const NEEDED = [
  'encryption_algorithm',
  'hash_algorithm',
  'authentication_method',
  'dh_group',
] as const;
const EXAMPLES: Readonly<Record<(typeof NEEDED)[number], string>> = {
  encryption_algorithm: 'encryption_algorithm aes 256;',
  hash_algorithm: 'hash_algorithm sha256;',
  authentication_method: 'authentication_method pre_shared_key;',
  dh_group: 'dh_group 14;',
};

type LeftOutMethod =
  | 'gssapi_krb'
  | 'dsssig'
  | 'hybrid_dss_server'
  | 'hybrid_dss_client'
  | 'rsaenc'
  | 'rsarev';

const METHOD: Choice<AuthenticationMethod | LeftOutMethod> = {
  noun: 'authentication method',
  words: [
    'pre_shared_key',
    'rsasig',
    'hybrid_rsa_server',
    'hybrid_rsa_client',
    'xauth_psk_server',
    'xauth_psk_client',
    'xauth_rsa_server',
    'xauth_rsa_client',
    'gssapi_krb',
    'dsssig',
    'hybrid_dss_server',
    'hybrid_dss_client',
    'rsaenc',
    'rsarev',
  ],
};

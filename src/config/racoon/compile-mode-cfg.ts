/**
 * `mode_cfg { … }`: what clients are given and asked.
 *
 * @module
 */
import type { IpAddress } from '../../net/ip-address.ts';
import type { Prefix } from '../../net/prefix.ts';
import type { Choice } from '../read-word.ts';
import { type Arguments, LARGEST_NUMBER, withArticle } from './arguments.ts';
import { compileStatements, type Readers, statementsOf } from './compile-block.ts';
import type { CompileContext } from './compile-context.ts';
import type { ConfigurationDraft } from './draft.ts';
import { refuseLeftOut } from './left-out.ts';
import type { Statement } from './syntax.ts';

export function compileModeCfg(
  statement: Statement,
  { modeConfig }: ConfigurationDraft,
  context: CompileContext,
): void {
  const readWins = (words: Arguments): void => {
    readServers(words, 'WINS server', modeConfig.winsServers);
  };
  const readers: Readers<'mode_cfg'> = {
    network4: (words) => {
      modeConfig.network = words.address('an IPv4 address', 4);
    },
    netmask4: (words) => {
      modeConfig.netmask = words.address('an IPv4 netmask', 4);
    },
    pool_size: (words) => {
      modeConfig.poolSize = words.number(A_NUMBER);
    },
    dns4: (words) => readServers(words, 'DNS server', modeConfig.dnsServers),
    wins4: readWins,
    nbns4: readWins,
    default_domain: (words) => {
      modeConfig.defaultDomain = words.quoted('a domain');
    },
    split_network: (words) => {
      const kind = words.choice(SPLIT) === 'include' ? 'include' : 'local-lan';
      const networks = words.list(() => readNetwork(words));
      modeConfig.splitNetworks = {
        kind,
        networks: [...(modeConfig.splitNetworks?.networks ?? []), ...networks],
      };
    },
    split_dns: (words) => {
      modeConfig.splitDomains.push(...words.list(() => words.quoted('a domain')));
    },
    banner: (words) => {
      modeConfig.banner = words.quoted('a path');
    },
    auth_source: (words) => {
      modeConfig.authentication = readSource(words, AUTH_SOURCE, ['system', 'pam']);
    },
    auth_groups: (words) => {
      modeConfig.groups.push(...words.list(() => words.quoted('a group')));
    },
    group_source: (words) => {
      readSource(words, GROUP_SOURCE, ['system']);
    },
    conf_source: (words) => {
      readSource(words, CONF_SOURCE, ['local']);
    },
    accounting: (words) => {
      readSource(words, ACCOUNTING, ['none']);
    },
    auth_throttle: (words) => {
      modeConfig.throttleSeconds = words.number(A_NUMBER);
    },
    save_passwd: (words) => {
      modeConfig.savePassword = words.switch();
    },
    pfs_group: (words) => {
      modeConfig.pfsGroup = words.number(A_NUMBER);
    },
  };
  const { keyword } = statement;
  compileStatements(statementsOf(statement), 'mode_cfg', readers, REPEATABLE, context);
  const { network, poolSize } = modeConfig;
  if (network === null || poolSize > 0) return;
  context.report.warning('empty-pool', keyword, 'no address is given away without pool_size', {
    fix: 'add pool_size and how many addresses there are, from network4 on',
  });
}

function readServers(words: Arguments, noun: string, servers: IpAddress[]): void {
  servers.push(...words.list(() => words.address(`the address of ${withArticle(noun)}`, 4)));
  if (servers.length <= MOST_SERVERS) return;
  words.fail('too-many', words.span, `this is ${withArticle(noun)} too many`, {
    expected: `no more than ${MOST_SERVERS} of them`,
  });
}

/** A prefix length is a must here. */
function readNetwork(words: Arguments): Prefix {
  const address = words.address('an IPv4 network', 4);
  words.sign('/');
  return { address, length: words.number({ what: 'a prefix length', least: 0, most: 32 }) };
}

/** Takes one of the words of `choice`, and refuses it unless it is one of `here`. */
function readSource<T extends string>(
  words: Arguments,
  choice: Choice<string>,
  here: readonly [T, ...T[]],
): T {
  const start = words.peek();
  const source = words.choice(choice);
  const known = here.find((each) => each === source);
  if (known !== undefined) return known;
  refuseLeftOut(words, start, `this asks ${source}`, `write ${here.join(' or ')}`);
  return here[0];
}

/** The original kept no more. */
const MOST_SERVERS = 4;

const A_NUMBER = { what: 'a number', least: 0, most: LARGEST_NUMBER };
const REPEATABLE = ['dns4', 'wins4', 'nbns4', 'split_network', 'split_dns', 'auth_groups'] as const;

const SPLIT: Choice<'include' | 'local_lan'> = {
  noun: 'kind of split network',
  words: ['include', 'local_lan'],
};
const AUTH_SOURCE: Choice<string> = {
  noun: 'source of passwords',
  words: ['system', 'pam', 'radius', 'ldap'],
};
const GROUP_SOURCE: Choice<string> = { noun: 'source of groups', words: ['system', 'ldap'] };
const CONF_SOURCE: Choice<string> = {
  noun: 'source of addresses',
  words: ['local', 'radius', 'ldap'],
};
const ACCOUNTING: Choice<string> = {
  noun: 'way of accounting',
  words: ['none', 'system', 'pam', 'radius'],
};

/**
 * Which statements racoon.conf has, and where: what the parser must know to find its way after an
 * error, and the compiler to tell what was meant.
 *
 * @module
 */

/** What a block may hold, by the statement that opens it. `file` is what stands in none. */
export type BlockKind = keyof typeof STATEMENTS;

/** The statements of each kind of block, those that people need most first. */
export const STATEMENTS = {
  file: [
    'remote',
    'sainfo',
    'path',
    'include',
    'log',
    'listen',
    'timer',
    'padding',
    'mode_cfg',
    'privsep',
    'complex_bundle',
    'pfkey_buffer',
    'ldapcfg',
    'radiuscfg',
    'gss_id_enc',
  ],
  remote: [
    'exchange_mode',
    'my_identifier',
    'peers_identifier',
    'verify_identifier',
    'certificate_type',
    'peers_certfile',
    'ca_type',
    'verify_cert',
    'send_cert',
    'send_cr',
    'match_empty_cr',
    'proposal',
    'proposal_check',
    'lifetime',
    'nat_traversal',
    'dpd',
    'dpd_delay',
    'dpd_retry',
    'dpd_maxfail',
    'generate_policy',
    'passive',
    'initial_contact',
    'rekey',
    'ike_frag',
    'esp_frag',
    'nonce_size',
    'script',
    'mode_cfg',
    'xauth_login',
    'remote_address',
    'ph1id',
    'weak_phase1_check',
    'support_proxy',
    'doi',
    'situation',
    'dh_group',
  ],
  proposal: [
    'encryption_algorithm',
    'hash_algorithm',
    'authentication_method',
    'dh_group',
    'lifetime',
    'gss_id',
    'gssapi_id',
  ],
  sainfo: [
    'encryption_algorithm',
    'authentication_algorithm',
    'compression_algorithm',
    'lifetime',
    'pfs_group',
    'remoteid',
  ],
  listen: ['isakmp', 'isakmp_natt', 'adminsock', 'strict_address', 'admin'],
  timer: ['counter', 'interval', 'persend', 'phase1', 'phase2', 'natt_keepalive'],
  padding: ['randomize', 'randomize_length', 'maximum_length', 'strict_check', 'exclusive_tail'],
  mode_cfg: [
    'network4',
    'netmask4',
    'pool_size',
    'dns4',
    'wins4',
    'nbns4',
    'default_domain',
    'split_network',
    'split_dns',
    'banner',
    'auth_source',
    'auth_groups',
    'group_source',
    'conf_source',
    'accounting',
    'auth_throttle',
    'save_passwd',
    'pfs_group',
  ],
  privsep: ['user', 'group', 'chroot'],
  ldapcfg: [
    'version',
    'host',
    'port',
    'uri',
    'tls',
    'timeout',
    'debug',
    'base',
    'subtree',
    'bind_dn',
    'bind_pw',
    'attr_user',
    'attr_addr',
    'attr_mask',
    'attr_group',
    'attr_member',
  ],
  radiuscfg: ['auth', 'acct', 'timeout', 'retries'],
} as const;

/** The name of a statement of blocks of `kind`. */
export type StatementName<K extends BlockKind> = (typeof STATEMENTS)[K][number];

/** What kind of block the statement `name` of a `parent` has; `null` when it has none. */
export function blockOpenedBy(name: string, parent: BlockKind | null): BlockKind | null {
  if (parent === 'remote') return name === 'proposal' ? 'proposal' : null;
  return parent === 'file' ? (SECTIONS.find((section) => section === name) ?? null) : null;
}

/** Whether blocks of `kind` have a statement called `name`. */
export function hasStatement(kind: BlockKind, name: string): boolean {
  return NAMES.get(kind)?.has(name) ?? false;
}

/** The kinds of block that have a statement called `name`. */
export function blocksWith(name: string): readonly BlockKind[] {
  return KINDS.filter((kind) => hasStatement(kind, name));
}

/** Whether statements called `name`, in blocks of `kind`, hold a password. */
export function holdsSecrets(name: string, kind: BlockKind | null): boolean {
  if (kind === 'radiuscfg') return name === 'auth' || name === 'acct';
  return name === 'bind_pw';
}

/** The statements of a file that have a block. */
const SECTIONS = [
  'remote',
  'sainfo',
  'listen',
  'timer',
  'padding',
  'mode_cfg',
  'privsep',
  'ldapcfg',
  'radiuscfg',
] as const satisfies readonly StatementName<'file'>[];

const KINDS = Object.keys(STATEMENTS) as BlockKind[];
const NAMES: ReadonlyMap<BlockKind, ReadonlySet<string>> = new Map(
  KINDS.map((kind) => [kind, new Set<string>(STATEMENTS[kind])]),
);

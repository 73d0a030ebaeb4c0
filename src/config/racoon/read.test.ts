import { describe, expect, test } from 'vitest';
import { espTransforms } from '../../ike/quick-mode-policy.ts';
import { formatIpAddress } from '../../net/ip-address.ts';
import { formatPrefix } from '../../net/prefix.ts';
import { toHex } from '../../octets/hex.ts';
import { formatDiagnostic } from '../diagnostic.ts';
import type { RacoonConfiguration } from './configuration.ts';
import { readRacoon } from './read.ts';

const PROPOSAL =
  'proposal { encryption_algorithm aes 256; hash_algorithm sha256; authentication_method rsasig; dh_group 14; }';
const SAINFO =
  'encryption_algorithm aes; authentication_algorithm hmac_sha256; compression_algorithm deflate;';

/** What `text` says; it must have no error. */
function read(text: string): RacoonConfiguration {
  const { configuration, diagnostics } = readRacoon({ name: 'racoon.conf', text });
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors.map(formatDiagnostic)).toEqual([]);
  return configuration ?? expect.unreachable();
}

/** The one remote whose block has `statements`. */
function remote(statements: string, head = 'anonymous') {
  const { peers } = read(`remote ${head} { exchange_mode main; ${PROPOSAL} ${statements} }`).ike;
  return peers[0] ?? expect.unreachable();
}

test('an empty file is what racoon is by itself', () => {
  expect(read('')).toEqual({
    ike: {
      peers: [],
      quickModePolicies: [],
      listen: { addresses: [], strict: false },
      timers: {
        retransmissions: 5,
        retransmissionSeconds: 10,
        copies: 1,
        phase1Seconds: 30,
        phase2Seconds: 30,
        natKeepaliveSeconds: 20,
      },
      padding: {
        randomize: true,
        randomizeLength: false,
        maximumLength: 20,
        strictCheck: false,
        exclusiveTail: true,
      },
      modeConfig: {
        network: null,
        netmask: null,
        poolSize: 0,
        dnsServers: [],
        winsServers: [],
        defaultDomain: null,
        splitNetworks: null,
        splitDomains: [],
        banner: '/etc/motd',
        authentication: 'system',
        groups: [],
        throttleSeconds: 1,
        savePassword: false,
        pfsGroup: 0,
      },
      complexBundles: true,
    },
    paths: {
      include: null,
      preSharedKeys: null,
      certificates: null,
      scripts: null,
      pidFile: null,
    },
    logLevel: 'info',
    adminSocket: { path: '/var/run/racoon/racoon.sock', owner: 'root', group: 'root', mode: 0o600 },
    privileges: { user: null, group: null },
  });
});

test('a remote that says nothing more has its defaults, as racoon -C printed them', () => {
  expect(remote('')).toMatchObject({
    name: null,
    address: null,
    port: 500,
    ownIdentity: { kind: 'address', address: null },
    peerIdentities: [],
    rekey: 'on',
    sendCertificate: true,
    sendCertificateRequest: true,
    matchEmptyCertificateRequest: false,
    verifyCertificate: true,
    verifyIdentity: false,
    natTraversal: 'off',
    nonceLength: 16,
    passive: false,
    ikeFragmentation: 'off',
    espFragmentLength: 65535,
    initialContact: true,
    generatePolicy: 'off',
    supportProxy: false,
    proposalCheck: 'strict',
    deadPeerDetection: { enabled: true, delaySeconds: 0, retrySeconds: 5, mostFailures: 5 },
    transforms: [{ lifetimeSeconds: 28800, keyBits: 256, authentication: 'rsasig' }],
  });
});

describe('each statement of a remote has its value', () => {
  for (const [statement, value] of [
    ['exchange_mode main aggressive,base;', { exchangeModes: ['main', 'aggressive', 'base'] }],
    ['verify_identifier on;', { verifyIdentity: true }],
    [
      'certificate_type x509 "a" "b";',
      { ownCertificate: { kind: 'x509', certificate: 'a', key: 'b' } },
    ],
    [
      'certificate_type plain_rsa "a"; send_cr on;',
      {
        ownCertificate: { kind: 'plain-rsa', key: 'a' },
        sendCertificate: false,
        sendCertificateRequest: true,
        verifyCertificate: false,
      },
    ],
    ['peers_certfile x509 "a";', { peerCertificate: { kind: 'x509', certificate: 'a' } }],
    ['peers_certfile "a";', { peerCertificate: { kind: 'x509', certificate: 'a' } }],
    ['peers_certfile plain_rsa "a";', { peerCertificate: { kind: 'plain-rsa', key: 'a' } }],
    ['ca_type x509 "ca";', { authority: 'ca' }],
    ['verify_cert off;', { verifyCertificate: false }],
    ['send_cert off;', { sendCertificate: false }],
    ['send_cr off;', { sendCertificateRequest: false }],
    ['match_empty_cr on;', { matchEmptyCertificateRequest: true }],
    ['proposal_check claim;', { proposalCheck: 'claim' }],
    ['lifetime time 2 hours;', { transforms: [{ lifetimeSeconds: 7200 }] }],
    ['nat_traversal force;', { natTraversal: 'force' }],
    [
      'dpd off; dpd_delay 20; dpd_retry 3; dpd_maxfail 7;',
      { deadPeerDetection: { enabled: false, delaySeconds: 20, retrySeconds: 3, mostFailures: 7 } },
    ],
    ['generate_policy on;', { generatePolicy: 'require' }],
    ['generate_policy unique;', { generatePolicy: 'unique' }],
    ['passive on;', { passive: true }],
    ['initial_contact off;', { initialContact: false }],
    ['rekey force;', { rekey: 'force' }],
    ['ike_frag on;', { ikeFragmentation: 'on' }],
    ['esp_frag 552;', { espFragmentLength: 552 }],
    ['nonce_size 32;', { nonceLength: 32 }],
    [
      'script "up.sh" phase1_up; script "dead.sh" phase1_dead;',
      { scripts: { up: 'up.sh', down: null, dead: 'dead.sh' } },
    ],
    ['mode_cfg on;', { modeConfig: true }],
    ['xauth_login "bob";', { xauthLogin: 'bob' }],
    ['ph1id 16;', { phase1Id: 16 }],
    ['weak_phase1_check on;', { weakPhase1Check: true }],
    ['support_proxy on;', { supportProxy: true }],
    ['doi ipsec_doi; situation identity_only;', {}],
    ['my_identifier fqdn "a.example";', { ownIdentity: { kind: 'fqdn', name: 'a.example' } }],
    ['my_identifier user_fqdn "a@b";', { ownIdentity: { kind: 'user-fqdn', name: 'a@b' } }],
    ['my_identifier keyid tag "staff";', { ownIdentity: { kind: 'key-id', name: 'staff' } }],
    ['my_identifier keyid "/etc/id";', { ownIdentity: { kind: 'key-id-file', path: '/etc/id' } }],
    [
      'my_identifier keyid file "/etc/id";',
      { ownIdentity: { kind: 'key-id-file', path: '/etc/id' } },
    ],
    [
      'my_identifier asn1dn "C=DE, O=Gazette, CN=*";',
      {
        ownIdentity: {
          kind: 'distinguished-name',
          name: [
            { attribute: 'C', value: 'DE' },
            { attribute: 'O', value: 'Gazette' },
            { attribute: 'CN', value: null },
          ],
        },
      },
    ],
    [
      'my_identifier asn1dn "/C=DE/CN=a";',
      { ownIdentity: { name: [{ attribute: 'C' }, { attribute: 'CN', value: 'a' }] } },
    ],
    [
      'peers_identifier asn1dn; peers_identifier fqdn "b";',
      {
        peerIdentities: [
          { kind: 'distinguished-name', name: null },
          { kind: 'fqdn', name: 'b' },
        ],
      },
    ],
  ] as const) {
    test(statement, () => expect(remote(statement)).toMatchObject(value));
  }

  test('addresses and names in octets among the identities', () => {
    const { ownIdentity } = remote('my_identifier address 10.9.0.1;');
    expect(
      ownIdentity.kind === 'address' && ownIdentity.address && formatIpAddress(ownIdentity.address),
    ).toBe('10.9.0.1');
    const quoted = remote('my_identifier address "::1";').ownIdentity;
    expect(quoted.kind === 'address' && quoted.address?.version).toBe(6);
    const name = remote('my_identifier asn1dn "~3000";').ownIdentity;
    expect(name.kind === 'distinguished-name-der' && toHex(name.octets)).toBe('3000');
  });
});

test('every algorithm of a proposal is known by its names', () => {
  const proposal = (words: string): string =>
    `proposal { ${words} authentication_method pre_shared_key; }`;
  const { peers } = read(
    `path pre_shared_key "psk"; remote 10.9.0.2 [501] { exchange_mode main; lifetime time 1 min;
      ${[
        'des',
        '3des',
        'blowfish',
        'blowfish 448',
        'cast128 40',
        'aes',
        'rijndael 192',
        'camellia 256',
      ]
        .map((name) => proposal(`encryption_algorithm ${name}; hash_algorithm md5; dh_group 1;`))
        .join('\n')}
      ${['md5', 'sha1', 'sha256', 'sha2_256', 'sha384', 'sha2_384', 'sha512', 'sha2_512']
        .map((name) =>
          proposal(
            `encryption_algorithm aes; hash_algorithm ${name}; dh_group modp2048; lifetime time 2 sec;`,
          ),
        )
        .join('\n')}
      ${['1', 'modp768', '2', 'modp1024', '5', 'modp1536', '14', '15', '16', '17', 'modp8192']
        .map((name) => proposal(`encryption_algorithm aes; hash_algorithm md5; dh_group ${name};`))
        .join('\n')} }`,
  ).ike;
  const transforms = peers[0]?.transforms ?? [];
  expect(peers[0]?.port).toBe(501);
  expect(
    transforms.slice(0, 8).map(({ encryption, keyBits }) => `${encryption.name} ${keyBits}`),
  ).toEqual([
    'des-cbc 64',
    '3des-cbc 192',
    'blowfish-cbc 128',
    'blowfish-cbc 448',
    'cast128-cbc 40',
    'aes-cbc 128',
    'aes-cbc 192',
    'camellia-cbc 256',
  ]);
  expect(transforms.slice(8, 16).map(({ hash }) => hash.ikev1)).toEqual([1, 2, 4, 4, 5, 5, 6, 6]);
  expect(transforms.slice(7, 9).map(({ lifetimeSeconds }) => lifetimeSeconds)).toEqual([60, 2]);
  expect(transforms.slice(16).map(({ group }) => group.number)).toEqual([
    1, 1, 2, 2, 5, 5, 14, 15, 16, 17, 18,
  ]);
});

describe('inheritance', () => {
  const PARENT = `remote anonymous [600] { exchange_mode main; nat_traversal on; peers_identifier fqdn "a"; lifetime time 1 hour; dpd_delay 9; ${PROPOSAL} }`;

  test('takes everything but the address, adds proposals behind, and leaves the parent alone', () => {
    const { peers } = read(
      `${PARENT} remote 10.9.0.2 inherit anonymous [600] { lifetime time 2 hour; dpd_delay 7; peers_identifier fqdn "b"; ${PROPOSAL.replace('256', '128')} }`,
    ).ike;
    const [parent, child] = peers;
    expect(parent).toMatchObject({
      peerIdentities: [{ name: 'a' }],
      transforms: [{ lifetimeSeconds: 3600 }],
    });
    expect(parent?.deadPeerDetection.delaySeconds).toBe(9);
    expect(child).toMatchObject({
      port: 500,
      natTraversal: 'on',
      peerIdentities: [{ name: 'a' }, { name: 'b' }],
      deadPeerDetection: { delaySeconds: 7 },
    });
    expect(
      child?.transforms.map(({ keyBits, lifetimeSeconds }) => [keyBits, lifetimeSeconds]),
    ).toEqual([
      [256, 7200],
      [128, 7200],
    ]);
  });

  test('of names takes the address, and needs no block', () => {
    const { peers } = read(
      `remote "a" { remote_address 10.9.0.2 [501]; exchange_mode main; ${PROPOSAL} } remote "b" inherit "a";`,
    ).ike;
    expect(peers[1]).toMatchObject({ name: 'b', port: 501, exchangeModes: ['main'] });
    expect(peers[1]?.origins.get('exchange_mode')).toMatchObject({
      line: 1,
      text: 'exchange_mode main',
    });
  });
});

test('sainfos are sorted by how much they ask for, and offer every pair', () => {
  const { quickModePolicies } = read(`
    sainfo anonymous { ${SAINFO} }
    sainfo address 10.1.0.0/16 any subnet 10.2.0.0/16[80] tcp { pfs_group 14; lifetime time 30 min; ${SAINFO} }
    sainfo anonymous from fqdn "bob" { remoteid 3; ${SAINFO} }
    sainfo address 10.1.0.1[any] 17 clientaddr group "staff" { encryption_algorithm aes 256, 3des; ${SAINFO.replace('aes', 'twofish')} }
    sainfo fqdn "a" anonymous { ${SAINFO} }
    sainfo anonymous address 10.3.0.1-10.3.0.9 icmp { ${SAINFO} }`).ike;
  const outline = quickModePolicies.map(({ local, remote: peer, from, remoteId }) =>
    [local, peer]
      .map((end) => {
        if (typeof end === 'string') return end;
        if (end.kind === 'network')
          return `${formatPrefix(end.prefix)}[${end.port}]${end.protocol}`;
        return end.kind === 'range' ? `${formatIpAddress(end.last)} ${end.protocol}` : end.name;
      })
      .concat(from?.kind ?? '-', `${remoteId}`)
      .join(' '),
  );
  expect(outline).toEqual([
    'anonymous anonymous fqdn 3',
    '10.1.0.0/16[0]0 10.2.0.0/16[80]6 - 0',
    '10.1.0.1[0]17 client-address - 0',
    'a anonymous - 0',
    'anonymous 10.3.0.9 1 - 0',
    'anonymous anonymous - 0',
  ]);
  expect(quickModePolicies[1]).toMatchObject({ pfsGroup: { number: 14 }, lifetimeSeconds: 1800 });
  const transforms = espTransforms(quickModePolicies[2] ?? expect.unreachable());
  expect(
    transforms.map(
      ({ algorithm, keyBits, integrity }) => `${algorithm.name} ${keyBits} ${integrity.name}`,
    ),
  ).toEqual(['aes-cbc 256 hmac-sha256', '3des-cbc 192 hmac-sha256', 'twofish-cbc 128 hmac-sha256']);
});

test('the daemon itself', () => {
  const { ike, ...daemon } = read(`
    path include "/etc/racoon"; path pre_shared_key "/etc/psk"; path certificate "/certs";
    path script "/scripts"; path pidfile "/run/pid"; log debug2; complex_bundle off;
    privsep { user "racoon"; group 7; }
    listen { isakmp 10.9.0.1; isakmp_natt 10.9.0.1[4500]; isakmp ::1 [501]; strict_address;
      adminsock "/run/sock" "root" "racoon" 0660; }
    timer { counter 3; interval 20sec; persend 2; phase1 1 min; phase2 2 minutes; natt_keepalive 0 sec; }
    padding { randomize off; randomize_length on; maximum_length 30; strict_check on; exclusive_tail off; }
    mode_cfg { network4 10.99.0.1; netmask4 255.255.0.0; pool_size 9; dns4 10.0.0.1, 10.0.0.2; dns4 10.0.0.3;
      nbns4 10.0.0.4; wins4 10.0.0.5; split_network include 10.1.0.0/16, 10.2.0.0/16; split_dns "a", "b";
      default_domain "c"; auth_source pam; auth_groups "x", "y"; group_source system; conf_source local;
      accounting none; pfs_group 2; save_passwd on; auth_throttle 3; banner "/motd"; }`);
  expect(daemon).toEqual({
    paths: {
      include: '/etc/racoon',
      preSharedKeys: '/etc/psk',
      certificates: '/certs',
      scripts: '/scripts',
      pidFile: '/run/pid',
    },
    logLevel: 'debug2',
    adminSocket: { path: '/run/sock', owner: 'root', group: 'racoon', mode: 0o660 },
    privileges: { user: 'racoon', group: '7' },
  });
  expect(ike.complexBundles).toBe(false);
  expect(ike.listen.strict).toBe(true);
  expect(
    ike.listen.addresses.map(
      ({ address, port, natTraversal }) => `${formatIpAddress(address)} ${port} ${natTraversal}`,
    ),
  ).toEqual(['10.9.0.1 500 false', '10.9.0.1 4500 true', '::1 501 false']);
  expect(ike.timers).toEqual({
    retransmissions: 3,
    retransmissionSeconds: 20,
    copies: 2,
    phase1Seconds: 60,
    phase2Seconds: 120,
    natKeepaliveSeconds: 0,
  });
  expect(ike.padding).toEqual({
    randomize: false,
    randomizeLength: true,
    maximumLength: 30,
    strictCheck: true,
    exclusiveTail: false,
  });
  const { network, netmask, dnsServers, winsServers, splitNetworks, ...modeConfig } =
    ike.modeConfig;
  expect(
    [network, netmask, ...dnsServers, ...winsServers].map((each) => each && formatIpAddress(each)),
  ).toEqual([
    '10.99.0.1',
    '255.255.0.0',
    '10.0.0.1',
    '10.0.0.2',
    '10.0.0.3',
    '10.0.0.4',
    '10.0.0.5',
  ]);
  expect(splitNetworks?.kind).toBe('include');
  expect(splitNetworks?.networks.map(formatPrefix)).toEqual(['10.1.0.0/16', '10.2.0.0/16']);
  expect(modeConfig).toEqual({
    poolSize: 9,
    defaultDomain: 'c',
    splitDomains: ['a', 'b'],
    banner: '/motd',
    authentication: 'pam',
    groups: ['x', 'y'],
    throttleSeconds: 3,
    savePassword: true,
    pfsGroup: 2,
  });
});

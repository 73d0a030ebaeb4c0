import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/crypto/secret.ts';
import { parseIpAddress } from '../../src/net/ip-address.ts';
import { IKEV1_EXCHANGE, parseIsakmpMessage } from '../../src/wire/ikev1/message.ts';
import { generator } from '../support/generator.ts';
import { type Fate, IkeHost, IkeNetwork } from '../support/ike-hosts.ts';
import { proposalText } from '../support/ike-peers.ts';
import { address, policyOf, selectorBetween } from '../support/quick-mode.ts';

const GATEWAY = '10.9.0.1';
const CLIENT = '10.9.0.2';

const MODE_CFG = `
  mode_cfg {
    network4 10.99.0.7; netmask4 255.255.255.0; pool_size 3;
    dns4 10.9.0.53; wins4 10.9.0.54; default_domain "gazette.example";
    split_network include 10.10.0.0/16; split_dns "inner.example";
    auth_throttle 2; save_passwd on; pfs_group 2; auth_source system; auth_groups "staff";
  }`;
const ALGORITHMS =
  'encryption_algorithm aes 256; authentication_algorithm hmac_sha256; compression_algorithm deflate;';

interface Choices {
  readonly password?: string;
  readonly login?: boolean;
  readonly modeConfig?: 'on' | 'off';
  readonly sainfo?: string;
  readonly fate?: Fate;
  readonly mode?: string;
}

/** A gateway that asks for the password of bob, and his client. */
function network(choices: Choices = {}) {
  const { password = 'sesame', login = true, modeConfig = 'on', mode = 'aggressive' } = choices;
  const below = generator(7);
  const random = (length: number) => Uint8Array.from({ length }, () => below(256));
  const at = { file: 'psk.txt', line: 1, column: 1, text: '' };
  const key = (identity: string, text: string) => ({
    identity,
    key: new Secret(Buffer.from(text)),
    at,
  });
  const host = (own: string, peer: string, remote: string, rest: string) => ({
    address: address(own),
    racoon: `path pre_shared_key "psk.txt"; timer { counter 20; interval 2 sec; phase1 2 min; }
      remote ${peer} { exchange_mode ${mode}; ${remote} } ${rest}`,
    policies: (['outbound', 'inbound'] as const).map((direction) => {
      const ends = { local: address(own), remote: address(peer) };
      return policyOf(direction, 'esp/transport', selectorBetween(own, peer), ends);
    }),
  });
  const gateway = new IkeHost(
    {
      ...host(
        GATEWAY,
        CLIENT,
        `passive on; mode_cfg on; ${proposalText('aes 128, sha256, xauth_psk_server, 19')}`,
        `${MODE_CFG} ${choices.sainfo ?? `sainfo anonymous { ${ALGORITHMS} }`}`,
      ),
      preSharedKeys: [key(CLIENT, 'group')],
      passwords: { bob: 'sesame' },
      banner: 'Welcome\nto us',
    },
    random,
  );
  const client = new IkeHost(
    {
      ...host(
        CLIENT,
        GATEWAY,
        `mode_cfg ${modeConfig}; ${login ? 'xauth_login "bob";' : ''}
         ${proposalText('aes 128, sha256, xauth_psk_client, 19')}`,
        `sainfo anonymous { ${ALGORITHMS} }`,
      ),
      preSharedKeys: [key(GATEWAY, 'group'), key('bob', password)],
    },
    random,
  );
  const net = new IkeNetwork();
  net.add(gateway);
  net.add(client);
  if (choices.fate !== undefined) net.fate = choices.fate;
  return { net, gateway, client };
}

type Net = ReturnType<typeof network>;

function connect({ net, client }: Net, login: { user: string; password: Secret } | null = null) {
  const end = (text: string) => ({ address: address(text), port: 500 });
  const [local, remote] = [end(CLIENT), end(GATEWAY)];
  const command = { kind: 'establish-phase1', local, remote, name: null, login } as const;
  net.soon(client, { kind: 'command', command });
}

/** Has `host` negotiate for its outbound policy. */
function negotiate({ net }: Net, host: IkeHost): void {
  const [own, peer] = [...host.databases.policies()].flatMap(
    ({ policy: { direction, selector } }) =>
      direction === 'outbound'
        ? [selector.localAddress.address, selector.remoteAddress.address]
        : [],
  );
  const record = [...host.databases.policies()].find(
    ({ policy }) => policy.direction === 'outbound',
  );
  if (record?.policy.action.kind !== 'protect' || own === undefined || peer === undefined) {
    throw new TypeError('No policy');
  }
  const [template] = record.policy.action.templates;
  if (template === undefined) throw new TypeError('No template');
  const { selector } = record.policy;
  const acquire = {
    ...record,
    kind: 'acquire',
    source: own,
    destination: peer,
    template,
    selector,
  };
  net.soon(host, { kind: 'acquire', acquire: acquire as never });
}

/** The exchange types of what was sent, each once, in the order in which they first came. */
function exchanges({ net }: Net): readonly number[] {
  const types = net.sent.map(({ datagram }) => {
    const message = parseIsakmpMessage(datagram);
    return 'header' in message ? message.header.exchangeType : -1;
  });
  return [...new Set(types)];
}

/** How many transaction messages were sent. */
function transactions({ net }: Net): number {
  return net.sent.filter(({ datagram }) => datagram[18] === IKEV1_EXCHANGE.TRANSACTION).length;
}

const SETTINGS = {
  user: 'bob',
  address: parseIpAddress('10.99.0.7'),
  netmask: parseIpAddress('255.255.255.0'),
  defaultDomain: 'gazette.example',
  splitDomains: ['inner.example'],
  banner: 'Welcome\nto us',
};

describe('a client that logs in', () => {
  test.each(['aggressive', 'main', 'base'])(
    'is given its settings, and SAs after them (%s mode)',
    (mode) => {
      const all = network({ mode });
      negotiate(all, all.client);
      all.net.run(5000);
      const { gateway, client } = all;
      for (const host of [gateway, client]) {
        expect(host.told('ignored')).toEqual([]);
        expect(host.told('phase1-failed')).toEqual([]);
        expect(host.told('xauth-succeeded')).toHaveLength(1);
        expect(host.told('mode-config-done')).toHaveLength(1);
        expect(host.told('phase1-established')).toHaveLength(1);
        expect(host.told('phase2-established')).toHaveLength(1);
      }
      const [ours] = client.endpoint.status().phase1;
      const [theirs] = gateway.endpoint.status().phase1;
      expect(ours?.settings).toMatchObject(SETTINGS);
      for (const [host, settings] of [
        [client, ours?.settings],
        [gateway, theirs?.settings],
      ] as const) {
        expect(host.told('phase1-settled').map((event) => event.settings)).toEqual([settings]);
      }
      // What a client does not ask for.
      const unasked = { savePassword: true, pfsGroup: 2 };
      expect(theirs?.settings).toEqual({ ...ours?.settings, ...unasked });
      expect(client.told('phase1-established')[0]?.settings).toEqual(ours?.settings);
      // Two of phase 1 or four, then the login, the settings, and only then quick mode.
      expect(exchanges(all).indexOf(IKEV1_EXCHANGE.QUICK_MODE)).toBeGreaterThan(
        exchanges(all).indexOf(IKEV1_EXCHANGE.TRANSACTION),
      );
      const kinds = client.events.map(({ kind }) => kind);
      expect(kinds.indexOf('phase2-begun')).toBeGreaterThan(kinds.indexOf('mode-config-done'));
      expect(transactions(all)).toBe(6);
    },
  );

  test('logs in as whom the command says', () => {
    const all = network({ login: false });
    connect(all, { user: 'bob', password: new Secret(Buffer.from('sesame')) });
    all.net.run(5000);
    expect(all.client.told('phase1-established')).toHaveLength(1);
    expect(all.client.told('mode-config-done')).toHaveLength(1);
  });

  test('is not asked about settings that it does not want', () => {
    const all = network({ modeConfig: 'off' });
    negotiate(all, all.client);
    all.net.run(5000);
    expect(all.client.told('mode-config-done')).toEqual([]);
    expect(all.client.told('phase2-established')).toHaveLength(1);
    expect(transactions(all)).toBe(4);
    expect(all.gateway.told('phase1-settled')).toMatchObject([
      { settings: { user: 'bob', address: null } },
    ]);
  });

  test('comes to the same when messages are lost, repeated and late', () => {
    for (let seed = 1; seed <= 12; seed++) {
      const below = generator(seed);
      const fate: Fate = (datagram) => {
        if (datagram[18] !== IKEV1_EXCHANGE.TRANSACTION) return [10];
        if (below(4) === 0) return [];
        return below(3) === 0 ? [below(300), 300 + below(2000)] : [below(300)];
      };
      const all = network({ fate });
      connect(all);
      all.net.run(400_000);
      const [ours] = all.client.endpoint.status().phase1;
      expect(all.client.told('phase1-established')).toHaveLength(1);
      expect(ours?.settings).toMatchObject(SETTINGS);
      expect(all.client.told('xauth-succeeded')).toHaveLength(1);
      expect(all.gateway.told('xauth-succeeded')).toHaveLength(1);
    }
  });

  test('gives its address back when the phase 1 ends', () => {
    const all = network();
    for (let round = 0; round < 5; round++) {
      connect(all);
      all.net.run(all.net.now + 2000);
      const [phase1] = all.client.endpoint.status().phase1;
      expect(phase1?.settings?.address).toEqual(SETTINGS.address);
      all.net.soon(all.client, { kind: 'command', command: { kind: 'flush-phase1' } });
      all.net.run(all.net.now + 2000);
      expect(all.gateway.endpoint.status().phase1).toEqual([]);
    }
    expect(all.gateway.told('phase1-deleted')).toHaveLength(5);
    expect(all.gateway.told('phase1-deleted')[4]?.settings).toMatchObject(SETTINGS);
  });
});

describe('a client that is not let in', () => {
  test('has a wrong password: both ends give up, and there is no quick mode', () => {
    const all = network({ password: 'simsalabim' });
    negotiate(all, all.client);
    all.net.run(20_000);
    const { gateway, client } = all;
    expect(gateway.told('phase1-failed')).toMatchObject([
      { failure: { kind: 'login', reason: 'the password of bob was wrong' } },
    ]);
    expect(client.told('phase1-failed')).toMatchObject([
      { failure: { kind: 'login', reason: 'the gateway refuses bob (XAuth)' } },
    ]);
    expect(client.told('phase2-failed')).toMatchObject([{ failure: { kind: 'login' } }]);
    for (const host of [gateway, client]) {
      expect(host.told('phase1-established')).toEqual([]);
      expect(host.told('phase1-deleted')).toEqual([]);
      expect(host.endpoint.status().phase1).toEqual([]);
      expect([...host.databases.sas(all.net.now)]).toEqual([]);
    }
    expect(exchanges(all)).not.toContain(IKEV1_EXCHANGE.QUICK_MODE);
  });

  test('has to wait the longer the more often it tries', () => {
    const all = network({ password: 'simsalabim' });
    connect(all);
    all.net.run(500);
    expect(all.gateway.told('phase1-failed')).toHaveLength(1);
    connect(all);
    all.net.run(1500);
    expect(all.gateway.told('phase1-failed')).toHaveLength(1);
    all.net.run(10_000);
    expect(all.gateway.told('phase1-failed')[1]?.failure).toMatchObject({
      reason: 'bob tried again too soon after a wrong password from the same address',
    });
  });

  test('has no name to give', () => {
    const all = network({ login: false });
    connect(all);
    all.net.run(5000);
    expect(all.client.told('phase1-failed')).toMatchObject([{ failure: { kind: 'login' } }]);
    expect(all.gateway.told('phase1-failed')).toMatchObject([{ failure: { kind: 'login' } }]);
  });

  test('does not answer: the gateway waits for three minutes, and starts no quick mode meanwhile', () => {
    const all = network();
    all.net.fate = (datagram) => (datagram[18] === IKEV1_EXCHANGE.AGGRESSIVE ? [10] : []);
    connect(all);
    all.net.run(1000);
    negotiate(all, all.gateway);
    all.net.run(179_000);
    expect(all.gateway.told('phase1-failed')).toEqual([]);
    expect(exchanges(all)).not.toContain(IKEV1_EXCHANGE.QUICK_MODE);
    all.net.run(200_000);
    expect(all.gateway.told('phase1-failed')).toMatchObject([
      { failure: { kind: 'no-answer', waitingFor: 'XAuth' } },
    ]);
    expect(all.gateway.endpoint.status().phase1).toEqual([]);
  });
});

describe('a sainfo for a group', () => {
  test.each([
    ['staff', 1],
    ['wheel', 0],
  ])('is for who logged in and belongs to it: %s', (group, count) => {
    const all = network({ sainfo: `sainfo anonymous group "${group}" { ${ALGORITHMS} }` });
    negotiate(all, all.client);
    all.net.run(5000);
    expect(all.gateway.told('phase2-established')).toHaveLength(count);
  });
});

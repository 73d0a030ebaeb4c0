import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { address } from '../../../../test/support/packets.ts';
import {
  clientSituation,
  converse,
  End,
  gatewaySituation,
  login,
  NO_MODE_CONFIG,
} from '../../../../test/support/transactions.ts';
import { formatIpAddress, type IpAddress } from '../../../net/ip-address.ts';
import { ipv4Netmask } from '../../../net/netmask.ts';
import { u32 } from '../../../octets/octets.ts';
import type { DataAttribute } from '../../../wire/ikev1/data-attribute.ts';
import {
  MODE_CONFIGURATION_ATTRIBUTE,
  MODE_CONFIGURATION_TYPE,
  type ModeConfiguration,
} from '../../../wire/ikev1/mode-configuration.ts';
import { NO_SETTINGS } from '../../client-settings.ts';
import type { ModeConfig } from '../../configuration.ts';
import { endConversation } from './conversation.ts';
import { groupsOf, mayBeginPhase2, settingsOf } from './conversation-state.ts';
import { givenSettings } from './given-settings.ts';
import type { Situation } from './situation.ts';

const OF = MODE_CONFIGURATION_ATTRIBUTE;
const TYPE = MODE_CONFIGURATION_TYPE;
const BOB = { bob: { password: 'secret', groups: ['staff', 'vpn'] } };

const OFFICE: ModeConfig = {
  ...NO_MODE_CONFIG,
  network: address('10.99.0.1'),
  netmask: address('255.255.255.0'),
  poolSize: 2,
  dnsServers: [address('10.9.0.1'), address('10.9.0.3')],
  winsServers: [address('10.9.0.5')],
  defaultDomain: 'gazette.example',
  splitNetworks: { kind: 'include', networks: [{ address: address('10.9.0.0'), length: 24 }] },
  splitDomains: ['gazette.example', 'press.example'],
};

function message(
  type: number,
  identifier: number,
  attributes: readonly DataAttribute[],
): ModeConfiguration {
  return { kind: 'mode-configuration', type, identifier, attributes };
}

function kinds({ outputs }: End): string[] {
  return outputs.map(({ kind }) => kind);
}

function mayBegin({ conversation, situation }: End): boolean {
  return mayBeginPhase2(conversation, situation);
}

describe('a client that logs in', () => {
  test('is let in and given all that it asks for', () => {
    const gateway = new End(gatewaySituation(OFFICE, 'Good morning\n'));
    const client = new End(clientSituation(login('bob', 'secret')));
    expect([mayBegin(gateway), mayBegin(client)]).toEqual([false, false]);
    converse(gateway, client, BOB);
    expect(kinds(gateway)).toEqual([
      'begin',
      'ask',
      'begin',
      'authenticated',
      'respond',
      'configured',
    ]);
    expect(kinds(client)).toEqual(['respond', 'respond', 'authenticated', 'begin', 'configured']);
    expect(client.of('authenticated')).toEqual([{ kind: 'authenticated', user: 'bob' }]);
    expect(settingsOf(client.conversation)).toEqual({
      ...givenSettings(OFFICE, 'Good morning\n', 'bob', address('10.99.0.1')),
      // Nobody asks for these.
      savePassword: null,
      pfsGroup: null,
    });
    expect(settingsOf(gateway.conversation)).toMatchObject({ user: 'bob' });
    expect(groupsOf(gateway.conversation)).toEqual(['staff', 'vpn']);
    expect([mayBegin(gateway), mayBegin(client)]).toEqual([true, true]);
  });

  test('is done once it is in, when it wants no settings', () => {
    const gateway = new End(gatewaySituation(OFFICE));
    const client = new End({ ...clientSituation(login('bob', 'secret')), wantsSettings: false });
    converse(gateway, client, BOB);
    expect(kinds(client)).toEqual(['respond', 'respond', 'authenticated']);
    expect(mayBegin(client)).toBe(true);
    expect(settingsOf(client.conversation)).toBeNull();
  });

  test.each([
    ['with a wrong password', 'bob', 'Secret', 'the password of bob was wrong'],
    ['as nobody that is known', 'eve', 'secret', 'the password of eve was wrong'],
    [
      'with a name of control characters',
      'b\nob',
      'secret',
      'the name of the client is no text (XAuth)',
    ],
    ['with a name that is too long', 'b'.repeat(256), 'secret', 'the client gave no name (XAuth)'],
    [
      'with a password that is too long',
      'bob',
      's'.repeat(512),
      'the client gave no password (XAuth)',
    ],
    ['with an empty password', 'bob', '', 'the client gave no password (XAuth)'],
  ])('%s stays outside, and both know', (_, user, password, reason) => {
    const gateway = new End(gatewaySituation(OFFICE));
    const client = new End(clientSituation(login(user, password)));
    converse(gateway, client, BOB);
    expect(gateway.of('refused')).toEqual([{ kind: 'refused', reason }]);
    expect(client.of('refused')).toHaveLength(1);
    expect([mayBegin(gateway), mayBegin(client)]).toEqual([false, false]);
    expect(settingsOf(gateway.conversation)).toBeNull();
  });

  test('that has nothing to say says so', () => {
    const gateway = new End(gatewaySituation(OFFICE));
    const client = new End(clientSituation(null));
    converse(gateway, client, BOB);
    expect(client.of('refused')[0]?.reason).toMatch(/asks for a name and a password/);
    expect(gateway.of('refused')[0]?.reason).toMatch(/no name or no password to give/);
    expect(gateway.of('ask')).toEqual([]);
  });

  test('must be in one of the groups', () => {
    const of = (groups: readonly string[]) => {
      const gateway = new End(gatewaySituation({ ...OFFICE, groups }));
      converse(gateway, new End(clientSituation(login('bob', 'secret'))), BOB);
      return gateway.of('refused').map(({ reason }) => reason);
    };
    expect(of(['wheel', 'vpn'])).toEqual([]);
    expect(of(['wheel', 'root'])).toEqual(['bob is in none of the groups wheel, root']);
  });

  test('gets no address without having logged in', () => {
    const gateway = new End(gatewaySituation(OFFICE));
    gateway.send();
    gateway.take(
      message(TYPE.REQUEST, 9, [{ type: OF.INTERNAL_IP4_ADDRESS, value: new Uint8Array() }]),
    );
    expect(gateway.send()).toEqual([message(TYPE.REPLY, 9, [])]);
    expect(gateway.of('remark')[0]?.reason).toMatch(/has not logged in/);
  });

  test('is told when the password could not be checked', () => {
    const gateway = new End(gatewaySituation(OFFICE));
    const client = new End(clientSituation(login('bob', 'secret')));
    for (const each of gateway.send()) client.take(each);
    for (const each of client.send()) gateway.take(each);
    gateway.answer({ kind: 'refused', reason: 'there is no libpam.so.0' });
    converse(gateway, client);
    expect(gateway.of('refused')[0]?.reason).toBe(
      'the password of bob could not be checked: there is no libpam.so.0',
    );
  });
});

describe('wrong passwords', () => {
  function attempt(situation: Situation, now: number, password: string) {
    const gateway = new End(situation);
    gateway.now = now;
    converse(gateway, new End(clientSituation(login('bob', password))), BOB);
    return { reason: gateway.of('refused')[0]?.reason ?? null, at: gateway.now };
  }

  test('cost time, which passes', () => {
    const situation = gatewaySituation({ ...OFFICE, throttleSeconds: 3 });
    expect(attempt(situation, 1000, 'x')).toEqual({
      reason: 'the password of bob was wrong',
      at: 1000,
    });
    // Too early, and as if it were wrong; looked at again when all that is over.
    const early = attempt(situation, 2000, 'secret');
    expect(early.reason).toMatch(/^bob tried again too soon/);
    expect(early.at).toBe(7000);
    expect(attempt(situation, 7000, 'secret')).toEqual({ reason: null, at: 7000 });
  });

  test('tell no more when many come at once', () => {
    const situation = gatewaySituation(OFFICE);
    const gateways = ['x', 'y', 'secret'].map((password) => {
      const gateway = new End(situation);
      const client = new End(clientSituation(login('bob', password)));
      for (const each of gateway.send()) client.take(each);
      for (const each of client.send()) gateway.take(each);
      return { gateway, client };
    });
    for (const { gateway, client } of gateways) converse(gateway, client, BOB);
    expect(gateways.map(({ gateway }) => gateway.of('authenticated').length)).toEqual([0, 0, 0]);
    expect(gateways.map(({ gateway }) => gateway.now)).toEqual([0, 2000, 3000]);
  });

  test('cost nothing where the configuration says so', () => {
    const situation = gatewaySituation({ ...OFFICE, throttleSeconds: 0 });
    expect(attempt(situation, 0, 'x').at).toBe(0);
    expect(attempt(situation, 0, 'secret')).toEqual({ reason: null, at: 0 });
  });
});

describe('addresses', () => {
  function connect(situation: Situation, port: number): End {
    const remote = { ...situation.remote, port };
    const gateway = new End({ ...situation, remote });
    converse(gateway, new End(clientSituation(login('bob', 'secret'))), BOB);
    return gateway;
  }
  const addressOf = ({ conversation }: End): string | null => {
    const given = settingsOf(conversation)?.address ?? null;
    return given && formatIpAddress(given);
  };

  test('are each machine’s own, and free again when it goes', () => {
    const situation = gatewaySituation(OFFICE);
    const [first, second, third] = [4500, 4501, 4502].map((port) => connect(situation, port));
    if (!first || !second || !third) throw new TypeError();
    expect([first, second, third].map(addressOf)).toEqual(['10.99.0.1', '10.99.0.2', null]);
    expect(third.of('remark')[0]?.reason).toBe(
      'the client asks for an address, and others have all 2 of mode_cfg: enlarge pool_size',
    );
    // The one behind the port of the first takes its place, and has its address until it goes, too.
    const again = connect(situation, 4500);
    expect(addressOf(again)).toBe('10.99.0.1');
    endConversation(first.conversation, first.situation);
    expect(addressOf(connect(situation, 4503))).toBeNull();
    // It moved, and that is no matter.
    endConversation(again.conversation, { ...again.situation, remote: third.situation.remote });
    expect(addressOf(connect(situation, 4503))).toBe('10.99.0.1');
  });

  test('are none where none are configured', () => {
    const gateway = connect(gatewaySituation(NO_MODE_CONFIG), 4500);
    expect(addressOf(gateway)).toBeNull();
    expect(gateway.of('remark')[0]?.reason).toMatch(/no network4 and pool_size/);
  });
});

describe('a gateway that sets', () => {
  const PUSH = message(TYPE.SET, 77, [
    { type: OF.INTERNAL_IP4_ADDRESS, value: address('10.99.0.9').octets },
    { type: 4711, value: 1 },
    { type: OF.INTERNAL_IP4_DNS, value: address('10.9.0.1').octets },
    { type: OF.INTERNAL_IP4_DNS, value: address('10.9.0.3').octets },
  ]);
  const ACK = message(TYPE.ACK, 77, [
    { type: OF.INTERNAL_IP4_ADDRESS, value: new Uint8Array(0) },
    { type: OF.INTERNAL_IP4_DNS, value: new Uint8Array(0) },
  ]);

  test('is told what was taken', () => {
    const end = new End({ ...clientSituation(null), method: 'pre_shared_key' });
    expect(mayBegin(end)).toBe(true);
    end.take(PUSH);
    expect(end.send()).toEqual([ACK]);
    expect(settingsOf(end.conversation)).toEqual({
      ...NO_SETTINGS,
      address: address('10.99.0.9'),
      dnsServers: [address('10.9.0.1'), address('10.9.0.3')],
    });
  });

  test('is not asked any more', () => {
    const client = new End(clientSituation(login('bob', 'secret')));
    client.take(PUSH);
    client.take(message(TYPE.SET, 5, [{ type: OF.XAUTH_STATUS, value: 1 }]));
    expect(client.send()).toEqual([
      ACK,
      message(TYPE.ACK, 5, [{ type: OF.XAUTH_STATUS, value: 0 }]),
    ]);
    expect(client.of('authenticated')).toEqual([{ kind: 'authenticated', user: null }]);
    expect(mayBegin(client)).toBe(true);
  });

  test.each<[string, Partial<Situation>, ModeConfiguration]>([
    ['where mode_cfg is off', { wantsSettings: false, method: 'rsasig' }, PUSH],
    ['at a gateway', { wantsSettings: true, method: 'xauth_rsa_server' }, PUSH],
    ['without an address', {}, message(TYPE.SET, 77, PUSH.attributes.slice(1))],
  ])('%s, is told that nothing was taken', (_, different, push) => {
    const end = new End({ ...clientSituation(null), ...different });
    end.send();
    end.take(push);
    expect(end.send()).toEqual([message(TYPE.ACK, 77, [])]);
    expect(settingsOf(end.conversation)).toBeNull();
    expect(end.of('remark')).toHaveLength(1);
  });
});

test('an equal peer is answered, and asked nothing', () => {
  const end = new End({ ...gatewaySituation(OFFICE), method: 'rsasig' });
  expect(end.outputs).toEqual([]);
  const asked = [
    OF.INTERNAL_IP4_ADDRESS,
    OF.UNITY_SAVE_PASSWD,
    OF.UNITY_PFS,
    4711,
    OF.INTERNAL_IP4_SUBNET,
  ];
  end.take(
    message(
      TYPE.REQUEST,
      3,
      asked.map((type) => ({ type, value: new Uint8Array(0) })),
    ),
  );
  expect(end.send()).toEqual([
    message(TYPE.REPLY, 3, [
      { type: OF.INTERNAL_IP4_ADDRESS, value: address('10.99.0.1').octets },
      { type: OF.UNITY_SAVE_PASSWD, value: 0 },
      { type: OF.UNITY_PFS, value: 0 },
      { type: OF.INTERNAL_IP4_SUBNET, value: Uint8Array.of(10, 9, 0, 0, 255, 255, 255, 0) },
    ]),
  ]);
});

test('what a client reads is what the gateway has', () => {
  fc.assert(
    fc.property(modeConfig, fc.option(printable), (config, banner) => {
      const gateway = new End(gatewaySituation(config, banner));
      const client = new End(clientSituation(login('bob', 'secret')));
      converse(gateway, client, BOB);
      const given = settingsOf(gateway.conversation);
      expect(given).toEqual(givenSettings(config, banner, 'bob', given?.address ?? null));
      expect(given?.address === null).toBe(config.network === null || config.poolSize === 0);
      expect(settingsOf(client.conversation)).toEqual({
        ...given,
        savePassword: null,
        pfsGroup: null,
      });
    }),
  );
});

test('whatever comes, an end says something sensible of it and goes on', () => {
  const methods = ['xauth_psk_server', 'hybrid_rsa_client', 'rsasig'] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...methods),
      fc.boolean(),
      fc.array(anyMessage, { maxLength: 12 }),
      (method, wantsSettings, messages) => {
        const situation = gatewaySituation(OFFICE);
        const end = new End({ ...situation, method, wantsSettings, login: login('bob', 'secret') });
        for (const each of messages) {
          const before = end.outputs.length;
          end.take(each);
          for (const { user, password } of end.questions.splice(0)) {
            expect(user).not.toMatch(/\p{C}/u);
            password.zeroise();
            end.answer({ kind: 'password', accepted: false, groups: [] });
          }
          end.wait();
          if (each.type === TYPE.REQUEST || each.type === TYPE.SET) {
            expect(end.outputs.length).toBeGreaterThan(before);
          }
          // A question of the peer has one answer, and no more than that.
          const answers = end.outputs.slice(before).filter(({ kind }) => kind === 'respond');
          expect(answers).toHaveLength(
            each.type === TYPE.REQUEST || each.type === TYPE.SET ? 1 : 0,
          );
        }
        // No password was right, and nobody asked bob.
        if (method === 'xauth_psk_server') expect(mayBegin(end)).toBe(false);
      },
    ),
  );
});

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const ipv4: Arbitrary<IpAddress> = octets(4).map((each) => ({ version: 4, octets: each }));
const domain = fc.stringMatching(/^[a-z0-9]{1,12}(\.[a-z0-9]{1,12}){0,3}$/);
const printable = fc
  .string({ unit: 'grapheme', maxLength: 200 })
  .map((text) => text.replaceAll(/\p{C}/gu, '-'))
  .filter((text) => text !== '');
const modeConfig: Arbitrary<ModeConfig> = fc.record({
  network: fc.option(ipv4.filter((each) => u32(each.octets, 0) < 0xffff0000)),
  netmask: fc.option(fc.nat({ max: 32 }).map(ipv4Netmask)),
  poolSize: fc.nat({ max: 1000 }),
  dnsServers: fc.array(ipv4, { maxLength: 4 }),
  winsServers: fc.array(ipv4, { maxLength: 4 }),
  defaultDomain: fc.option(domain),
  splitNetworks: fc.option(
    fc.record({
      kind: fc.constantFrom('include' as const, 'local-lan' as const),
      networks: fc.uniqueArray(fc.record({ address: ipv4, length: fc.nat({ max: 32 }) }), {
        maxLength: 60,
        selector: ({ address: { octets: each }, length }) => `${each}/${length}`,
      }),
    }),
  ),
  splitDomains: fc.array(domain, { maxLength: 8 }),
  banner: fc.constant('/etc/motd'),
  authentication: fc.constantFrom('system' as const, 'pam' as const),
  groups: fc.constantFrom([], ['vpn']),
  throttleSeconds: fc.nat(),
  savePassword: fc.boolean(),
  pfsGroup: fc.nat(),
});
const anyAttribute = fc.record({
  type: fc.oneof(fc.constantFrom(...Object.values(OF)), fc.nat({ max: 0x7fff })),
  value: fc.oneof(
    fc.nat({ max: 0xffff }),
    fc.uint8Array({ maxLength: 40 }),
    octets(4),
    fc.constantFrom(0, 1),
  ),
});
const anyMessage = fc
  .tuple(
    fc.oneof(fc.integer({ min: 1, max: 4 }), fc.nat({ max: 0xff })),
    fc.oneof(fc.constantFrom(1, 2), fc.nat({ max: 0xffff })),
    fc.array(anyAttribute, { maxLength: 8 }),
  )
  .map(([type, identifier, attributes]) => message(type, identifier, attributes));

import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '../../src/crypto/secret.ts';
import { FileCredentials } from '../../src/io/credentials/file-credentials.ts';
import { parseIpAddress } from '../../src/net/ip-address.ts';
import { IKEV1_EXCHANGE } from '../../src/wire/ikev1/message.ts';
import { CertificateLab, hasOpenssl } from '../support/certificates.ts';
import { generator } from '../support/generator.ts';
import { IkeHost, IkeNetwork } from '../support/ike-hosts.ts';
import { wantToSend } from '../support/ike-pair.ts';
import { proposalText } from '../support/ike-peers.ts';
import { address, policyOf, selectorBetween } from '../support/quick-mode.ts';

const GATEWAY = '10.9.0.1';
const CLIENT = '10.9.0.2';
const ALGORITHMS =
  'encryption_algorithm aes 256; authentication_algorithm hmac_sha256; compression_algorithm deflate;';
/** When all certificates that are made here are valid. */
const EPOCH = Date.now() + 24 * 60 * 60 * 1000;

const lab = new CertificateLab();
const HAS_OPENSSL = hasOpenssl();

beforeAll(() => {
  if (!HAS_OPENSSL) return;
  lab.certificate('root', null, { subject: '/C=DE/O=Gazette/CN=Root', isAuthority: true });
  const key = lab.key('gate');
  const alternativeNames = `IP:${GATEWAY}`;
  const subject = '/C=DE/O=Gazette/CN=gate';
  lab.certificate('gate', 'root', { subject, alternativeNames, key });
  lab.certificate('forged', null, { subject, alternativeNames, key });
  lab.certificate('bob', 'root', { subject: '/C=DE/O=Gazette/CN=bob', alternativeNames, key });
  lab.trust(['root']);
}, 60_000);
afterAll(() => rmSync(lab.folder, { recursive: true, force: true }));

interface Choices {
  readonly mode?: string;
  /** What the gateway has in the place of its certificate. */
  readonly certificate?: string;
  /** Statements of the client's `remote`. */
  readonly client?: string;
  readonly clientMethod?: string;
  readonly gatewayMethod?: string;
  readonly password?: string;
}

/** A gateway with a certificate, and a client that has none and logs in as bob. */
function network(choices: Choices = {}) {
  const { mode = 'main', password = 'sesame', certificate = 'gate' } = choices;
  const { gatewayMethod = 'hybrid_rsa_server', clientMethod = 'hybrid_rsa_client' } = choices;
  const below = generator(11);
  const random = (length: number) => Uint8Array.from({ length }, () => below(256));
  const born = (own: string, peer: string, remote: string, rest: string) => {
    const at = { file: 'psk.txt', line: 1, column: 1, text: '' };
    const key = { identity: 'bob', key: new Secret(Buffer.from(password)), at };
    const host = new IkeHost(
      {
        address: address(own),
        racoon: `path certificate "${lab.folder}"; timer { counter 3; interval 2 sec; }
          remote ${peer} { exchange_mode ${mode}; mode_cfg on; ${remote} }
          sainfo anonymous { ${ALGORITHMS} } ${rest}`,
        epoch: EPOCH,
        preSharedKeys: [],
        credentials: new FileCredentials({
          certificateFolder: lab.folder,
          preSharedKeys: [key],
          readPlainRsa: () => 'no bare keys here',
        }),
        policies: (['outbound', 'inbound'] as const).map((direction) => {
          const ends = { local: address(own), remote: address(peer) };
          return policyOf(direction, 'esp/transport', selectorBetween(own, peer), ends);
        }),
        passwords: { bob: 'sesame' },
      },
      random,
    );
    net.add(host);
    return host;
  };
  const net = new IkeNetwork();
  const gateway = born(
    GATEWAY,
    CLIENT,
    `certificate_type x509 "${certificate}.crt" "gate.key";
     ${proposalText(`aes 128, sha256, ${gatewayMethod}, 19`)}`,
    'mode_cfg { network4 10.99.0.7; pool_size 3; auth_throttle 0; }',
  );
  const client = born(
    CLIENT,
    GATEWAY,
    `xauth_login "bob"; ${choices.client ?? ''}
     ${proposalText(`aes 128, sha256, ${clientMethod}, 19`)}`,
    '',
  );
  return { net, gateway, client };
}

/** How many messages of quick mode were sent. */
function quickModeMessages(net: IkeNetwork): number {
  return net.sent.filter(({ datagram }) => datagram[18] === IKEV1_EXCHANGE.QUICK_MODE).length;
}

describe.skipIf(!HAS_OPENSSL)('hybrid authentication', () => {
  test.each(['main', 'aggressive', 'base'])(
    'has the gateway sign and the client log in, and then come SAs (%s mode)',
    (mode) => {
      const { net, gateway, client } = network({ mode });
      wantToSend(net, client);
      net.run(5000);
      for (const host of [gateway, client]) {
        expect(host.told('phase1-failed')).toEqual([]);
        expect(host.told('ignored')).toEqual([]);
        expect(host.told('xauth-succeeded')).toHaveLength(1);
        expect(host.told('phase2-established')).toHaveLength(1);
      }
      const [phase1] = client.endpoint.status().phase1;
      expect(phase1?.settings?.address).toEqual(parseIpAddress('10.99.0.7'));
      const certified = client.endpoint.certificateOf(client.address, gateway.address);
      expect(certified).toEqual(lab.der('gate'));
      expect(gateway.endpoint.certificateOf(gateway.address, client.address)).toBeNull();
    },
  );

  test('is the same where the gateway begins: whoever begins, it is the gateway that signs', () => {
    const { net, gateway, client } = network();
    wantToSend(net, gateway);
    net.run(5000);
    expect(client.told('xauth-succeeded')).toHaveLength(1);
    expect(gateway.told('phase2-established')).toHaveLength(1);
    expect(client.endpoint.certificateOf(client.address, gateway.address)).toEqual(lab.der('gate'));
  });

  test.each(['client', 'gateway'] as const)(
    'tells no password to a gateway that nobody vouches for, where the %s begins',
    (first) => {
      const all = network({
        certificate: 'forged',
        // With a certificate of its own it could sign in the place of the gateway.
        client: 'certificate_type x509 "bob.crt" "gate.key";',
      });
      wantToSend(all.net, all[first]);
      all.net.run(40_000);
      const transactions = all.net.sent.filter(
        ({ from, datagram }) => from === all.client && datagram[18] === IKEV1_EXCHANGE.TRANSACTION,
      );
      expect(transactions).toEqual([]);
      expect(quickModeMessages(all.net)).toBe(0);
      expect(all.client.told('phase1-established')).toEqual([]);
      const [failed] = all.client.told('phase1-failed');
      expect(failed?.failure).toMatchObject({ kind: 'credentials' });
    },
  );

  test('lets nobody in whose password is wrong', () => {
    const { net, gateway, client } = network({ password: 'simsalabim' });
    wantToSend(net, client);
    net.run(40_000);
    expect(gateway.told('phase1-failed')).toMatchObject([{ failure: { kind: 'login' } }]);
    expect(quickModeMessages(net)).toBe(0);
    for (const host of [gateway, client]) {
      expect([...host.databases.sas(net.now)]).toEqual([]);
      expect(host.endpoint.status().phase1).toEqual([]);
    }
  });

  test.each([
    ['hybrid_rsa_server', 'rsasig'],
    ['hybrid_rsa_server', 'xauth_rsa_client'],
    ['xauth_rsa_server', 'hybrid_rsa_client'],
    ['hybrid_rsa_client', 'hybrid_rsa_client'],
  ])(
    'is not agreed on by a gateway with %s and a client with %s',
    (gatewayMethod, clientMethod) => {
      const { net, gateway, client } = network({
        gatewayMethod,
        clientMethod,
        client: 'certificate_type x509 "bob.crt" "gate.key";',
      });
      wantToSend(net, client);
      net.run(5000);
      const [failed] = gateway.told('phase1-failed');
      expect(failed?.failure).toMatchObject({ kind: 'phase1-proposal' });
      expect(client.told('phase1-established')).toEqual([]);
    },
  );
});

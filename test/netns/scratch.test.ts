import { test } from 'vitest';
import { tcpdumpLines } from '../lab/capture.ts';
import { pause } from '../lab/command.ts';
import { captureDuring, makeHosts } from '../support/hosts.ts';
import { PEER_CIPHERS, PEER_MACS, sealWithScapy, sendRaw, setkeyAdd } from '../support/scapy-ipsec.ts';
test('scratch', async () => {
  const hosts = await makeHosts(['bob']);
  const { alice, bob } = hosts;
  const ends = { source: '10.9.0.1', destination: '10.9.0.2' };
  const there = { ...ends, protocol: 'esp', spi: 0x1001, cipher: PEER_CIPHERS['AES-CBC-128'], mac: PEER_MACS['HMAC-SHA-1-96'] } as const;
  const ahThere = { ...ends, protocol: 'ah', spi: 0x1002, mac: PEER_MACS['HMAC-SHA-1-96'], more:'-r 64' } as const; const ahBack = {...ahThere,  source: '10.9.0.2', destination: '10.9.0.1', spi: 0x2002 };
 const back = { ...there, source: '10.9.0.2', destination: '10.9.0.1', spi: 0x2001 };
  const text = ['flush;spdflush;', setkeyAdd(there), setkeyAdd(back),setkeyAdd(ahThere),setkeyAdd(ahBack), 'spdadd 10.9.0.1 10.9.0.2 any -P in ipsec esp/transport//require ah/transport//require;spdadd 10.9.0.2 10.9.0.1 any -P out ipsec esp/transport//require ah/transport//require;'].join('\n');
  console.log(text);
  await bob.load(text);
  const [p] = await sealWithScapy([{ ...ends, sas: [there, ahThere], sequence: 4, data: Buffer.from('hello') }]);
  console.log(p?.map((x) => x.toString('hex')));
  const pcap = await captureDuring(bob, async () => {
    console.log(await bob.discardsDuring(async () => { await sendRaw(alice.namespace, p ?? []); await pause(500); }));
  });
  console.log((await tcpdumpLines(pcap, ['-vvx'])).join('\n'));
  console.log((await bob.setkey(['-D'])).stdout);
  await hosts.dispose();
});

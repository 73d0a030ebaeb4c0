/**
 * A host that answers all who know the secret, with SAs and policies in tables of its own memory; nobody
 * carries packets by them. On SIGUSR2 it prints how many octets are in use by JavaScript once what is
 * garbage is gone.
 *
 *     node --expose-gc responder.mjs RACOON_CONF PSK_TXT
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { environment, epoch } from '../../../dist/apps/ike/environment.js';
import { IkeService } from '../../../dist/apps/ike/service.js';
import { readPsk, readRacoon } from '../../../dist/config/index.js';
import { IkeEndpoint } from '../../../dist/ike/endpoint.js';
import { FileCredentials } from '../../../dist/io/credentials/file-credentials.js';
import { UdpPorts } from '../../../dist/io/ike/udp-ports.js';
import { MemoryBackend } from '../../../dist/ipsec/index.js';

const [conf, psk] = process.argv.slice(2);
const read = (name) => ({ name, text: readFileSync(name, 'utf8') });

const { configuration } = readRacoon(read(conf));
const credentials = new FileCredentials({
  certificateFolder: null,
  preSharedKeys: readPsk(read(psk)).keys,
  readPlainRsa: () => [],
});
await IkeService.start({
  endpoint: new IkeEndpoint(environment(configuration.ike, credentials), epoch()),
  backend: new MemoryBackend(() => Date.now()),
  openPorts: (take) => new UdpPorts(() => undefined, take),
  listen: configuration.ike.listen,
  tell: () => undefined,
  complain: (text) => console.error(text),
  checkPassword: null,
});
process.on('SIGUSR2', () => {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  console.log(`heap ${heapUsed + external}`);
});
console.log('listening');

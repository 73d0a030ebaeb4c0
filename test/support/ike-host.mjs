/**
 * A host that negotiates keys, as the whole of an ipseald: by a racoon.conf and a psk.txt.
 *
 *     node ike-host.mjs CONTROL RACOON_CONF PSK_TXT
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { environment, epoch } from '../../dist/apps/ike/environment.js';
import { startIke } from '../../dist/apps/ike/start.js';
import { readPsk, readRacoon } from '../../dist/config/index.js';
import { IkeEndpoint } from '../../dist/ike/endpoint.js';
import { FileCredentials } from '../../dist/io/credentials/file-credentials.js';

const [control, conf, psk] = process.argv.slice(2);
const read = (name) => ({ name, text: readFileSync(name, 'utf8') });

const { configuration, diagnostics } = readRacoon(read(conf));
if (configuration === null) throw new Error(JSON.stringify(diagnostics));
const credentials = new FileCredentials({
  certificateFolder: null,
  preSharedKeys: readPsk(read(psk)).keys,
  readPlainRsa: () => [],
});
const endpoint = new IkeEndpoint(environment(configuration.ike, credentials), epoch());
const running = await startIke({
  ...{ endpoint, control, backend: 'userspace', checkPassword: null },
  listen: configuration.ike.listen,
  tell: (event) => console.log(event.kind, event.failure?.kind ?? event.reason ?? ''),
  complain: (text) => console.log(text),
});
console.log('listening at', control);
await Promise.race([running.ended, new Promise((resolve) => process.once('SIGTERM', resolve))]);
await running.stop();

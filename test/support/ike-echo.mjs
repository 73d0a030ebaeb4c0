/**
 * A host that says back what is said to its ports of IKE, beside the userspace data plane: what
 * `ipseald` is to IKE, without IKE.
 *
 *     node ike-echo.mjs CONTROL ADDRESS...
 *
 * @module
 */

import { serveControl } from '../../dist/apps/control/server.js';
import { DataPlane } from '../../dist/apps/ipseald/data-plane.js';
import { formatUdpAddress } from '../../dist/ike/path.js';
import { wantedPorts } from '../../dist/ike/ports.js';
import { parseIpAddress } from '../../dist/net/ip-address.js';

const [control, ...texts] = process.argv.slice(2);
const plane = await DataPlane.start({ keepaliveMs: 0 });
const server = await serveControl(control, (line, gone) => plane.answer(line, gone));
const ports = plane.ikePorts((path, message) => ports.send(path, message.slice()));
const everywhere = { addresses: [], strict: false };
const closed = await ports.listen(wantedPorts(everywhere, texts.map(parseIpAddress)).ports);
for (const { port, reason } of closed) console.log(`${formatUdpAddress(port)}: ${reason}`);
console.log('listening at', control);
await new Promise((resolve) => process.once('SIGTERM', resolve));
await ports.close();
server.close();
await plane.stop();

/**
 * IKE as a service whose endpoint says back what is said to it: all of it but IKE.
 *
 *     node ike-echo.mjs BACKEND CONTROL
 *
 * @module
 */
import { startIke } from '../../dist/apps/ike/start.js';

const [backend, control] = process.argv.slice(2);

const endpoint = {
  take(input) {
    switch (input.kind) {
      case 'datagram':
        return [{ kind: 'transmit', path: input.path, datagram: input.octets.slice() }];
      case 'acquire':
        console.log('acquire', input.acquire.template.protocol);
        return [];
      case 'command':
        console.log(input.command.kind);
        return [];
      default:
        return [];
    }
  },
  deadline: () => null,
  status: () => ({ phase1: [] }),
};

try {
  const running = await startIke({
    ...{ endpoint, backend, control, checkPassword: null },
    listen: { addresses: [], strict: false },
    tell: () => undefined,
    complain: (text) => console.log(text),
  });
  console.log('listening at', control);
  await Promise.race([running.ended, new Promise((resolve) => process.once('SIGTERM', resolve))]);
  await running.stop();
} catch (error) {
  console.log(error.message);
  process.exitCode = 1;
}

/**
 * IKE at work, for racoon: an endpoint with the credentials that the configuration names.
 *
 * @module
 */
import { formatDiagnostic, readPlainRsa } from '../../config/index.ts';
import type { CredentialFault } from '../../ike/credential-fault.ts';
import { IkeEndpoint } from '../../ike/endpoint.ts';
import { FileCredentials } from '../../io/credentials/file-credentials.ts';
import type { ReadPlainRsa } from '../../io/credentials/key-files.ts';
import { PasswordChecker } from '../../io/passwords/password-checker.ts';
import { environment, epoch } from '../ike/environment.ts';
import { PasswordCheck } from '../ike/password-check.ts';
import { startIke as startEndpoint } from '../ike/start.ts';
import type { IkeService, IkeSettings, IkeStart } from './ike-service.ts';

/** Starts IKE as `start` says. Rejects where it cannot. */
export async function startIke(start: IkeStart): Promise<IkeService> {
  const { backend, control, onEvent, complain } = start;
  const credentialsFor = (settings: IkeSettings) => {
    const { credentials, faults } = credentialsOf(settings);
    for (const fault of faults) complain(`${fault}`);
    return credentials;
  };
  const { ike } = start.configuration;
  const endpoint = new IkeEndpoint(environment(ike, credentialsFor(start)), epoch());
  const passwords = new PasswordCheck({
    start: () => PasswordChecker.start(),
    user: () => process.geteuid?.(),
    complain,
  });
  passwords.prepare(ike);
  try {
    const running = await startEndpoint({
      endpoint,
      backend,
      control,
      listen: ike.listen,
      tell: onEvent,
      complain,
      checkPassword: passwords.check,
    });
    return {
      kind: running.kind,
      backend: running.backend,
      ended: running.ended,
      status: () => running.service.status(),
      command: (command) => running.service.command(command),
      certificate: (local, remote) => endpoint.certificateOf(local, remote),
      reconfigure: async (settings) => {
        const other = settings.configuration.ike;
        passwords.prepare(other);
        await running.service.reconfigure(other, credentialsFor(settings));
      },
      stop: async () => {
        await running.stop();
        await passwords.stop();
      },
    };
  } catch (error) {
    await passwords.stop();
    throw error;
  }
}

/** The credentials, read as far as they are needed, and what will fail of them. */
function credentialsOf({ configuration, preSharedKeys }: IkeSettings): {
  readonly credentials: FileCredentials;
  readonly faults: readonly CredentialFault[];
} {
  const credentials = new FileCredentials({
    certificateFolder: configuration.paths.certificates,
    preSharedKeys,
    readPlainRsa: readKeys,
  });
  return { credentials, faults: credentials.load(configuration.ike.peers) };
}

const readKeys: ReadPlainRsa = (path, text, owner) => {
  const { keys, diagnostics } = readPlainRsa({ name: path, text }, owner);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  return error === undefined ? keys : (formatDiagnostic(error).split('\n')[0] ?? error.message);
};

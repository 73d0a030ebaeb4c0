/**
 * PAM (pam(3)): passwords as the service `racoon` of /etc/pam.d has them looked at.
 *
 * The library asks back, through a function of ours: for the name, for the password. What it is answered
 * with has to be memory of the C library, which PAM frees. All of it blocks, some modules for seconds.
 *
 * @module
 */
import koffi, { type LibraryHandle } from 'koffi';
import { setHostU64 } from '../../octets/host.ts';
import { libc } from '../libc.ts';
import type { Login } from './verdict.ts';

/** What PAM says of a login. */
export type PamVerdict =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly why: string }
  | { readonly kind: 'unchecked'; readonly why: string };

/** Has PAM look at a login. */
export type Pam = (login: Login) => PamVerdict;

/** The service of the host's PAM that says what is asked of whom. */
const SERVICE = 'racoon';

/** libpam; `null` where there is none. */
export function loadPam(): Pam | null {
  let library: Library;
  try {
    library = bind(koffi.load('libpam.so.0'));
  } catch {
    return null;
  }
  return (login) => check(library, login);
}

function check(library: Library, login: Login): PamVerdict {
  // A zero is the end for C, and would make a longer password as good as a shorter one.
  if (login.password.includes(0)) return { kind: 'rejected', why: 'a zero is in the password' };
  const converse = koffi.register(
    (count: number, messages: bigint, responses: bigint) =>
      answer(login, count, Number(messages), Number(responses)),
    koffi.pointer(CONVERSATION),
  );
  // Others wait meanwhile, and what a wrong password costs is our caller's to say.
  const atOnce = koffi.register(() => {}, koffi.pointer(DELAY));
  try {
    const handle: [number | bigint | null] = [null];
    const started = library.pam_start(
      SERVICE,
      login.user,
      { conv: converse, appdata_ptr: null },
      handle,
    );
    const [pam] = handle;
    if (started !== SUCCESS || pam === null) {
      return { kind: 'unchecked', why: `PAM does not start (error ${started})` };
    }
    library.pam_set_delay(pam, PAM_FAIL_DELAY, atOnce);
    return askAll(library, pam, login);
  } finally {
    koffi.unregister(converse);
    koffi.unregister(atOnce);
  }
}

/** Whether it is him, and he may come in now: his account has not expired, and the like. */
function askAll(library: Library, pam: Handle, { remote }: Login): PamVerdict {
  let status = library.pam_set_item(pam, PAM_RHOST, remote);
  const flags = PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK;
  if (status === SUCCESS) status = library.pam_authenticate(pam, flags);
  if (status === SUCCESS) status = library.pam_acct_mgmt(pam, flags);
  const why = status === SUCCESS ? '' : `PAM says: ${library.pam_strerror(pam, status)}`;
  library.pam_end(pam, status);
  if (status === SUCCESS) return { kind: 'accepted' };
  return { kind: FAULTS_OF_THE_HOST.has(status) ? 'unchecked' : 'rejected', why };
}

/**
 * `conv` of pam_conv(3): `messages` is an array of `count` pointers, and `responses` where the address of an
 * array of answers goes.
 */
function answer(login: Login, count: number, messages: number, responses: number): number {
  if (count < 1 || count > MOST_MESSAGES) return PAM_CONV_ERR;
  const texts: (Uint8Array | null)[] = [];
  for (let k = 0; k < count; k++) {
    const message = koffi.decode(messages, k * POINTER_LENGTH, 'uintptr_t') as number;
    const text = answerTo(koffi.decode(message, 'int') as number, login);
    if (text === undefined) return PAM_CONV_ERR;
    texts.push(text);
  }
  const array = libc.calloc(count, RESPONSE_LENGTH);
  if (array === 0) return PAM_BUF_ERR;
  for (const [k, text] of texts.entries()) {
    if (text === null) continue;
    // calloc: a zero stands behind it.
    const copy = libc.calloc(text.length + 1, 1);
    if (copy !== 0) libc.memcpy(copy, text, text.length);
    libc.memcpy(array + k * RESPONSE_LENGTH, address(copy), POINTER_LENGTH);
  }
  libc.memcpy(responses, address(array), POINTER_LENGTH);
  return SUCCESS;
}

/** What to say to a message of that style; `null` is nothing, `undefined` that there is no answer. */
function answerTo(style: number, { user, password }: Login): Uint8Array | null | undefined {
  switch (style) {
    case PAM_PROMPT_ECHO_OFF:
      return password;
    case PAM_PROMPT_ECHO_ON:
      return Buffer.from(user);
    case PAM_ERROR_MSG:
    case PAM_TEXT_INFO:
      return null;
    default:
      return undefined;
  }
}

function address(value: number): Uint8Array {
  const octets = new Uint8Array(POINTER_LENGTH);
  setHostU64(octets, 0, value);
  return octets;
}

type Handle = number | bigint;

interface Library {
  pam_start(
    service: string,
    user: string,
    conversation: { readonly conv: unknown; readonly appdata_ptr: null },
    handle: [Handle | null],
  ): number;
  pam_set_item(pam: Handle, type: number, text: string): number;
  /** The same, of a function. */
  pam_set_delay(pam: Handle, type: number, delay: unknown): number;
  pam_authenticate(pam: Handle, flags: number): number;
  pam_acct_mgmt(pam: Handle, flags: number): number;
  pam_strerror(pam: Handle, status: number): string;
  pam_end(pam: Handle, status: number): number;
}

const CONVERSATION = koffi.proto(
  'int PamConversation(int count, const void *messages, void *responses, void *data)',
);
const DELAY = koffi.proto('void PamDelay(int status, unsigned int microseconds, void *data)');
const PAM_CONV = koffi.struct('PamConv', {
  conv: koffi.pointer(CONVERSATION),
  appdata_ptr: 'void *',
});

function bind(library: LibraryHandle): Library {
  return {
    pam_start: library.func('pam_start', 'int', [
      'const char *',
      'const char *',
      koffi.pointer(PAM_CONV),
      koffi.out(koffi.pointer('void', 2)),
    ]) as never,
    pam_set_item: library.func('int pam_set_item(void *pam, int type, const char *text)') as never,
    pam_set_delay: library.func('pam_set_item', 'int', [
      'void *',
      'int',
      koffi.pointer(DELAY),
    ]) as never,
    pam_authenticate: library.func('int pam_authenticate(void *pam, int flags)') as never,
    pam_acct_mgmt: library.func('int pam_acct_mgmt(void *pam, int flags)') as never,
    pam_strerror: library.func('const char *pam_strerror(void *pam, int status)') as never,
    pam_end: library.func('int pam_end(void *pam, int status)') as never,
  };
}

/** security/_pam_types.h */
const SUCCESS = 0;
const PAM_BUF_ERR = 5;
const PAM_CONV_ERR = 19;
const PAM_RHOST = 4;
const PAM_FAIL_DELAY = 10;
const PAM_SILENT = 0x8000;
const PAM_DISALLOW_NULL_AUTHTOK = 0x0001;
const PAM_PROMPT_ECHO_OFF = 1;
const PAM_PROMPT_ECHO_ON = 2;
const PAM_ERROR_MSG = 3;
const PAM_TEXT_INFO = 4;
/** `PAM_MAX_NUM_MSG`. */
const MOST_MESSAGES = 32;
const POINTER_LENGTH = 8;
/** `struct pam_response`: a pointer, and a number that nobody looks at. */
const RESPONSE_LENGTH = 16;
/**
 * Errors that say nothing of the user: of opening modules (1, 2, 3), of the system (4, 5), of a service that
 * cannot be reached (9), of the configuration (26, 28).
 */
const FAULTS_OF_THE_HOST: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 9, 26, 28]);

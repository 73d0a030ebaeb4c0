/**
 * The admin socket, where the configuration says, for those whom it says.
 *
 * @module
 */
import type { AdminSocket } from '../../../config/racoon/configuration.ts';
import { groupId, userIds } from '../../../io/machine/users.ts';
import { type ControlServer, serveControl } from '../../control/server.ts';
import type { Administration } from './administration.ts';
import { answerAdmin } from './answer.ts';
import { LONGEST_REQUEST } from './protocol.ts';

/** Whoever may not connect may know that there is a socket. */
const FOLDER_MODE = 0o755;

/** Whose the admin socket is. */
export interface AdminOwner {
  readonly uid: number;
  readonly gid: number;
}

/** The numbers of owner and group. Throws where one of them is not known. */
export function adminOwner({ owner, group }: AdminSocket): AdminOwner {
  const uid = userIds(owner)?.uid ?? null;
  const gid = groupId(group);
  if (uid === null) throw new Error(`adminsock: there is no user "${owner}"`);
  if (gid === null) throw new Error(`adminsock: there is no group "${group}"`);
  return { uid, gid };
}

/** Listens at `socket`. Rejects when that cannot be, or another racoon does. */
export function serveAdmin(socket: AdminSocket, racoon: Administration): Promise<ControlServer> {
  const { uid, gid } = adminOwner(socket);
  const isOurs = uid === process.geteuid?.() && gid === process.getegid?.();
  return serveControl(socket.path, (line, gone) => answerAdmin(racoon, line, gone), {
    daemon: 'racoon',
    mode: socket.mode,
    folderMode: FOLDER_MODE,
    owner: isOurs ? null : { uid, gid },
    longestLine: LONGEST_REQUEST,
  });
}

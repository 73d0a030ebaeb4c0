/**
 * How far a conversation of transaction exchanges is, and what follows from it.
 *
 * @module
 */
import type { Instant } from '../../../ipsec/backend.ts';
import type { IpAddress } from '../../../net/ip-address.ts';
import { type ClientSettings, NO_SETTINGS } from '../../client-settings.ts';
import type { Holder } from './address-pool.ts';
import type { Situation } from './situation.ts';
import type { XauthClient } from './xauth-client.ts';
import { admitted, type XauthServer } from './xauth-server.ts';

export type Conversation = Gateway | Client | Equal;

/** We ask who it is, and give. */
export interface Gateway {
  readonly role: 'gateway';
  readonly xauth: XauthServer;
  readonly given: Given | null;
}

/** What a client has of us. */
export interface Given {
  readonly settings: ClientSettings;
  /** As whom he took the address, if he has one. */
  readonly holder: Holder;
}

/** We say who we are, and are given. */
export interface Client {
  readonly role: 'client';
  readonly xauth: XauthClient;
  /** Whether we asked for settings. */
  readonly asked: boolean;
  readonly received: ClientSettings | null;
}

/** Nobody has to log in. */
export interface Equal {
  readonly role: 'equal';
  readonly given: Given | null;
  readonly received: ClientSettings | null;
}

/** When to call `wake`; `null` is never. */
export function deadlineOf(conversation: Conversation): Instant | null {
  if (conversation.role !== 'gateway' || conversation.xauth.state !== 'held') return null;
  return conversation.xauth.deadline;
}

/** Whether quick mode may begin, whoever begins it. */
export function mayBeginPhase2(conversation: Conversation, situation: Situation): boolean {
  switch (conversation.role) {
    case 'gateway':
      return admitted(conversation.xauth) !== null;
    case 'client': {
      const { xauth, received } = conversation;
      const loggedIn = xauth.state === 'done' && xauth.accepted;
      return loggedIn && (received !== null || !situation.wantsSettings);
    }
    case 'equal':
      return true;
  }
}

/** Whether the client may still be given settings before it begins quick mode. */
export function awaitsSettings(conversation: Conversation, situation: Situation): boolean {
  switch (conversation.role) {
    case 'gateway':
      return conversation.given === null;
    case 'client':
      return false;
    case 'equal':
      return situation.wantsSettings && conversation.received === null;
  }
}

/** What the client has, whichever end that is; `null` when nobody was given anything, nor logged in. */
export function settingsOf(conversation: Conversation): ClientSettings | null {
  switch (conversation.role) {
    case 'gateway': {
      const user = userOf(conversation);
      return conversation.given?.settings ?? (user === null ? null : { ...NO_SETTINGS, user });
    }
    case 'client':
      return conversation.received;
    case 'equal':
      return conversation.received ?? conversation.given?.settings ?? null;
  }
}

/** The address that we gave the peer; `null` when it has none of us. */
export function givenAddress(conversation: Conversation): IpAddress | null {
  if (conversation.role === 'client') return null;
  return conversation.given?.settings.address ?? null;
}

/** What the peer has not said yet, in words. */
export function waitingFor(conversation: Conversation): string {
  const isLoggedIn = conversation.role === 'client' && conversation.xauth.state === 'done';
  return isLoggedIn ? 'mode config' : 'XAuth';
}

/** Why the client is not let in, as a clause; `null` when that is not settled, or he is. */
export function refusalOf(conversation: Conversation): string | null {
  if (conversation.role !== 'gateway' || conversation.xauth.state !== 'telling') return null;
  const { verdict } = conversation.xauth;
  return verdict.accepted ? null : verdict.reason;
}

/** The groups of the host that a client belongs to who logged in. */
export function groupsOf(conversation: Conversation): readonly string[] {
  if (conversation.role !== 'gateway') return [];
  return admitted(conversation.xauth)?.groups ?? [];
}

/** Who logged in at us; `null` when nobody did. */
export function userOf(conversation: Gateway | Equal): string | null {
  return conversation.role === 'gateway' ? (admitted(conversation.xauth)?.user ?? null) : null;
}

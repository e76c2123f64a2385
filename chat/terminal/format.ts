/** The texts of the terminal client. */
import pc from 'picocolors';
import { type ConnectionState, memberWords } from '../../replication/failover/index.ts';
import { printable } from '../../vm/index.ts';
import { ChatError } from '../errors.ts';
import type { Conversation, Invitation, Message, Profile, RoomMessage, RoomSummary } from '../state/views.ts';
import type { Cluster } from '../wire.ts';

/** Text from others without control characters and changes of writing direction. */
export function harmless(text: string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Bidi_Control}]/gu, '\ufffd');
}

/**
 * `12:03 bob: hello`, further lines indented; what the user wrote is
 * `12:03 you → bob: hello`.
 */
export function messageLine(message: Message, self: string): string {
  const mine = message.from === self;
  const other = printable(mine ? message.to : message.from);
  const who = mine ? `${pc.dim('you →')} ${pc.cyan(other)}` : pc.bold(pc.cyan(other));
  return `${pc.dim(timeOf(message.sentAt))} ${who}: ${written(message)}`;
}

/** `12:03 #hall bob: hello`. */
export function roomMessageLine(message: RoomMessage, self: string): string {
  const who = message.from === self ? pc.dim('you') : pc.bold(pc.cyan(printable(message.from)));
  return `${pc.dim(timeOf(message.sentAt))} ${pc.magenta(`#${printable(message.room)}`)} ${who}: ${written(message)}`;
}

/** A room of the list. */
export function roomLine({ room, topic, members, isMember }: RoomSummary, unread: number): string {
  const marks = [isMember ? 'you are in' : '', unread > 0 ? `${unread} unread` : ''].filter(Boolean);
  const about = topic === '' ? '' : `  ${pc.dim(printable(topic))}`;
  const news = marks.length > 0 ? pc.yellow(` (${marks.join(', ')})`) : '';
  return `${pc.magenta(`#${printable(room)}`)}  ${members} ${members === 1 ? 'member' : 'members'}${news}${about}`;
}

export function invitationLine({ room, by }: Invitation): string {
  return pc.yellow(`${printable(by)} invites you to #${printable(room)}: /join ${printable(room)}`);
}

/** The text of a message, further lines indented, and what has become of it. */
function written({ text, editedAt, deletedAt }: Pick<Message, 'text' | 'editedAt' | 'deletedAt'>): string {
  if (deletedAt !== undefined) return pc.dim('(deleted)');
  const lines = harmless(text).replaceAll('\n', '\n      ');
  return editedAt === undefined ? lines : `${lines} ${pc.dim('(edited)')}`;
}

/** A person of a list: the name, and how they want to be called. */
export function personLine({ name, display }: Profile): string {
  return display === '' ? printable(name) : `${printable(name)}  ${pc.dim(printable(display))}`;
}

function timeOf(ms: number): string {
  const date = new Date(ms);
  const time = date.toTimeString().slice(0, 5);
  return date.toDateString() === new Date().toDateString()
    ? time
    : `${date.toISOString().slice(0, 10)} ${time}`;
}

/** A conversation of the list: with whom, how many messages are unread, and the last one. */
export function conversationLine({ with: other, last, unread }: Conversation, self: string): string {
  const news = unread > 0 ? pc.yellow(` (${unread} unread)`) : '';
  return `${pc.cyan(printable(other))}${news}  ${messageLine(last, self)}`;
}

/**
 * The message for a change of the connection; undefined for changes that the user need not know.
 */
export function connectionLine(state: ConnectionState): string | undefined {
  if (state.status === 'closed' || !state.lost) return undefined;
  const { server, reason } = state.lost;
  if (state.status === 'connecting')
    return pc.yellow(printable(`${server.id} ${reason}; looking for another server`));
  return pc.green(printable(`now on ${state.server.id} (${state.server.url})`));
}

/**
 * A line per replica: its name, its address, and whether it leads, is no plain voter, or serves
 * this client.
 */
export function clusterLines(state: ConnectionState, cluster: Cluster): string[] {
  const { replicas, leader } = cluster;
  return replicas.map(({ id, url }) => {
    const marks = [
      id === leader ? 'leader' : '',
      printable(memberWords(cluster, id) ?? ''),
      state.status === 'connected' && state.server.id === id ? 'serves you' : '',
    ].filter(Boolean);
    return `${pc.bold(printable(id))}  ${printable(url)}${marks.length > 0 ? `  ${pc.green(marks.join(', '))}` : ''}`;
  });
}

/** The message of an error that a command of the user has caused. */
export function errorLine(error: unknown): string {
  const text = error instanceof ChatError ? error.message : `internal error: ${String(error)}`;
  return pc.red(harmless(text));
}

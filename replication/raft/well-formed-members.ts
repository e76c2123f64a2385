/** Whether what a peer sent is a configuration, or a change of the members. */

import { isBoolean, isCount, isFields, isListOf, isToken } from '../core/forms.ts';
import type { Configuration } from '../members.ts';
import { invalid, MAX_MEMBERS } from './configuration.ts';

/** The data of a configuration entry. */
export function isConfigurationEntry(data: unknown): boolean {
  return (
    isFields(data) &&
    isOptional(data.cluster, isToken) &&
    isCount(data.on) &&
    isNote(data.by) &&
    isNote(data.plan) &&
    isMembers(data.members) &&
    isOptional(data.outgoing, isMembers) &&
    isOptional(data.leaving, isMembers) &&
    isOptional(data.next, (next) => isListOf(next, isToken)) &&
    invalid(data as unknown as Configuration) === undefined
  );
}

/** The body of a request that changes members. */
export function isMembersChange(body: unknown): boolean {
  return (
    isFields(body) &&
    isListOf(body.changes, isChange) &&
    body.changes.length > 0 &&
    body.changes.length <= MAX_MEMBERS &&
    isOptional(body.ifConfig, isCount) &&
    isOptional(body.force, isBoolean) &&
    isOptional(body.by, isNote) &&
    isOptional(body.plan, isNote)
  );
}

function isChange(change: unknown): boolean {
  if (!isFields(change)) return false;
  switch (change.do) {
    case 'add':
      return isRole(change.role) && isAddress(change);
    case 'replace':
      return isToken(change.id) && isAddress(change.with);
    case 'update':
      return isAddress(change);
    case 'promote':
    case 'demote':
    case 'remove':
      return isToken(change.id);
    default:
      return change.do === 'abort';
  }
}

function isAddress(address: unknown): boolean {
  if (!isFields(address)) return false;
  return isToken(address.id) && isOptional(address.url, isToken) && isOptional(address.zone, isToken);
}

function isMembers(members: unknown): boolean {
  if (!isFields(members)) return false;
  const ids = Object.keys(members);
  return ids.length <= MAX_MEMBERS && ids.every((id) => isToken(id) && isMember(members[id]));
}

function isMember(member: unknown): boolean {
  return (
    isFields(member) &&
    isRole(member.role) &&
    isRole(member.want) &&
    isCount(member.incarnation) &&
    isOptional(member.url, isToken) &&
    isOptional(member.zone, isToken) &&
    isOptional(member.replaces, isToken)
  );
}

function isRole(role: unknown): boolean {
  return role === 'voter' || role === 'learner';
}

/** A few words for people. */
function isNote(note: unknown): boolean {
  return typeof note === 'string' && note.length <= 200 && !/[^\x20-\x7e]/.test(note);
}

function isOptional(value: unknown, isForm: (value: unknown) => boolean): boolean {
  return value === undefined || isForm(value);
}

/** The changes of the members that campaigns ask for: those that a line of a scenario can say. */
import type { MemberChange, MemberRole } from '../../replication/index.ts';

/** A change of the members, of one or several of them. */
export type MemberWish =
  | { readonly do: 'add'; readonly role: MemberRole; readonly ids: readonly string[] }
  | { readonly do: 'promote' | 'demote' | 'remove'; readonly ids: readonly string[] }
  | { readonly do: 'replace'; readonly id: string; readonly with: string }
  | { readonly do: 'abort' };

/** What a replica is asked for. */
export function changesOf(wish: MemberWish): readonly MemberChange[] {
  switch (wish.do) {
    case 'abort':
      return [{ do: 'abort' }];
    case 'replace':
      return [{ do: 'replace', id: wish.id, with: { id: wish.with } }];
    case 'add':
      return wish.ids.map((id) => ({ do: 'add', role: wish.role, id }));
    default:
      return wish.ids.map((id) => ({ do: wish.do, id }));
  }
}

/** The machines that start for it, if there are none of these names. */
export function joinersOf(wish: MemberWish): readonly string[] {
  if (wish.do === 'add') return wish.ids;
  return wish.do === 'replace' ? [wish.with] : [];
}

/** The machines that it names. */
export function namedIn(wish: MemberWish): readonly string[] {
  if (wish.do === 'abort') return [];
  return wish.do === 'replace' ? [wish.id, wish.with] : wish.ids;
}

/** The same of other names; undefined if a name has none and nothing is left. */
export function renamed(wish: MemberWish, name: (id: string) => string | undefined): MemberWish | undefined {
  if (wish.do === 'abort') return wish;
  if (wish.do === 'replace') {
    const [id, joiner] = [name(wish.id), name(wish.with)];
    return id === undefined || joiner === undefined ? undefined : { ...wish, id, with: joiner };
  }
  const ids = wish.ids.flatMap((id) => name(id) ?? []);
  return ids.length === 0 ? undefined : { ...wish, ids };
}

/** As a line of a scenario begins. */
export function writeWish(wish: MemberWish): string {
  switch (wish.do) {
    case 'abort':
      return 'abort change';
    case 'replace':
      return `replace ${wish.id} with ${wish.with}`;
    case 'add':
      return `add ${wish.ids.join(' ')}${wish.role === 'learner' ? ' as learner' : ''}`;
    default:
      return `${wish.do} ${wish.ids.join(' ')}`;
  }
}

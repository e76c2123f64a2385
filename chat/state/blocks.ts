/** Whom an account takes no messages and no invitations from. */
import type { Store, StoreReader } from '../../vm/index.ts';
import type { ChatResult, CommandOf, Refusal } from './commands.ts';
import { blockKey, countOf, pageOf } from './keys.ts';
import { ACCOUNTS_PAGE, BLOCKS_PER_ACCOUNT } from './limits.ts';
import { accountOf, limitReached, notLoggedIn, refused, unknownAccount, userOf } from './refusals.ts';

export function blockAccount(command: CommandOf<'account.block'>, store: Store): ChatResult {
  const { login, name: other, blocked } = command;
  const name = userOf(store, login);
  if (name === undefined) return notLoggedIn();
  if (!accountOf(store, other)) return unknownAccount(other);
  if (other === name) return refused('NotAllowed', 'nobody can block themselves');
  if (!blocked) store.delete(blockKey(name, other));
  else if (countOf(store, blockKey(name, ''), BLOCKS_PER_ACCOUNT) === BLOCKS_PER_ACCOUNT)
    return limitReached(`at most ${BLOCKS_PER_ACCOUNT} accounts can be blocked`);
  else store.put(blockKey(name, other), true);
  return { type: 'account.blocked', name, other, blocked };
}

/** A refusal if `name` takes nothing from `from`. */
export function blockedBy(store: StoreReader, name: string, from: string): Refusal | undefined {
  if (store.get(blockKey(name, from)) === undefined) return undefined;
  return refused('Blocked', `${name} takes no messages from you`);
}

/** Whom the account blocks, by name. */
export function listBlocks(store: StoreReader, name: string, after: string | undefined) {
  const { items: names, next } = pageOf(
    store,
    blockKey(name, ''),
    { after, most: ACCOUNTS_PAGE },
    (other) => other,
  );
  return { names, next };
}

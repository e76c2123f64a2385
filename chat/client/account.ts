/** The account of whoever is logged in: `client.account`. */
import type { LoginView, Profile } from '../state/views.ts';
import type { Values } from '../wire.ts';
import { named, type Requests } from './requests.ts';

export class Account {
  readonly #requests: Requests;
  readonly #ended: () => void;

  /** `ended` is called when the account was deleted. */
  constructor(requests: Requests, ended: () => void) {
    this.#requests = requests;
    this.#ended = ended;
  }

  /** What the user has said of themselves, and their settings. */
  self(): Promise<Values['account.self']> {
    return this.#requests.ask('account.self', {});
  }

  /** What another has said of themselves. */
  async profile(name: string): Promise<Profile> {
    return (await this.#requests.ask('account.profile', { name: named(name) })).profile;
  }

  /** How the user wants to be called; empty: by their name. */
  async setDisplay(display: string): Promise<void> {
    await this.#requests.change('account.change', { display });
  }

  /** Replaces all settings: names of a-z, 0-9, `.`, `_`, `-`, with short texts. */
  async setSettings(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.#requests.change('account.change', { settings });
  }

  /** Takes a new password, and ends all other logins. Rejects with `WrongPassword`. */
  async changePassword(old: string, password: string): Promise<void> {
    await this.#requests.change('account.password', { old, password });
  }

  /** Takes no messages and invitations from somebody any more, or again. */
  async block(name: string, blocked = true): Promise<void> {
    await this.#requests.change('account.block', { name: named(name), blocked });
  }

  /** One page of those who are blocked, by name. */
  blocks(after?: string): Promise<Values['account.blocks']> {
    return this.#requests.ask('account.blocks', { after });
  }

  /** The account's logins on all devices, oldest first. */
  async logins(): Promise<readonly LoginView[]> {
    return (await this.#requests.ask('login.list', {})).logins;
  }

  /** Ends a login of another device. */
  async endLogin(id: string): Promise<void> {
    await this.#requests.change('login.revoke', { id });
  }

  /**
   * Deletes the account, for good. What it wrote stays, under a deleted account; what was queued
   * for it is never delivered, which its senders see; its rooms get other owners; its name stays
   * taken.
   */
  async delete(password: string): Promise<void> {
    await this.#requests.change('account.delete', { password });
    this.#ended();
  }
}

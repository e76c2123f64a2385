/**
 * The login token in the browser's storage, so that a reload does not log out. Storage may be
 * forbidden.
 */
const KEY = 'tickraft.token';

export function loadToken(): string | undefined {
  try {
    return localStorage.getItem(KEY) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores the token; undefined deletes it. */
export function saveToken(token: string | undefined): void {
  try {
    if (token === undefined) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, token);
  } catch {
    // Without storage the login lasts as long as the page.
  }
}

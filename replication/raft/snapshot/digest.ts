/**
 * SHA-256 of texts, from a package in plain JavaScript, so that it runs wherever Raft does: the
 * browser's own is behind asynchronous, and Node's is not in the browser.
 *
 * A cryptographic digest and not a quick checksum, because it compares clients' data: nobody can
 * make two texts with the same digest.
 */
import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/**
 * The SHA-256 of a text's UTF-8 bytes, in hexadecimal. The text must be well formed: no half of a
 * surrogate pair.
 */
export function sha256(text: string): string {
  return bytesToHex(digest(utf8ToBytes(text)));
}

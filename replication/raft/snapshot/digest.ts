/**
 * SHA-256 (FIPS 180-4) in plain arithmetic, so that it runs wherever Raft does: the browser has it only behind a
 * promise, and Node's is not in the browser.
 *
 * A cryptographic digest and not a quick checksum, because what is compared by it is clients' data: nobody can make two
 * texts that it takes for one. Left out: data in parts, and keys.
 */

/** The fractions of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
// biome-ignore format: eight to a line
const K = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
]);
/** Those of the square roots of the first eight (5.3.3). */
const START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
];

const BLOCK_BYTES = 64;
const LENGTH_BYTES = 8;

/** The SHA-256 of a text's UTF-8 bytes, in hexadecimal. The text must be well formed: no half of a surrogate pair. */
export function sha256(text: string): string {
  const { bytes, length } = padded(text);
  const state = Int32Array.from(START);
  const words = new Int32Array(BLOCK_BYTES);
  for (let at = 0; at < length; at += BLOCK_BYTES) {
    for (let i = 0; i < 16; i++) {
      const byte = at + 4 * i;
      words[i] = (bytes[byte]! << 24) | (bytes[byte + 1]! << 16) | (bytes[byte + 2]! << 8) | bytes[byte + 3]!;
    }
    compress(state, words);
  }
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** The text in UTF-8, a one bit, zeros to the end of a block, and in that the length in bits (5.1.1). */
function padded(text: string): { readonly bytes: Uint8Array; readonly length: number } {
  const bytes = new Uint8Array(3 * text.length + 2 * BLOCK_BYTES);
  const size = putText(bytes, text);
  bytes[size] = 0x80;
  const length = (((size + LENGTH_BYTES) >> 6) + 1) * BLOCK_BYTES;
  for (let i = 1, bits = size * 8; i <= LENGTH_BYTES; i++, bits = Math.floor(bits / 256)) {
    bytes[length - i] = bits % 256;
  }
  return { bytes, length };
}

/** Writes the text's UTF-8 bytes. Returns how many. */
function putText(bytes: Uint8Array, text: string): number {
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code < 0x80) {
      bytes[size++] = code;
      continue;
    }
    if (code < 0x800) bytes[size++] = 0xc0 | (code >> 6);
    else {
      if (code >= 0xd800 && code < 0xe000) {
        code = text.codePointAt(i++)!;
        bytes[size++] = 0xf0 | (code >> 18);
        bytes[size++] = 0x80 | ((code >> 12) & 0x3f);
      } else bytes[size++] = 0xe0 | (code >> 12);
      bytes[size++] = 0x80 | ((code >> 6) & 0x3f);
    }
    bytes[size++] = 0x80 | (code & 0x3f);
  }
  return size;
}

/** Works one block, the first 16 of `words`, into the state (6.2.2). */
function compress(state: Int32Array, words: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const w15 = words[t - 15]!;
    const w2 = words[t - 2]!;
    const small0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3);
    const small1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10);
    words[t] = small1 + words[t - 7]! + small0 + words[t - 16]!;
  }
  // One by one: to take a typed array apart by its iterator costs more than all the rest.
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const big1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + big1 + ((e & f) ^ (~e & g)) + K[t]! + words[t]!) | 0;
    const big0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  const mixed = [a, b, c, d, e, f, g, h];
  for (let i = 0; i < mixed.length; i++) state[i] = state[i]! + mixed[i]!;
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/* SHA-256 (FIPS 180-4) and SM3 (GB/T 32905-2016), written out so that a page can recompute a draw where the browser
 * offers no WebCrypto (plain http) and because WebCrypto knows no SM3. Bytes in, Uint8Array of 32 bytes out. */

const rotl = (x, n) => (x << n) | (x >>> (32 - n));

/* The constants of SHA-256: fractional parts of square and cube roots of the first primes, taken exactly by integers. */
function rootBits(prime, power) {
  const target = BigInt(prime) << (32n * BigInt(power));
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(power) <= target) low = middle;
    else high = middle;
  }
  return Number(low & 0xffffffffn) | 0;
}

const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n += 1) if (PRIMES.every((p) => n % p)) PRIMES.push(n);
const K = Int32Array.from(PRIMES, (p) => rootBits(p, 3));
const SHA256_START = Int32Array.from(PRIMES.slice(0, 8), (p) => rootBits(p, 2));
const SM3_START = Int32Array.of(
  0x7380166f,
  0x4914b2b9,
  0x172442d7,
  0xda8a0600,
  0xa96f30bc,
  0x163138aa,
  0xe38dee4d,
  0xb0fb0e4e,
);

const W = new Int32Array(68);

function sha256Block(h) {
  for (let i = 16; i < 64; i += 1) {
    const x = W[i - 15];
    const y = W[i - 2];
    const s0 = rotl(x, 25) ^ rotl(x, 14) ^ (x >>> 3);
    const s1 = rotl(y, 15) ^ rotl(y, 13) ^ (y >>> 10);
    W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, k] = h;
  for (let i = 0; i < 64; i += 1) {
    const s1 = rotl(e, 26) ^ rotl(e, 21) ^ rotl(e, 7);
    const t1 = (k + s1 + ((e & f) ^ (~e & g)) + K[i] + W[i]) | 0;
    const s0 = rotl(a, 30) ^ rotl(a, 19) ^ rotl(a, 10);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    k = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  h[0] += a;
  h[1] += b;
  h[2] += c;
  h[3] += d;
  h[4] += e;
  h[5] += f;
  h[6] += g;
  h[7] += k;
}

function sm3Block(h) {
  for (let i = 16; i < 68; i += 1) {
    const x = W[i - 16] ^ W[i - 9] ^ rotl(W[i - 3], 15);
    W[i] = x ^ rotl(x, 15) ^ rotl(x, 23) ^ rotl(W[i - 13], 7) ^ W[i - 6];
  }
  let [a, b, c, d, e, f, g, k] = h;
  for (let i = 0; i < 64; i += 1) {
    const t = rotl(i < 16 ? 0x79cc4519 : 0x7a879d8a, i % 32);
    const ss1 = rotl((rotl(a, 12) + e + t) | 0, 7);
    const ff = i < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c);
    const gg = i < 16 ? e ^ f ^ g : (e & f) | (~e & g);
    const tt1 = (ff + d + (ss1 ^ rotl(a, 12)) + (W[i] ^ W[i + 4])) | 0;
    const tt2 = (gg + k + ss1 + W[i]) | 0;
    d = c;
    c = rotl(b, 9);
    b = a;
    a = tt1;
    k = g;
    g = rotl(f, 19);
    f = e;
    e = tt2 ^ rotl(tt2, 9) ^ rotl(tt2, 17);
  }
  h[0] ^= a;
  h[1] ^= b;
  h[2] ^= c;
  h[3] ^= d;
  h[4] ^= e;
  h[5] ^= f;
  h[6] ^= g;
  h[7] ^= k;
}

/* Merkle-Damgard with 64-byte blocks, a 1 bit, zeros and the length in bits: the same frame for both functions. */
function digest(bytes, start, block) {
  const h = Int32Array.from(start);
  const length = bytes.length;
  const total = (length + 9 + 63) & ~63;
  for (let offset = 0; offset < total; offset += 64) {
    for (let i = 0; i < 16; i += 1) {
      let word = 0;
      for (let j = offset + 4 * i; j < offset + 4 * i + 4; j += 1) {
        word = (word << 8) | (j < length ? bytes[j] : j === length ? 0x80 : 0);
      }
      W[i] = word;
    }
    if (offset + 64 === total) {
      W[14] = Math.floor(length / 0x20000000);
      W[15] = length << 3;
    }
    block(h);
  }
  const out = new Uint8Array(32);
  for (let i = 0; i < 32; i += 1) out[i] = h[i >> 2] >>> (24 - 8 * (i & 3));
  return out;
}

export const sha256 = (bytes) => digest(bytes, SHA256_START, sha256Block);
export const sm3 = (bytes) => digest(bytes, SM3_START, sm3Block);

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, "0"));
export const toHex = (bytes) => {
  let out = "";
  for (const byte of bytes) out += HEX[byte];
  return out;
};
export const utf8 = (text) => new TextEncoder().encode(text);

/* Hex digest of a text or of bytes. name: "sha256" or "sm3". */
export function hashHex(name, data) {
  const bytes = typeof data === "string" ? utf8(data) : data;
  if (name === "sha256") return toHex(sha256(bytes));
  if (name === "sm3") return toHex(sm3(bytes));
  throw new RangeError(`hash ${name}`);
}

/* The same through the browser's own WebCrypto where there is one, else through the functions above. */
export async function hashHexNative(name, data) {
  const bytes = typeof data === "string" ? utf8(data) : data;
  const subtle = globalThis.crypto?.subtle;
  if (name !== "sha256" || !subtle) return hashHex(name, bytes);
  return toHex(new Uint8Array(await subtle.digest("SHA-256", bytes)));
}

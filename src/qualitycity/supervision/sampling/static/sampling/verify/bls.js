/* drand: BLS signatures on BLS12-381, signature on G1 and public key on G2 (chain "quicknet"), hash to curve by
 * RFC 9380. BigInt arithmetic as in verify_draw.py, section 4: Fp2 = [a, b] for a + b i; a point = [x, y] over Fp2,
 * null = infinity; Fp12 = six numbers of Fp2, coefficients of powers of w with w^6 = 1 + i. */

import { sha256, toHex, utf8 } from "./sha256.js";

const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn;
const ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
const CURVE_X = 0xd201000000010000n; // the curve's parameter is minus this number
const big = (hex) => BigInt(`0x${hex}`);
const G2_GENERATOR = [
  [
    big("024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"),
    big("13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"),
  ],
  [
    big("0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"),
    big("0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be"),
  ],
];
const DOMAIN = utf8("BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_");

export const QUICKNET = {
  chain: "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
  scheme: "bls-unchained-g1-rfc9380",
  period: 3,
  genesis: 1692803367,
  public_key:
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d" +
    "1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
};

const mod = (a) => ((a % P) + P) % P;

function power(base, exponent) {
  let out = 1n;
  let square = mod(base);
  for (let e = exponent; e; e >>= 1n) {
    if (e & 1n) out = (out * square) % P;
    square = (square * square) % P;
  }
  return out;
}

function inverse(a) {
  let [r0, r1, s0, s1] = [P, mod(a), 0n, 1n];
  while (r1) {
    const q = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1];
  }
  return mod(s0);
}

const f2Mul = (a, b) => [mod(a[0] * b[0] - a[1] * b[1]), (a[0] * b[1] + a[1] * b[0]) % P];
const f2Sub = (a, b) => [mod(a[0] - b[0]), mod(a[1] - b[1])];
const f2Same = (a, b) => a[0] === b[0] && a[1] === b[1];
function f2Inv(a) {
  const n = inverse(a[0] * a[0] + a[1] * a[1]);
  return [(a[0] * n) % P, mod(-a[1] * n)];
}

const samePoint = (a, b) => f2Same(a[0], b[0]) && f2Same(a[1], b[1]);

function slope(a, b) {
  if (samePoint(a, b)) return f2Mul(f2Mul([3n, 0n], f2Mul(a[0], a[0])), f2Inv(f2Mul([2n, 0n], a[1])));
  return f2Mul(f2Sub(b[1], a[1]), f2Inv(f2Sub(b[0], a[0])));
}

function pointAdd(a, b) {
  if (!a || !b) return a ?? b;
  if (f2Same(a[0], b[0]) && (!f2Same(a[1], b[1]) || f2Same(a[1], [0n, 0n]))) return null;
  const m = slope(a, b);
  const x = f2Sub(f2Sub(f2Mul(m, m), a[0]), b[0]);
  return [x, f2Sub(f2Mul(m, f2Sub(a[0], x)), a[1])];
}

function pointTimes(k, a) {
  let out = null;
  for (const bit of k.toString(2)) {
    out = pointAdd(out, out);
    if (bit === "1") out = pointAdd(out, a);
  }
  return out;
}

function f12Mul(a, b) {
  const real = Array(12).fill(0n);
  const imag = Array(12).fill(0n);
  a.forEach(([a0, a1], i) => {
    if (!a0 && !a1) return;
    b.forEach(([b0, b1], j) => {
      real[i + j] += a0 * b0 - a1 * b1;
      imag[i + j] += a0 * b1 + a1 * b0;
    });
  });
  return Array.from({ length: 6 }, (_, k) => [
    mod(real[k] + real[k + 6] - imag[k + 6]),
    mod(imag[k] + real[k + 6] + imag[k + 6]),
  ]);
}

const F12_ONE = [[1n, 0n], ...Array.from({ length: 5 }, () => [0n, 0n])];

function f12Pow(a, k) {
  let out = F12_ONE;
  for (const bit of k.toString(2)) {
    out = f12Mul(out, out);
    if (bit === "1") out = f12Mul(out, a);
  }
  return out;
}

let frobeniusStep = null;
function f12Frobenius(a, times = 1) {
  frobeniusStep ??= f12Pow([[1n, 1n], ...F12_ONE.slice(1)], (P - 1n) / 6n)[0];
  let out = a;
  for (let n = 0; n < times; n += 1) {
    let factor = [1n, 0n];
    out = out.map(([c0, c1]) => {
      const product = f2Mul([c0, mod(-c1)], factor);
      factor = f2Mul(factor, frobeniusStep);
      return product;
    });
  }
  return out;
}

const f12Conjugate = (a) => a.map(([c0, c1], k) => (k % 2 ? [mod(-c0), mod(-c1)] : [c0, c1]));

function f12Inv(a) {
  const bar = f12Conjugate(a);
  const norm = f12Mul(a, bar);
  const rest = f12Mul(f12Frobenius(norm, 2), f12Frobenius(norm, 4));
  const factor = f2Inv(f12Mul(norm, rest)[0]);
  return f12Mul(bar, rest).map((c) => f2Mul(c, factor));
}

/* Whether the product of the pairings e(p, q) is 1, for p in G1 and q in G2. */
function pairingsCancel(pairs) {
  let f = F12_ONE;
  const points = pairs.map(([, q]) => q);
  const step = (k, other) => {
    const [[px], [py]] = pairs[k][0];
    const t = points[k];
    const m = slope(t, other);
    points[k] = pointAdd(t, other);
    const zero = [0n, 0n];
    const line = [f2Sub(f2Mul(m, t[0]), t[1]), zero, [mod(-m[0] * px), mod(-m[1] * px)], [py, 0n], zero, zero];
    f = f12Mul(line, f);
  };
  for (const bit of CURVE_X.toString(2).slice(1)) {
    f = f12Mul(f, f);
    pairs.forEach(([, q], k) => {
      step(k, points[k]);
      if (bit === "1") step(k, q);
    });
  }
  const toX = (a) => f12Conjugate(f12Pow(a, CURVE_X));
  f = f12Mul(f12Conjugate(f), f12Inv(f));
  f = f12Mul(f12Frobenius(f, 2), f);
  let a = f12Mul(toX(f), f12Conjugate(f));
  a = f12Mul(toX(a), f12Conjugate(a));
  a = f12Mul(toX(a), f12Frobenius(a));
  a = f12Mul(f12Mul(toX(toX(a)), f12Frobenius(a, 2)), f12Conjugate(a));
  return f12Mul(a, f12Mul(f, f12Mul(f, f))).every((c, k) => f2Same(c, F12_ONE[k]));
}

function sqrt(a) {
  const root = power(a, (P + 1n) / 4n);
  return (root * root) % P === mod(a) ? root : null;
}

function f2Sqrt(a) {
  const norm = sqrt(a[0] * a[0] + a[1] * a[1]);
  for (const n of norm === null ? [] : [norm, -norm]) {
    const x = sqrt(((a[0] + n) * (P + 1n)) / 2n);
    if (x) {
      const root = [x, mod(a[1] * inverse(2n * x))];
      if (f2Same(f2Mul(root, root), a)) return root;
    }
  }
  return null;
}

function decompress(hex, group) {
  if (!new RegExp(`^[0-9a-f]{${96 * group}}$`).test(hex)) return null;
  const flags = parseInt(hex.slice(0, 2), 16) >> 5;
  const number = big(hex) & ((1n << BigInt(384 * group - 3)) - 1n);
  const x = group === 1 ? [number, 0n] : [number & ((1n << 384n) - 1n), number >> 384n];
  if ((flags !== 4 && flags !== 5) || x[0] >= P || x[1] >= P) return null;
  const cube = f2Mul(f2Mul(x, x), x);
  let y = f2Sqrt([mod(cube[0] + 4n), group === 1 ? cube[1] : mod(cube[1] + 4n)]);
  if (!y) return null;
  if ((y[1] || y[0]) > P / 2n !== (flags === 5)) y = [mod(-y[0]), mod(-y[1])];
  return pointTimes(ORDER, [x, y]) === null ? [x, y] : null;
}

const ISO_A = big("144698a3b8e9433d693a02c96d4982b0ea985383ee66a8d8e8981aefd881ac98936f8da0e0f97f5cf428082d584c1d");
const ISO_B = big("12e2908d11688030018b12e8753eee3b2016c1f0f24f4070a0b9c14fcef35ef55a23215a316ceaa5d1cc48e98e172be0");
/* x-map of the isogeny, lowest power first (RFC 9380 appendix E.2); its y-map is y/11 times the derivative. */
const ISO_TOP = [
  "11a05f2b1e833340b809101dd99815856b303e88a2d7005ff2627b56cdb4e2c85610c2d5f2e62d6eaeac1662734649b7",
  "17294ed3e943ab2f0588bab22147a81c7c17e75b2f6a8417f565e33c70d1e86b4838f2a6f318c356e834eef1b3cb83bb",
  "0d54005db97678ec1d1048c5d10a9a1bce032473295983e56878e501ec68e25c958c3e3d2a09729fe0179f9dac9edcb0",
  "1778e7166fcc6db74e0609d307e55412d7f5e4656a8dbf25f1b33289f1b330835336e25ce3107193c5b388641d9b6861",
  "0e99726a3199f4436642b4b3e4118e5499db995a1257fb3f086eeb65982fac18985a286f301e77c451154ce9ac8895d9",
  "1630c3250d7313ff01d1201bf7a74ab5db3cb17dd952799b9ed3ab9097e68f90a0870d2dcae73d19cd13c1c66f652983",
  "0d6ed6553fe44d296a3726c38ae652bfb11586264f0f8ce19008e218f9c86b2a8da25128c1052ecaddd7f225a139ed84",
  "17b81e7701abdbe2e8743884d1117e53356de5ab275b4db1a682c62ef0f2753339b7c8f8c8f475af9ccb5618e3f0c88e",
  "080d3cf1f9a78fc47b90b33563be990dc43b756ce79f5574a2c596c928c5d1de4fa295f296b74e956d71986a8497e317",
  "169b1f8e1bcfa7c42e0c37515d138f22dd2ecb803a0c5c99676314baf4bb1b7fa3190b2edc0327797f241067be390c9e",
  "10321da079ce07e272d8ec09d2565b0dfa7dccdde6787f96d50af36003b14866f69b771f8c285decca67df3f1605fb7b",
  "06e08c248e260e70bd1e962381edee3d31d79d7e22c837bc23c0bf1bc24c6b68c24b1b80b64d391fa9c8ba2e8ba2d229",
].map(big);
const ISO_BOTTOM = [
  "08ca8d548cff19ae18b2e62f4bd3fa6f01d5ef4ba35b48ba9c9588617fc8ac62b558d681be343df8993cf9fa40d21b1c",
  "12561a5deb559c4348b4711298e536367041e8ca0cf0800c0126c2588c48bf5713daa8846cb026e9e5c8276ec82b3bff",
  "0b2962fe57a3225e8137e629bff2991f6f89416f5a718cd1fca64e00b11aceacd6a3d0967c94fedcfcc239ba5cb83e19",
  "03425581a58ae2fec83aafef7c40eb545b08243f16b1655154cca8abc28d6fd04976d5243eecf5c4130de8938dc62cd8",
  "13a8e162022914a80a6f1d5f43e7a07dffdfc759a12062bb8d6b44e833b306da9bd29ba81f35781d539d395b3532a21e",
  "0e7355f8e4e667b955390f7f0506c6e9395735e9ce9cad4d0a43bcef24b8982f7400d24bc4228f11c02df9a29f6304a5",
  "0772caacf16936190f3e0c63e0596721570f5799af53a1894e2e073062aede9cea73b3538f0de06cec2574496ee84a3a",
  "14a7ac2a9d64a8b230b3f5b074cf01996e7f63c21bca68a81996e1cdf9822c580fa5b9489d11e2d311f7d99bbdcc5a5e",
  "0a10ecf6ada54f825e920b3dafc7a3cce07f8d1d7161366b74100da67f39883503826692abba43704776ec3a79a1d641",
  "095fc13ab9e92ad4476d6e3eb3a56680f682b4ee96f7d03776df533978f31c1593174e4b4b7865002d6384d168ecdd0a",
  "1",
].map(big);

const concat = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));

function expandMessage(message, domain, length) {
  const tail = concat(domain, [domain.length]);
  const first = sha256(concat(new Uint8Array(64), message, [length >> 8, length & 255, 0], tail));
  let block = new Uint8Array(32);
  const out = [];
  for (let n = 1; n <= length / 32; n += 1) {
    block = sha256(
      concat(
        first.map((byte, i) => byte ^ block[i]),
        [n],
        tail,
      ),
    );
    out.push(...block);
  }
  return Uint8Array.from(out);
}

function mapToCurve(u) {
  const z = mod(11n * u * u);
  const t = mod(z * z + z);
  const curve = (x) => sqrt(mod(x * x * x + ISO_A * x + ISO_B));
  let x = t ? mod(-ISO_B * (1n + inverse(t)) * inverse(ISO_A)) : mod(ISO_B * inverse(11n * ISO_A));
  let y = curve(x);
  if (y === null) {
    x = mod(z * x);
    y = curve(x);
  }
  if (y % 2n !== u % 2n) y = P - y;
  const at = (coefficients) => coefficients.reduceRight((sum, c) => mod(sum * x + c), 0n);
  const slopeAt = (coefficients) => at(coefficients.map((c, k) => c * BigInt(k)).slice(1));
  const bottom = at(ISO_BOTTOM);
  const over = inverse(bottom);
  const derivative = (slopeAt(ISO_TOP) * bottom - at(ISO_TOP) * slopeAt(ISO_BOTTOM)) * over * over;
  return [
    [mod(at(ISO_TOP) * over), 0n],
    [mod(y * derivative * inverse(11n)), 0n],
  ];
}

export function hashToG1(message, domain = DOMAIN) {
  const stream = toHex(expandMessage(message, domain, 128));
  const halves = [stream.slice(0, 128), stream.slice(128)].map((hex) => mapToCurve(big(hex) % P));
  return pointTimes(CURVE_X + 1n, pointAdd(...halves));
}

/* Whether the chain with this public key signed this round (scheme bls-unchained-g1-rfc9380). */
export function signatureHolds(publicKey, round, signature) {
  const key = decompress(publicKey, 2);
  const point = decompress(signature, 1);
  if (!key || !point || !Number.isSafeInteger(round) || round < 0) return false;
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(round));
  const minusG2 = [G2_GENERATOR[0], f2Sub([0n, 0n], G2_GENERATOR[1])];
  return pairingsCancel([
    [point, minusG2],
    [hashToG1(sha256(bytes)), key],
  ]);
}

/* The name of a chain: SHA-256 of everything that defines it. */
export function chainHash({ period, genesis, public_key: key, group_hash: group, beacon_id: name }) {
  const head = period.toString(16).padStart(8, "0") + genesis.toString(16).padStart(16, "0") + key + group;
  const bytes = head.match(/../g).map((pair) => parseInt(pair, 16));
  return toHex(sha256(concat(bytes, name === "default" ? [] : utf8(name))));
}

// Generates the same noise, bit for bit, in every browser and for every GPU. Philox4x32-10 counts through the stream;
// logarithm, sine and cosine are our own and use only + − × ÷ and √, which IEEE 754 specifies exactly (unlike
// Math.log).

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const WEYL0 = 0x9e3779b9
const WEYL1 = 0xbb67ae85
const ROUNDS = 10

/** The upper 32 bits of the product of two 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16) // below 2^32
  const middle2 = aLow * bHigh + (middle & 0xffff) // below 2^32
  return (aHigh * bHigh + (middle >>> 16) + (middle2 >>> 16)) >>> 0
}

type Words = readonly [number, number, number, number]

/** Philox4x32-10 (Salmon et al., 2011): four random words for a counter of four and a key of two. */
export function philox(counter: Words, key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(M0, c0)
    const high1 = multiplyHigh(M1, c2)
    const low0 = Math.imul(M0, c0) >>> 0
    const low1 = Math.imul(M1, c2) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + WEYL0) >>> 0
    k1 = (k1 + WEYL1) >>> 0
  }
  return [c0, c1, c2, c3]
}

// ln 2 in two parts; the first has 21 zero bits at its end, so a multiple of it up to 2^21 is exact.
const LN2_HIGH = 6.9314718036912381649e-1
const LN2_LOW = 1.90821492927058770002e-10

/** log x for 0 < x < ∞, not subnormal. */
export function portableLog(x: number): number {
  let exponent = 0
  let mantissa = x
  // Powers of two scale exactly. x is at least 2^-33 here, so this loop is short.
  while (mantissa < Math.SQRT1_2) {
    mantissa *= 2
    exponent--
  }
  while (mantissa >= Math.SQRT2) {
    mantissa /= 2
    exponent++
  }
  // log m = 2 artanh s = 2s(1 + s²/3 + s⁴/5 + …), |s| < 0.172
  const s = (mantissa - 1) / (mantissa + 1)
  const s2 = s * s
  let tail = 0
  for (let odd = 23; odd >= 3; odd -= 2) tail = (tail + 1 / odd) * s2
  return exponent * LN2_HIGH + (2 * s * tail + exponent * LN2_LOW + 2 * s)
}

/** `[cos 2πv, sin 2πv]` for 0 ≤ v < 1. */
export function portableCosSin(v: number): [number, number] {
  const quadrant = Math.floor(4 * v + 0.5)
  const angle = (v - quadrant / 4) * 6.283185307179586 // |angle| ≤ π/4; the difference is exact
  const a2 = angle * angle
  let cos = 0
  for (let n = 18; n >= 2; n -= 2) cos = ((1 - cos) * a2) / (n * (n - 1))
  let sin = 0
  for (let n = 19; n >= 3; n -= 2) sin = ((1 - sin) * a2) / (n * (n - 1))
  const c = 1 - cos
  const s = angle - angle * sin
  switch (quadrant & 3) {
    case 0:
      return [c, s]
    case 1:
      return [-s, c]
    case 2:
      return [-c, -s]
    default:
      return [s, -c]
  }
}

/** Two standard normal numbers from two random words (Box–Muller), rounded to f32. */
function normalPair(a: number, b: number): [number, number] {
  const radius = Math.sqrt(-2 * portableLog((a + 0.5) / 2 ** 32)) // at most 6.77
  const [cos, sin] = portableCosSin(b / 2 ** 32)
  return [Math.fround(radius * cos), Math.fround(radius * sin)]
}

/** Throws unless `value` is a whole number from 0 to `max`. */
function checkWhole(what: string, value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) {
    throw new RangeError(`The ${what} is ${value} and must be a whole number from 0 to ${max}.`)
  }
}

/**
 * `count` standard normal numbers. `seed`: a whole number from 0 to 2^53 − 1. `stream`: from 0 to 2^32 − 1, for other
 * noise under the same seed. A longer result begins with the shorter one. Throws `RangeError`.
 */
export function gaussianNoise(seed: number, stream: number, count: number): Float32Array<ArrayBuffer> {
  checkWhole('seed', seed, Number.MAX_SAFE_INTEGER)
  checkWhole('stream', stream, 2 ** 32 - 1)
  checkWhole('number of elements', count, 2 ** 32 - 1)
  const key = [seed >>> 0, Math.floor(seed / 2 ** 32)] as const
  const noise = new Float32Array(count)
  for (let i = 0; i < count; i += 4) {
    const [a, b, c, d] = philox([i / 4, 0, stream, 0], key)
    noise.set([...normalPair(a, b), ...normalPair(c, d)].slice(0, count - i), i)
  }
  return noise
}

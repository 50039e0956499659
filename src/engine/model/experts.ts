// Wan 2.2 A14B has two transformers of the same shapes: one for the noisy first steps, one for the others. Only their
// names show which is which.
import { WeightsError } from '../../weights/error'

type Noise = 'high' | 'low'

/** The names of the published files: high_noise_model/…, …HighNoise-Q4_K_M.gguf, …_HIGH_fp8.safetensors. */
const NAMES: Readonly<Record<Noise, RegExp>> = {
  high: /(^|[^a-z])high([^a-z]|noise|$)/i,
  low: /(^|[^a-z])low([^a-z]|noise|$)/i,
}
/** diffusers' folders, of which the second has the expert for low noise. */
const DIFFUSERS: Readonly<Record<Noise, RegExp>> = {
  high: /(^|\/)transformer\//,
  low: /(^|\/)transformer_2\//,
}

/** For which noise the file was trained, by its path; undefined where that says neither. */
function noiseOf(path: string): Noise | undefined {
  const [high, low] = [NAMES.high.test(path), NAMES.low.test(path)]
  return high === low ? undefined : high ? 'high' : 'low'
}

/** The two experts among a folder's transformers, where it has just these. */
export function expertsOf<P extends { readonly path: string }>(
  dits: readonly P[],
): { readonly high: P; readonly low: P } | undefined {
  if (dits.length !== 2) return undefined
  const find = (is: (path: string) => boolean): P | undefined => dits.find(({ path }) => is(path))
  const high = find((path) => noiseOf(path) === 'high') ?? find((path) => DIFFUSERS.high.test(path))
  const low = find((path) => noiseOf(path) === 'low') ?? find((path) => DIFFUSERS.low.test(path))
  return high && low && high !== low ? { high, low } : undefined
}

/** @throws WeightsError where the transformer is one of two, and the other is missing */
export function requirePartner(path: string): void {
  const noise = noiseOf(path)
  if (noise === undefined) return
  const other = noise === 'high' ? 'low' : 'high'
  throw new WeightsError(
    path,
    `${path} is the half of Wan 2.2 A14B for ${noise} noise, and the half for ${other} noise is missing: put its file beside this one, with "${other}" in its name.`,
    'model-missing',
  )
}

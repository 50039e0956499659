import type { Gpu } from '../device'
import { shaderFingerprint } from '../shader-source'
import { FAMILIES, type Variants } from '../variants'
import { layerKey, type Task } from './workload'
import { firstOf, type Candidates } from './candidates'
import { isLoss } from './measure'
import type { Tuned } from './autotune'

/** Where the chosen variants outlive the engine. Both methods may fail; then they are chosen again. */
export interface TunedStore {
  /** The stored value, not validated; undefined where there is none. */
  get(key: string): Promise<unknown>
  put(key: string, value: object): Promise<void>
}

/**
 * Everything that determines the best variants: the GPU, the kernels, and the layers of the model, but not the size
 * of a clip.
 */
export function tuningKey(
  { adapter, storage, device }: Gpu,
  tasks: readonly Task[],
  appVersion: string,
): string {
  return JSON.stringify([
    adapter,
    storage,
    [...device.features].sort(),
    appVersion,
    shaderFingerprint(),
    tasks.map(layerKey).sort(),
  ])
}

/** Reads stored variants, where each is one of the candidates. */
function known(stored: unknown, candidates: Candidates): Variants | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const found = Object.fromEntries(FAMILIES.map((family) => [family, Reflect.get(stored, family) as unknown]))
  const isKnown = FAMILIES.every((family) => candidates[family].some((name) => name === found[family]))
  return isKnown ? (found as unknown as Variants) : undefined
}

/**
 * Returns the variants stored under `key`, or else stores those that `choose` finds. If trying them loses the device,
 * stores the defaults, so that it is not lost again.
 */
export async function rememberTuned(
  store: TunedStore | undefined,
  key: string,
  candidates: Candidates,
  choose: () => Promise<Tuned>,
): Promise<Tuned> {
  const stored = known(await store?.get(key).catch(() => undefined), candidates)
  if (stored) return { variants: stored, notes: [] }
  const keep = async (variants: Variants): Promise<void> => store?.put(key, variants).catch(() => {})
  try {
    const tuned = await choose()
    await keep(tuned.variants)
    return tuned
  } catch (error) {
    if (isLoss(error)) await keep(firstOf(candidates))
    throw error
  }
}

import type { Gpu } from '../device'
import { shaderFingerprint } from '../shader-source'
import { FAMILIES, type Variants } from '../variants'
import { layerKey, type Task } from './workload'
import { firstOf, type Candidates } from './candidates'
import { isLoss } from './measure'
import type { Tuned } from './autotune'

/** Where the chosen variants outlive the engine. Both may fail: then they are chosen anew. */
export interface TunedStore {
  /** What was put; undefined where nothing was. It is not trusted. */
  get(key: string): Promise<unknown>
  put(key: string, value: object): Promise<void>
}

/** All that decides which variants are best: the GPU, the kernels, and the layers of the model, whatever the size of a clip. */
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

/** The stored variants, where each is one of the candidates. */
function known(stored: unknown, candidates: Candidates): Variants | undefined {
  if (typeof stored !== 'object' || stored === null) return undefined
  const found = Object.fromEntries(FAMILIES.map((family) => [family, Reflect.get(stored, family) as unknown]))
  const isKnown = FAMILIES.every((family) => candidates[family].some((name) => name === found[family]))
  return isKnown ? (found as unknown as Variants) : undefined
}

/**
 * The variants stored under `key`, else those that `choose` finds, which are stored. Where trying them costs the device, those
 * to begin with are stored, so that whoever opens it again does not lose it again.
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

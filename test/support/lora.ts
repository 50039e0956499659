// The golden model that adapters change, and adapters' files.
import { readAdapter } from '../../src/weights/adapters/read'
import { mergeAdapters } from '../../src/weights/adapters/merge'
import { ditAdapterBase } from '../../src/models/wan-dit/adapters'
import type { Adapter } from '../../src/weights/adapters/adapter'
import type { WeightFile } from '../../src/weights/weight-file'
import { openGolden } from './golden'

/** An adapter beside the golden, checked against the model. */
export async function openLora(name: string, base: WeightFile): Promise<Adapter> {
  return readAdapter(await openGolden(name), ditAdapterBase(base))
}

/** The model with the adapters `[name, strength]` in it. */
export async function withLoras(
  base: WeightFile,
  ...chosen: readonly (readonly [name: string, strength: number])[]
): Promise<WeightFile> {
  const applied = await Promise.all(
    chosen.map(async ([name, strength]) => ({ adapter: await openLora(name, base), strength })),
  )
  return mergeAdapters(base, applied).file
}

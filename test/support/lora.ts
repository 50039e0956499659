// The golden model that adapters change, and adapters' files.
import { readAdapter } from '../../src/weights/adapters/read'
import { changesOf, mergeChanges, type AppliedAdapter } from '../../src/weights/adapters/merge'
import { ditAdapterBase } from '../../src/models/wan-dit/adapters'
import type { Adapter } from '../../src/weights/adapters/adapter'
import type { WeightFile } from '../../src/weights/weight-file'
import { float16ToFloat32, float32ToFloat16 } from '../../src/weights/quant/float16'
import { goldenMetadata, openGolden } from './golden'

/** An adapter beside the golden, checked against the model. */
export async function openLora(name: string, base: WeightFile): Promise<Adapter> {
  return readAdapter(await openGolden(name), ditAdapterBase(base))
}

type Chosen = readonly (readonly [name: string, strength: number])[]

/** The adapters `[name, strength]`. */
export function appliedLoras(base: WeightFile, chosen: Chosen): Promise<AppliedAdapter[]> {
  return Promise.all(
    chosen.map(async ([name, strength]) => ({ adapter: await openLora(name, base), strength })),
  )
}

/** The model with adapters in it, matrices too: what its side paths must come to. */
export function mergeAdapters(base: WeightFile, applied: readonly AppliedAdapter[]): WeightFile {
  return mergeChanges(base, changesOf(applied))
}

/** The model with the adapters `[name, strength]` in it. */
export async function withLoras(base: WeightFile, ...chosen: Chosen): Promise<WeightFile> {
  return mergeAdapters(base, await appliedLoras(base, chosen))
}

/** Every number rounded to f16, as in the reference; the engine rounds matrices, and keeps vectors in f32. */
export function inF16(file: WeightFile): WeightFile {
  return {
    ...file,
    floats: async (name) => float16ToFloat32(float32ToFloat16(await file.floats(name))),
  }
}

export interface LoraCase {
  /** After "velocity." and "fused." in the golden. */
  readonly key: string
  readonly loras: Chosen
}

/** As the golden's names have it: 1.0, 0.6. */
const shown = (strength: number): string =>
  Number.isInteger(strength) ? strength.toFixed(1) : String(strength)

/** Every file of the golden at every strength, and its pairs. */
export function loraCases(golden: WeightFile): LoraCase[] {
  const metadata = <T>(key: string): T => goldenMetadata(golden, key) as unknown as T
  const strengths = metadata<readonly number[]>('strengths')
  return [
    ...metadata<readonly string[]>('files').flatMap((name) =>
      strengths.map((strength): LoraCase => ({
        key: `${name}.${shown(strength)}`,
        loras: [[name, strength]],
      })),
    ),
    ...metadata<readonly (readonly [string, number, string, number])[]>('pairs').map(
      ([a, strengthOfA, b, strengthOfB], i): LoraCase => ({
        key: `pair.${i}`,
        loras: [
          [a, strengthOfA],
          [b, strengthOfB],
        ],
      }),
    ),
  ]
}

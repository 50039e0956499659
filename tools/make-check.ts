// Writes public/check/goldens.safetensors: results of small kernel calls by the f64 references of the tests, and the
// tensors of the bundled model from PyTorch. `npx tsx tools/make-check.ts`
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { writeSafetensors } from '../src/weights/formats/safetensors'
import { openGolden, OWN_GOLDENS } from '../test/support/golden'
import { kernelReferences } from '../test/support/check-references'

export const CHECK_FILE = join(import.meta.dirname, '..', 'public', 'check', 'goldens.safetensors')

interface Golden {
  readonly name: string
  readonly shape: readonly number[]
  readonly values: Float32Array<ArrayBuffer>
}

/** The last frame of a clip [1, 3, F, H, W], as the decoder gives it: [H, W, 3]. */
function lastFrame(video: Float32Array, [, , F = 0, H = 0, W = 0]: readonly number[]): Golden {
  const values = new Float32Array(H * W * 3)
  for (let i = 0; i < values.length; i++) {
    const [channel, pixel] = [i % 3, Math.floor(i / 3)]
    values[i] = video[(channel * F + F - 1) * H * W + pixel]!
  }
  return { name: 'last_frame', shape: [H, W, 3], values }
}

export async function checkGoldens(): Promise<Uint8Array> {
  const mini = await openGolden('pipeline_mini.golden', OWN_GOLDENS)
  const tensor = async (name: string): Promise<Golden> => ({
    name,
    shape: mini.tensors.get(name)!.shape,
    values: await mini.floats(name),
  })
  const goldens = [
    ...[...kernelReferences()].map(([name, values]) => ({ name, shape: [values.length], values })),
    await tensor('ids'),
    await tensor('hidden'),
    await tensor('noise'),
    await tensor('latents'),
    lastFrame(await mini.floats('video'), mini.tensors.get('video')!.shape),
  ]
  return writeSafetensors(
    goldens.map(({ name, shape, values }) => ({
      name,
      dtype: 'F32' as const,
      shape,
      bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    })),
  )
}

if (process.argv[1]?.endsWith('make-check.ts') === true) {
  const bytes = await checkGoldens()
  mkdirSync(dirname(CHECK_FILE), { recursive: true })
  writeFileSync(CHECK_FILE, bytes)
  console.log(`${CHECK_FILE}: ${bytes.length} bytes`)
}

// The end of a clip as a file: a safetensors file with the last frame, and the colours of the first clip of the row.
import { readFileSync, statSync } from 'node:fs'
import type { ClipEnd } from '../protocol/clip-end'
import { WeightsError } from '../weights/error'
import { openSafetensors, writeSafetensors } from '../weights/formats/safetensors'
import { bufferSource } from '../weights/sources/byte-source'
import { UsageError } from './usage-error'

export function clipEndBytes({ width, height, frame, statistics }: ClipEnd): Uint8Array<ArrayBuffer> {
  const tensor = (name: string, shape: number[], values: Float32Array<ArrayBuffer>) => ({
    name,
    dtype: 'F32' as const,
    shape,
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  })
  const channels = (name: 'mean' | 'deviation') =>
    tensor(name, [statistics[name].length], Float32Array.from(statistics[name]))
  return writeSafetensors([
    tensor('frame', [height, width, 3], frame),
    channels('mean'),
    channels('deviation'),
  ])
}

/** @throws UsageError where there is no such file, or it is another */
export async function readClipEnd(path: string): Promise<ClipEnd> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new UsageError(`There is no file at ${path}. --continue names a file that --keep-end wrote.`)
  try {
    const file = await openSafetensors(bufferSource(path, new Uint8Array(readFileSync(path))))
    const [height = 0, width = 0, colours = 0] = file.tensors.get('frame')?.shape ?? []
    if (colours !== 3 || !file.tensors.has('mean') || !file.tensors.has('deviation'))
      throw new UsageError(
        `${path} is not the end of a clip: it has no frame, or not its colours. --continue names a file that --keep-end wrote.`,
      )
    const [mean, deviation] = [[...(await file.floats('mean'))], [...(await file.floats('deviation'))]]
    return { width, height, frame: await file.floats('frame'), statistics: { mean, deviation } }
  } catch (error) {
    throw error instanceof WeightsError ? new UsageError(error.message) : error
  }
}

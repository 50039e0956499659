// The end of a clip as a file: a safetensors file with the last frame, and the colours of the first clip of the row.
import type { ClipEnd } from '../protocol/clip-end'
import { WeightsError } from '../weights/error'
import { openSafetensors, writeSafetensors } from '../weights/formats/safetensors'
import { bufferSource } from '../weights/sources/byte-source'
import { sha256Hex } from '../weights/sources/sha256'

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

/** @param name of the file, for errors. @throws WeightsError where it is another file */
export async function readClipEnd(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<ClipEnd> {
  const file = await openSafetensors(bufferSource(name, bytes))
  const [height = 0, width = 0, colours = 0] = file.tensors.get('frame')?.shape ?? []
  if (colours !== 3 || !file.tensors.has('mean') || !file.tensors.has('deviation'))
    throw new WeightsError(
      name,
      `${name} is not the end of a clip: it has no frame, or not its colours. Make that clip again.`,
    )
  const [mean, deviation] = [[...(await file.floats('mean'))], [...(await file.floats('deviation'))]]
  return { width, height, frame: await file.floats('frame'), statistics: { mean, deviation } }
}

/** SHA-256 of the last frame, with its size: what the recipe of the clip that goes on has. */
export async function clipEndSha256({ width, height, frame }: Omit<ClipEnd, 'statistics'>): Promise<string> {
  const bytes = new Uint8Array(8 + frame.byteLength)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  bytes.set(new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength), 8)
  return sha256Hex(bytes)
}

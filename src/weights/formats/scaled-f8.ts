// ComfyUI's scaled fp8: `X.scale_weight`, or `X.weight_scale` in newer files, is one number that multiplies
// `X.weight` of fp8.
import { WeightsError } from '../error'
import { elementCount, showShape, type WeightFile } from '../weight-file'

/** A tensor without meaning but its presence, wherever the prefix is. */
const MARKER = /(^|\.)scaled_fp8$/
const SCALE = /^(.*)\.(scale_weight|weight_scale)$/

function isF8(dtype: string | undefined): boolean {
  return dtype === 'F8_E4M3' || dtype === 'F8_E5M2'
}

/** Maps weights to their scale tensors. Throws where a scale has no weight, or is not one number. */
function scalesOf(file: WeightFile): ReadonlyMap<string, string> {
  const scales = new Map<string, string>()
  for (const { name, shape } of file.tensors.values()) {
    const [, weight, kind] = SCALE.exec(name) ?? []
    if (weight === undefined) continue
    const scaled = file.tensors.get(`${weight}.weight`)
    if (kind === 'weight_scale' && scaled && !isF8(scaled.dtype)) continue // our own int8 uses this name for its scales
    if (elementCount(shape) !== 1) {
      throw new WeightsError(
        file.name,
        `${file.name}: the scale ${name} has the shape ${showShape(shape)} and must be one number. Choose a file with one scale per weight, or in fp16.`,
      )
    }
    if (!scaled || scales.has(scaled.name)) {
      throw new WeightsError(
        file.name,
        `${file.name}: the scale ${name} belongs to ${weight}.weight, which ${scaled ? 'has another one' : 'is not there'}. The file is incomplete; load it again.`,
      )
    }
    scales.set(scaled.name, name)
  }
  return scales
}

/**
 * The same file, with fp8 weights multiplied by their scales in `floats` and `rows`, and the scales hidden; `bytes`
 * gives the codes as stored. A file without scales is returned as it is.
 * @throws WeightsError where a scale is not one finite number beside a weight of fp8
 */
export function withF8Scales(file: WeightFile): WeightFile {
  const scales = scalesOf(file)
  const markers = [...file.tensors.keys()].filter((name) => MARKER.test(name))
  if (scales.size === 0 && markers.length === 0) return file
  for (const weight of scales.keys()) {
    const dtype = file.tensors.get(weight)?.dtype
    if (!isF8(dtype))
      throw new WeightsError(
        file.name,
        `${file.name}: tensor ${weight} has a scale and the type ${dtype}; it must be F8_E4M3 or F8_E5M2.`,
      )
  }
  const hidden = new Set([...scales.values(), ...markers])
  const known = new Map<string, number>()
  const scale = async (name: string): Promise<number> => {
    const found = known.get(name) ?? (await file.floats(name))[0]!
    if (!Number.isFinite(found))
      throw new WeightsError(
        file.name,
        `${file.name}: the scale ${name} is ${found} and must be a finite number.`,
      )
    known.set(name, found)
    return found
  }
  const scaled = async (
    tensor: string,
    values: Float32Array<ArrayBuffer>,
  ): Promise<Float32Array<ArrayBuffer>> => {
    const name = scales.get(tensor)
    if (name === undefined) return values
    const factor = await scale(name)
    for (let i = 0; i < values.length; i++) values[i]! *= factor // the values belong to this call
    return values
  }
  return {
    ...file,
    tensors: new Map([...file.tensors].filter(([name]) => !hidden.has(name))),
    floats: async (tensor) => scaled(tensor, await file.floats(tensor)),
    rows: async (tensor, first, count) => scaled(tensor, await file.rows(tensor, first, count)),
  }
}

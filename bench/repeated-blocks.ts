import { fileLoader, type WeightLoader } from '../src/models/blocks/weight-loader'
import type { LinearWeight } from '../src/gpu/matrix'
import { dryOps, type Ops } from '../src/gpu/ops'
import type { Tensor } from '../src/gpu/tensor'
import type { WeightFormat } from '../src/weights/quant/pack'
import type { WeightFile } from '../src/weights/weight-file'

type Source = Parameters<Ops['upload']>[0]

const inFirst = (name: string): string => name.replace(/^blocks\.\d+\./, 'blocks.0.')

/**
 * Loads a model in which every block has the first one's matrices, each packed once: fast at any depth, and of full
 * size.
 */
export function repeatedBlocks(ops: Ops, file: WeightFile, format: WeightFormat): WeightLoader {
  const sources = new Map<Tensor, Source>()
  const plan = dryOps(ops.storage, ops.maxBindingBytes)
  const keeping: Ops = {
    ...plan,
    upload(source, shape, dtype, label) {
      const tensor = plan.create(shape, dtype, label)
      sources.set(tensor, source)
      return tensor
    },
  }
  const packer = fileLoader(keeping, file, format)
  const packed = new Map<string, Promise<LinearWeight | undefined>>()
  const copy = ({ shape, dtype, label }: Tensor, source: Source): Tensor =>
    ops.upload(source, shape, dtype, label)
  const upload = async <W extends LinearWeight | undefined>(
    key: string,
    pack: () => Promise<W>,
  ): Promise<W> => {
    const known = (packed.get(key) as Promise<W> | undefined) ?? pack()
    packed.set(key, known)
    const w = await known
    if (!w) return w
    const [data, scales, bias] = [w.data, w.scales, w.bias].map((tensor) => sources.get(tensor)!)
    const onGpu = copy(w.data, data!)
    return {
      ...w,
      data: onGpu,
      scales: w.scales === w.data ? onGpu : copy(w.scales, scales!),
      bias: copy(w.bias, bias!),
    }
  }
  return {
    ...fileLoader(ops, file, format),
    on: (other) => repeatedBlocks(other, file, format),
    linear: (name, rows, cols, own = format) =>
      upload(`${inFirst(name)} ${own}`, () => packer.linear(inFirst(name), rows, cols, own)),
    stacked: (names, rows, cols, label) =>
      upload(names.map(inFirst).join(), () => packer.stacked(names.map(inFirst), rows, cols, label)),
  }
}

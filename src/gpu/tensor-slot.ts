// Memory for one layer of a model, which one layer after the other fills with its weights.
import { dryOps, type Ops } from './ops'
import { byteLength, type Tensor } from './tensor'

/** Bytes of each tensor of a layer, by the part of its label after the layer's name. */
export type SlotSizes = ReadonlyMap<string, number>

/**
 * The largest size of each tensor in any of the layers.
 * @param load loads the layer `name`, on ops that only count
 */
export async function slotSizes(
  { storage, maxBindingBytes }: Ops,
  names: readonly string[],
  load: (ops: Ops, name: string) => Promise<unknown>,
): Promise<SlotSizes> {
  const sizes = new Map<string, number>()
  for (const name of names) {
    const counting = dryOps(storage, maxBindingBytes)
    const create: Ops['create'] = (shape, dtype, label) => {
      const key = label.slice(name.length)
      sizes.set(key, Math.max(sizes.get(key) ?? 0, byteLength(shape, dtype)))
      return counting.create(shape, dtype, label)
    }
    await load(
      { ...counting, create, upload: (_data, shape, dtype, label) => create(shape, dtype, label) },
      name,
    )
  }
  return sizes
}

export class TensorSlot {
  private readonly rooms: ReadonlyMap<string, Tensor>

  constructor(
    private readonly ops: Ops,
    sizes: SlotSizes,
    label: string,
  ) {
    this.rooms = new Map(
      [...sizes].map(([key, bytes]) => [key, ops.create([bytes / 4], 'u32', `${label}${key}`)]),
    )
  }

  /** Ops whose new tensors are in this slot, for the layer `name`; overwrites the layer before it. */
  opsFor(name: string, signal: AbortSignal): Ops {
    const create: Ops['create'] = (shape, dtype, label) => {
      signal.throwIfAborted()
      const room = this.rooms.get(label.slice(name.length))
      const bytes = byteLength(shape, dtype)
      if (!room || bytes > room.byteLength)
        throw new Error(
          `${label} [${shape.join(', ')}] has no room in the slot, which has ${room?.byteLength ?? 'no'} bytes for it.`,
        )
      return { label, shape, dtype, allocation: room.allocation, byteOffset: 0, byteLength: bytes }
    }
    return {
      ...this.ops,
      create,
      upload: (data, shape, dtype, label) => {
        const tensor = create(shape, dtype, label)
        this.ops.write(tensor, data)
        return tensor
      },
    }
  }

  release(): void {
    this.ops.release(...this.rooms.values())
  }
}

// Holds the transformer's blocks: all on the GPU, or two at a time.
import { slotSizes, TensorSlot, type SlotSizes } from '../../gpu/tensor-slot'
import type { DitConfig } from './config'
import type { WeightLoader } from '../blocks/weight-loader'
import { blockOrder } from './block-order'
import { blockTensors, loadBlock, type BlockWeights } from './block-weights'

/** The blocks of one transformer in the order of a pass. */
export interface Blocks {
  readonly length: number
  /**
   * The weights of block `i`, valid for calls that are recorded before the next block is taken.
   * @param next the block that will be taken next; the one after by default
   */
  take(i: number, next?: number): Promise<BlockWeights>
  /** Cancels reads, and releases the memory. */
  release(): Promise<void>
}

const bytesOf = (sizes: SlotSizes): number => [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)

/** Reads all blocks, which stay on the GPU until they are released. */
export async function residentBlocks(
  loader: WeightLoader,
  config: DitConfig,
  signal?: AbortSignal,
): Promise<Blocks> {
  const blocks: BlockWeights[] = []
  for (const { name } of blockOrder(config)) {
    signal?.throwIfAborted()
    blocks.push(await loadBlock(loader, name, config))
    await loader.ops.drain(signal) // Ends the reading of a model for which the GPU has no memory.
  }
  return {
    length: blocks.length,
    take: async (i) => blocks[i]!,
    release: async () => loader.ops.release(...blocks.flatMap(blockTensors)),
  }
}

/**
 * Reads a block when it is taken, and the next one while the GPU is busy with it; the first follows the last. The
 * next one takes the place of the previous block, so taking a block first runs the recorded calls.
 */
export async function streamedBlocks(
  loader: WeightLoader,
  config: DitConfig,
  signal?: AbortSignal,
): Promise<Blocks> {
  const { ops } = loader
  const names = blockOrder(config).map(({ name }) => name)
  const { length } = names
  const plan = (stack: boolean) =>
    slotSizes(ops, names, (counting, name) => loadBlock(loader.planned(counting), name, config, stack))
  const [together, apart] = [await plan(true), await plan(false)]
  // If only some blocks had q, k and v as one matrix, a slot would need space for both forms.
  const stack = bytesOf(together) <= bytesOf(apart)
  const sizes = stack ? together : apart
  const slots = [new TensorSlot(ops, sizes, 'dit.slot0'), new TensorSlot(ops, sizes, 'dit.slot1')] as const
  const ended = new AbortController()
  const stop = signal ? AbortSignal.any([signal, ended.signal]) : ended.signal

  let turn = 0
  const read = (i: number): { i: number; block: Promise<BlockWeights> } => {
    const slot = slots[turn++ % 2]!
    const name = names[i]!
    const block = loadBlock(loader.on(slot.opsFor(name, stop), stop), name, config, stack)
    block.catch(() => {}) // Thrown when it is taken.
    return { i, block }
  }
  let coming: { i: number; block: Promise<BlockWeights> } | undefined
  return {
    length,
    async take(i, next = (i + 1) % length) {
      await ops.drain(stop)
      if (coming?.i !== i) {
        await coming?.block
        coming = read(i)
      }
      const block = await coming!.block
      coming = read(next)
      return block
    },
    async release() {
      ended.abort()
      await coming?.block.catch(() => {})
      for (const slot of slots) slot.release()
    },
  }
}

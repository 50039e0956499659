// How much memory a GPU really has: WebGPU has no word for it, so buffers are made and filled until it refuses, or pages.
import { within } from '../protocol/within'
import { GpuError } from './errors'

/**
 * Where a GPU's memory is. `discrete`: on a card of its own, however much the machine has. `shared`: the machine's.
 * `software`: the processor's. Browsers name some GPUs not at all.
 */
export type GpuKind = 'discrete' | 'shared' | 'software' | 'unknown'

/** Architectures of Intel's cards; its other GPUs are parts of processors. */
const INTEL_CARD = /hp[cg]?$/i

/** From what the browser says of the adapter. Of AMD it says too little: cards and processors have one architecture. */
export function kindOf({ vendor, architecture, description }: GPUAdapterInfo, isSoftware: boolean): GpuKind {
  if (isSoftware) return 'software'
  if (/nvidia/i.test(vendor))
    return /tegra|orin|xavier/i.test(`${architecture} ${description}`) ? 'shared' : 'discrete'
  if (/intel/i.test(vendor)) return INTEL_CARD.test(architecture) ? 'discrete' : 'shared'
  return /apple|qualcomm|arm|img|samsung|broadcom/i.test(vendor) ? 'shared' : 'unknown'
}

/** Bytes of one buffer, as every GPU allows that is opened. */
const BLOCK = 256 * 2 ** 20
/** A block that takes this much longer than the quickest, and this many milliseconds more, went over the bus. */
const SLOWER = 4
const SLOWER_MS = 8
/** Blocks in a row: another program may hold the GPU up once. */
const SLOW_BLOCKS = 2
/** A first block that takes so many milliseconds says nothing of a bus: the clock is coarse, or a processor fills it. */
const NO_CARD_MS = 60
/** Milliseconds for all. */
const PATIENCE = 5_000

export interface ProbeOptions {
  readonly signal?: AbortSignal
  /** Milliseconds. */
  readonly now?: () => number
}

/**
 * Makes and fills buffers up to `most` bytes, and frees them again.
 * @returns bytes that the GPU gave and, where its clock is fine enough to tell, filled at its own speed
 * @throws the signal's reason; GpuError `device-lost`
 */
export async function probeMemory(
  device: GPUDevice,
  most: number,
  { signal, now = () => performance.now() }: ProbeOptions = {},
): Promise<number> {
  const began = now()
  const lost = device.lost.then(({ message }) => {
    throw new GpuError('device-lost', `The GPU was lost while its memory was measured (${message}).`)
  })
  lost.catch(() => {}) // Heard by the race, or by nobody.
  const late = new Error('The GPU is still at it.')
  const buffers: GPUBuffer[] = []
  let isTimed = true
  let quickest = Infinity
  let slow = 0
  try {
    while ((buffers.length - slow) * BLOCK < most && slow < SLOW_BLOCKS) {
      const ms = PATIENCE - (now() - began)
      const from = now()
      const making = Promise.race([makeBlock(device, buffers, isTimed), lost])
      if (ms <= 0 || !(await within(making, { ms, late: () => late, signal }))) break
      const spent = now() - from
      if (buffers.length === 1) isTimed = spent < NO_CARD_MS
      if (!isTimed) continue
      quickest = Math.min(quickest, spent)
      slow = spent > SLOWER * quickest && spent > quickest + SLOWER_MS ? slow + 1 : 0
    }
  } catch (error) {
    if (error !== late) throw error
    if (buffers.length === 1) return most // no card takes so long: nothing was learned
    slow += 1 // it was made, and not filled
  } finally {
    for (const buffer of buffers) buffer.destroy()
  }
  return Math.min(most, Math.max(0, buffers.length - slow) * BLOCK)
}

/** Whether there was room for one more. */
async function makeBlock(device: GPUDevice, buffers: GPUBuffer[], isFilled: boolean): Promise<boolean> {
  device.pushErrorScope('out-of-memory')
  const buffer = device.createBuffer({
    label: 'memory probe',
    size: BLOCK,
    usage: GPUBufferUsage.COPY_DST,
  })
  if (await device.popErrorScope()) {
    buffer.destroy()
    return false
  }
  buffers.push(buffer)
  if (!isFilled) return true
  device.pushErrorScope('out-of-memory')
  const encoder = device.createCommandEncoder({ label: 'memory probe' })
  encoder.clearBuffer(buffer)
  device.queue.submit([encoder.finish()])
  await device.queue.onSubmittedWorkDone()
  if (!(await device.popErrorScope())) return true
  buffers.pop()?.destroy()
  return false
}

// Measures how much memory a GPU really has, which WebGPU does not report: makes and fills buffers until it refuses
// or pages.
import { within } from '../protocol/within'
import { GpuError } from './errors'

/**
 * Where a GPU's memory is. `discrete`: on a card of its own, however much the machine has. `shared`: the machine's.
 * `software`: the processor's. Some GPUs are not named by browsers.
 */
export type GpuKind = 'discrete' | 'shared' | 'software' | 'unknown'

/** Architectures of Intel's cards; its other GPUs are parts of processors. */
const INTEL_CARD = /hp[cg]?$/i

/**
 * Derives the kind from the browser's description of the adapter. For AMD that is ambiguous: cards and processors
 * share architectures.
 */
export function kindOf({ vendor, architecture, description }: GPUAdapterInfo, isSoftware: boolean): GpuKind {
  if (isSoftware) return 'software'
  if (/nvidia/i.test(vendor))
    return /tegra|orin|xavier/i.test(`${architecture} ${description}`) ? 'shared' : 'discrete'
  if (/intel/i.test(vendor)) return INTEL_CARD.test(architecture) ? 'discrete' : 'shared'
  return /apple|qualcomm|arm|img|samsung|broadcom/i.test(vendor) ? 'shared' : 'unknown'
}

/** Bytes of one buffer, which every supported GPU allows. */
const BLOCK = 256 * 2 ** 20
/** A block that takes longer than the fastest by this factor, and by this many milliseconds, went over the bus. */
const SLOWER = 4
const SLOWER_MS = 8
/** Consecutive slow blocks, since another program may delay the GPU once. */
const SLOW_BLOCKS = 2
/** Milliseconds of a first block from which the bus cannot be judged: the clock is coarse, or a processor fills it. */
const NO_CARD_MS = 60
/** Milliseconds for everything. */
const PATIENCE = 5_000

export interface ProbeOptions {
  readonly signal?: AbortSignal
  /** Milliseconds. */
  readonly now?: () => number
}

/**
 * Makes and fills buffers up to `most` bytes, and frees them again.
 * @returns bytes that the GPU gave and, where its clock is fine enough to show it, filled at its own speed
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
  lost.catch(() => {}) // Handled by the race, or ignored.
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
    if (buffers.length === 1) return most // no card takes this long, so nothing was learned
    slow += 1 // allocated, but not filled
  } finally {
    for (const buffer of buffers) buffer.destroy()
  }
  return Math.min(most, Math.max(0, buffers.length - slow) * BLOCK)
}

/** Whether one more buffer fitted. */
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

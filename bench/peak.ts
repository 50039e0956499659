// Measures the adapter's peak rates: micro-kernels in a register loop, and a copy.
import type { Storage } from '../src/gpu/device'
import copyShader from './peak_copy.wgsl?raw'
import dp4aShader from './peak_dp4a.wgsl?raw'
import type { Clock } from './clock'
import { createMicroKernel, WORKGROUP, type MicroKernelOptions } from './micro-kernel'
import { fmaCode, TURNS, WIDTHS } from './peak-code'

const SAMPLES = 5
/** Limits of the search for the number of dispatches. */
const MAX_TURNS = 6
const MIB = 2 ** 20

interface Attempt extends Omit<MicroKernelOptions, 'label'> {
  /** FLOP, operations or bytes of one turn of an invocation's loop. */
  readonly perLoop: number
}

interface Contest {
  readonly name: string
  readonly unit: Peak['unit']
  /** The fastest one counts. */
  readonly attempts: readonly Attempt[]
}

export interface Peak {
  readonly name: string
  /** Per millisecond. */
  readonly rate: number
  /** Of one sample. */
  readonly ms: number
  readonly unit: 'FLOP' | 'op' | 'byte'
}

/**
 * Dispatches the kernel often enough, and takes the best of the samples: disturbances of the others are not the
 * adapter's.
 */
async function measure(
  device: GPUDevice,
  clock: Clock,
  label: string,
  attempt: Attempt,
  targetMs: number,
): Promise<{ rate: number; ms: number }> {
  const kernel = await createMicroKernel(device, { label, ...attempt })
  const sample = (count: number): Promise<number> => clock.time(async () => kernel.submit(count))
  try {
    let count = 1
    let ms = await sample(count)
    for (let turn = 0; turn < MAX_TURNS && ms < targetMs; turn++) {
      count = Math.ceil(count * Math.min(16, (1.2 * targetMs) / ms))
      ms = await sample(count)
    }
    for (let i = 1; i < SAMPLES; i++) ms = Math.min(ms, await sample(count))
    return { rate: (attempt.workgroups * WORKGROUP * attempt.loops * attempt.perLoop * count) / ms, ms }
  } finally {
    kernel.destroy()
  }
}

/** Larger than any cache, within the device's limits and a sensible share of its memory. */
function copyOf({ limits }: GPUDevice, isCpu: boolean): Attempt {
  const bytes = isCpu
    ? 64 * MIB
    : Math.min(512 * MIB, limits.maxStorageBufferBindingSize, limits.maxBufferSize / 4)
  const loops = 16
  return {
    code: copyShader,
    perLoop: 32,
    workgroups: Math.floor(bytes / 16 / WORKGROUP / loops),
    loops,
    copies: true,
  }
}

/** @param isCpu fewer invocations, less memory */
export async function measurePeaks(
  device: GPUDevice,
  clock: Clock,
  languageFeatures: ReadonlySet<string>,
  isCpu: boolean,
): Promise<Peak[]> {
  const [workgroups, loops, targetMs] = isCpu ? [64, 256, 40] : [8192, 1024, 20]
  const fma = (scalar: Storage): Contest => ({
    name: `peak.fma_${scalar}`,
    unit: 'FLOP',
    attempts: WIDTHS.flatMap((width) =>
      TURNS.map((turn) => ({ code: fmaCode(scalar, width, turn), perLoop: 64 * width, workgroups, loops })),
    ),
  })
  const contests: Contest[] = [
    fma('f32'),
    { name: 'peak.copy', unit: 'byte', attempts: [copyOf(device, isCpu)] },
  ]
  if (device.features.has('shader-f16')) contests.push(fma('f16'))
  if (languageFeatures.has('packed_4x8_integer_dot_product')) {
    contests.push({
      name: 'peak.dp4a',
      unit: 'op',
      attempts: [{ code: dp4aShader, perLoop: 128, workgroups, loops }],
    })
  }
  const peaks: Peak[] = []
  for (const { name, unit, attempts } of contests) {
    let best = { rate: 0, ms: 0 }
    for (const attempt of attempts) {
      const found = await measure(device, clock, name, attempt, targetMs)
      if (found.rate > best.rate) best = found
    }
    peaks.push({ name, unit, ...best })
  }
  return peaks
}

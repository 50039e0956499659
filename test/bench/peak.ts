// What the adapter can do at best: rates of micro-kernels in a register loop, and of a copy.
import copyShader from './peak_copy.wgsl?raw'
import dp4aShader from './peak_dp4a.wgsl?raw'
import fmaShader from './peak_fma.wgsl?raw'
import { Clock } from './clock'

const WORKGROUP = 64
const SAMPLES = 5
const MAX_TURNS = 6

interface MicroKernel {
  readonly name: string
  readonly code: string
  /** FLOP, operations or bytes of one turn of an invocation's loop. */
  readonly perLoop: number
  readonly workgroups: number
  readonly loops: number
  /** Buffers of 16 bytes an invocation and loop to read and write, instead of 4 bytes an invocation to write. */
  readonly copies: boolean
}

export interface Peak {
  readonly name: string
  /** Per millisecond. */
  readonly rate: number
  readonly ms: number
  readonly unit: 'FLOP' | 'op' | 'byte'
}

async function run(device: GPUDevice, { name, code, perLoop, workgroups, loops: firstLoops, copies }: MicroKernel, targetMs: number): Promise<{ rate: number; ms: number }> {
  const clock = new Clock(device)
  const module = device.createShaderModule({ label: name, code })
  const measure = async (loops: number, groups: number, count: number): Promise<number[]> => {
    const pipeline = await device.createComputePipelineAsync({ label: name, layout: 'auto', compute: { module, entryPoint: 'main', constants: { LOOPS: loops } } })
    const size = groups * WORKGROUP * (copies ? 16 * loops : 4)
    const buffers = (copies ? ['out', 'x'] : ['out']).map((label) => device.createBuffer({ label: `${name} ${label}`, size, usage: GPUBufferUsage.STORAGE }))
    const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })) })
    const once = async (): Promise<void> => {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      pass.dispatchWorkgroups(groups)
      pass.end()
      device.queue.submit([encoder.finish()])
    }
    await clock.time(once) // warms up
    const times: number[] = []
    for (let i = 0; i < count; i++) times.push(await clock.time(once))
    for (const buffer of buffers) buffer.destroy()
    return times
  }
  // The loop grows until one dispatch takes long enough; a copy's size is fixed. The best sample counts: whatever
  // disturbs the others is not the adapter's.
  let loops = firstLoops
  let ms = Math.min(...(await measure(loops, workgroups, SAMPLES)))
  for (let turn = 0; turn < MAX_TURNS && !copies && ms < targetMs / 2; turn++) {
    loops = Math.ceil(loops * Math.min(16, targetMs / Math.max(ms, 0.01)))
    ms = Math.min(...(await measure(loops, workgroups, SAMPLES)))
  }
  return { rate: (workgroups * WORKGROUP * loops * perLoop) / ms, ms }
}

/** @param small for adapters that are a CPU: fewer invocations, less memory. */
export async function measurePeaks(device: GPUDevice, languageFeatures: ReadonlySet<string>, small: boolean): Promise<Peak[]> {
  const [workgroups, targetMs] = small ? [64, 40] : [8192, 20]
  const kernels: (MicroKernel & Pick<Peak, 'unit'>)[] = [
    { name: 'peak.fma_f32', unit: 'FLOP', code: `alias scalar = f32;\n${fmaShader}`, perLoop: 64, workgroups, loops: 64, copies: false },
    { name: 'peak.copy', unit: 'byte', code: copyShader, perLoop: 32, workgroups: small ? 4096 : 16384, loops: small ? 2 : 4, copies: true },
  ]
  if (device.features.has('shader-f16')) {
    kernels.push({ name: 'peak.fma_f16', unit: 'FLOP', code: `enable f16;\nalias scalar = f16;\n${fmaShader}`, perLoop: 64, workgroups, loops: 64, copies: false })
  }
  if (languageFeatures.has('packed_4x8_integer_dot_product')) {
    kernels.push({ name: 'peak.dp4a', unit: 'op', code: dp4aShader, perLoop: 128, workgroups, loops: 64, copies: false })
  }
  const peaks: Peak[] = []
  for (const kernel of kernels) peaks.push({ name: kernel.name, unit: kernel.unit, ...(await run(device, kernel, targetMs)) })
  return peaks
}

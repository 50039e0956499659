export const WORKGROUP = 64
/** Bytes of a vec4<f32>. */
const VECTOR = 16

export interface MicroKernelOptions {
  readonly label: string
  /** WGSL with `LOOPS`, in workgroups of `WORKGROUP`; writes 4 bytes an invocation, or copies. */
  readonly code: string
  readonly workgroups: number
  readonly loops: number
  /** Reads and writes a vec4 an invocation and loop. */
  readonly copies?: boolean
}

/** A shader without a model, and its buffers. */
export interface MicroKernel {
  /** Submits it that many times, one after the other. */
  submit(count: number): void
  destroy(): void
}

export async function createMicroKernel(
  device: GPUDevice,
  { label, code, workgroups, loops, copies = false }: MicroKernelOptions,
): Promise<MicroKernel> {
  const module = device.createShaderModule({ label, code })
  const pipeline = await device.createComputePipelineAsync({
    label,
    layout: 'auto',
    compute: { module, entryPoint: 'main', constants: { LOOPS: loops } },
  })
  const size = workgroups * WORKGROUP * (copies ? VECTOR * loops : 4)
  const buffers = (copies ? ['out', 'x'] : ['out']).map((name) =>
    device.createBuffer({ label: `${label} ${name}`, size, usage: GPUBufferUsage.STORAGE }),
  )
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  })
  return {
    submit(count) {
      const encoder = device.createCommandEncoder({ label })
      const pass = encoder.beginComputePass({ label })
      pass.setPipeline(pipeline)
      pass.setBindGroup(0, group)
      for (let i = 0; i < count; i++) pass.dispatchWorkgroups(workgroups)
      pass.end()
      device.queue.submit([encoder.finish()])
    },
    destroy() {
      for (const buffer of buffers) buffer.destroy()
    },
  }
}

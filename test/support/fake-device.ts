// A GPU that computes nothing and takes time: each workgroup a fixed share of a millisecond, one submit after the
// other. Ends are reported on a grid, as some browsers do. Runs on vitest's fake timers.
import type { Gpu } from '../../src/gpu/device'
import { GPU_VARIANTS } from '../../src/gpu/variants'

export interface FakeGpu {
  readonly gpu: Gpu
  /** Milliseconds of work of every submit, in order. */
  readonly submits: number[]
  /** Since when and until when it has worked, and for how long in all. */
  worked(): { readonly begin: number; readonly end: number; readonly busy: number }
}

/** @param grid milliseconds between two reports; 0 reports at once */
export function fakeGpu(millisecondsPerGroup: number, grid: number): FakeGpu {
  const submits: number[] = []
  let [free, busy, begin] = [0, 0, Infinity]
  const pipeline = { getBindGroupLayout: () => ({}) }
  const never = new Promise<never>(() => {})
  const device = {
    limits: { maxComputeWorkgroupsPerDimension: 65535 },
    lost: never,
    createBuffer: () => ({}),
    createShaderModule: () => ({}),
    createPipelineLayout: () => ({}),
    createBindGroupLayout: () => ({}),
    createBindGroup: () => ({}),
    createComputePipelineAsync: async () => pipeline,
    createCommandEncoder() {
      let groups = 0
      const pass = {
        setPipeline() {},
        setBindGroup() {},
        dispatchWorkgroups: (x: number, y: number, z: number) => void (groups += x * y * z),
        end() {},
      }
      return { beginComputePass: () => pass, clearBuffer() {}, finish: () => groups * millisecondsPerGroup }
    },
    pushErrorScope() {},
    popErrorScope: async () => null,
    queue: {
      writeBuffer() {},
      submit([work]: readonly [number]) {
        const now = performance.now()
        if (work > 0) {
          submits.push(work)
          begin = Math.min(begin, now)
        }
        free = Math.max(free, now) + work
        busy += work
      },
      onSubmittedWorkDone: () =>
        new Promise<void>((resolve) => {
          const now = performance.now()
          const end = Math.max(free, now)
          const seen = grid > 0 ? (Math.floor(end / grid) + 1) * grid : end
          setTimeout(resolve, seen - now)
        }),
    },
  }
  return {
    gpu: {
      device: device as unknown as GPUDevice,
      adapter: 'A fake GPU',
      kind: 'discrete',
      storage: 'f32',
      variants: GPU_VARIANTS,
      subgroupSize: undefined,
      activations: 'float',
      maxBindingBytes: 2 ** 27,
      maxBufferBytes: 2 ** 28,
      lostReason: undefined,
      lost: never,
    },
    submits,
    worked: () => ({ begin, end: free, busy }),
  }
}

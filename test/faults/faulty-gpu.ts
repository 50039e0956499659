// A GPU that is lost where the plan has it: before an upload, an allocation, a compilation, a submit or a read.
import { fitForOrt } from '../support/ort-in-node'
import type { FaultPlan } from './plan'

function replace<T extends object, K extends keyof T>(on: T, name: K, make: (before: T[K]) => T[K]): void {
  const before = on[name]
  const bound = typeof before === 'function' ? (before.bind(on) as T[K]) : before
  Object.defineProperty(on, name, { value: make(bound), configurable: true })
}

export interface FaultyGpu {
  readonly gpu: GPU
  /** Devices that were opened. */
  readonly opened: number
  /** Destroys them. */
  close(): void
}

/** @param stage that the job is in; points are called "denoise submit" */
export function lostAt(gpu: GPU, plan: FaultPlan, stage: () => string): FaultyGpu {
  const devices: GPUDevice[] = []

  const watch = (device: GPUDevice): void => {
    const reach = (what: string): void => {
      if (plan.reach(`${stage()} ${what}`)) device.destroy()
    }
    const before =
      <A extends unknown[], R>(what: string, call: (...args: A) => R) =>
      (...args: A): R => {
        reach(what)
        return call(...args)
      }
    const { queue } = device
    replace(queue, 'submit', (call) => before('submit', call))
    replace(
      queue,
      'writeBuffer',
      (call) => before('upload', call as (...args: unknown[]) => void) as typeof call,
    )
    Object.defineProperty(device, 'queue', { value: queue, configurable: true })
    replace(device, 'createComputePipelineAsync', (call) => before('compile', call))
    replace(device, 'createBuffer', (call) => (descriptor: GPUBufferDescriptor) => {
      reach('allocate')
      const buffer = call(descriptor)
      if (descriptor.usage & GPUBufferUsage.MAP_READ)
        replace(buffer, 'mapAsync', (map) => before('read', map))
      return buffer
    })
  }

  const requestAdapter = async (options?: GPURequestAdapterOptions): Promise<GPUAdapter | null> => {
    const adapter = await gpu.requestAdapter(options)
    if (adapter !== null)
      replace(adapter, 'requestDevice', (request) => async (descriptor?: GPUDeviceDescriptor) => {
        const device = fitForOrt(await request(descriptor))
        devices.push(device)
        watch(device)
        return device
      })
    return adapter
  }

  return {
    gpu: { requestAdapter, wgslLanguageFeatures: gpu.wgslLanguageFeatures } as GPU,
    get opened() {
      return devices.length
    },
    close: () => devices.forEach((device) => device.destroy()),
  }
}

// Opening the GPU of browsers and drivers that do not answer, refuse or are late.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openGpu } from '../../../src/gpu/device'
import { GpuError } from '../../../src/gpu/errors'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => void vi.useRealTimers())

const MIB = 2 ** 20
const silent = new Promise<never>(() => undefined)

interface Fake {
  gpu: GPU
  asked: GPURequestAdapterOptions[]
  destroyed: number
}

const LIMITS = {
  maxStorageBufferBindingSize: 128 * MIB,
  maxBufferSize: 256 * MIB,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
  maxStorageBuffersPerShaderStage: 8,
}

/** `navigator.gpu` of a browser whose answers are given. */
function fakeGpu(
  answers: {
    adapter?: () => Promise<unknown>
    device?: () => Promise<unknown>
    limits?: Partial<typeof LIMITS>
  } = {},
): Fake {
  const fake: Fake = { gpu: undefined as unknown as GPU, asked: [], destroyed: 0 }
  const device = {
    features: new Set(),
    limits: LIMITS,
    lost: silent,
    destroy: () => (fake.destroyed += 1),
  }
  const adapter = {
    info: { vendor: 'acme', architecture: 'x1', device: '', description: '' },
    features: new Set(),
    limits: { ...LIMITS, ...answers.limits },
    requestDevice: answers.device
      ? () => answers.device!().then((found) => found ?? device)
      : async () => device,
  }
  const gpu = {
    wgslLanguageFeatures: new Set(),
    requestAdapter: (options: GPURequestAdapterOptions) => {
      fake.asked.push(options)
      return answers.adapter ? answers.adapter() : Promise.resolve(adapter)
    },
  }
  fake.gpu = gpu as unknown as GPU
  return fake
}

const failure = (code: string, message: RegExp): object =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as object

/** Why opening fails, once so many milliseconds have gone by. */
async function refusal(gpu: GPU | undefined, ms = 0, signal?: AbortSignal): Promise<unknown> {
  const opening = openGpu(gpu, signal ? { signal } : {}).then(
    () => 'opened',
    (error: unknown) => error,
  )
  await vi.advanceTimersByTimeAsync(ms)
  return Promise.race([opening, new Promise((resolve) => setImmediate(() => resolve('waiting')))])
}

it('asks for the quick GPU of two, and names it', async () => {
  const { gpu, asked } = fakeGpu()
  expect((await openGpu(gpu)).adapter).toBe('acme x1')
  expect(asked).toEqual([{ powerPreference: 'high-performance' }])
})

describe('a sentence with the way out', () => {
  it('where there is no WebGPU, or no GPU', async () => {
    expect(await refusal(undefined)).toEqual(
      failure('no-webgpu', /^This browser has no WebGPU\. Use a current/),
    )
    expect(await refusal(fakeGpu({ adapter: async () => null }).gpu)).toEqual(
      failure('no-adapter', /^WebGPU is available, but no GPU answered\. Turn on hardware acceleration/),
    )
    expect(await refusal(fakeGpu({ limits: { maxBufferSize: 5 } }).gpu)).toEqual(
      failure('limit', /maxBufferSize is 5; Zoetrope needs 268435456\. Update the graphics driver/),
    )
  })

  it('where the browser never says which GPU there is', async () => {
    const { gpu } = fakeGpu({ adapter: () => silent })
    expect(await refusal(gpu, 59_999)).toBe('waiting')
    expect(await refusal(gpu, 60_000)).toEqual(
      failure(
        'no-adapter',
        /^The browser did not answer the request for a GPU within 60 s\. Close other tabs/,
      ),
    )
  })

  it('where asking for one throws', async () => {
    const adapter = () => Promise.reject(new DOMException('GPU access was denied', 'NotAllowedError'))
    expect(await refusal(fakeGpu({ adapter }).gpu)).toEqual(
      failure('no-adapter', /^The browser refused to provide a GPU: GPU access was denied\. Close/),
    )
  })

  it('where the GPU does not open, in the words of its driver', async () => {
    const message = 'D3D12 create device failed with E_OUTOFMEMORY'
    const { gpu } = fakeGpu({ device: () => Promise.reject(new DOMException(message, 'OperationError')) })
    const found = await refusal(gpu)
    expect(found).toBeInstanceOf(GpuError)
    expect(found).toEqual(
      failure(
        'no-adapter',
        /^The GPU \(acme x1\) was found, but could not be opened: D3D12 .*E_OUTOFMEMORY\. Close other tabs/,
      ),
    )
  })

  it('where the GPU never opens; one that comes late is given back', async () => {
    const fake = fakeGpu({ device: () => new Promise((resolve) => setTimeout(resolve, 61_000, undefined)) })
    expect(await refusal(fake.gpu, 60_000)).toEqual(
      failure('no-adapter', /^The GPU \(acme x1\) was found, but did not open within 60 s\./),
    )
    await vi.advanceTimersByTimeAsync(1_000)
    expect(fake.destroyed).toBe(1)
  })
})

it.each(['adapter', 'device'] as const)('is cancelled at once while the %s does not come', async (what) => {
  const { gpu } = fakeGpu({ [what]: () => silent })
  const stop = new AbortController()
  const opening = refusal(gpu, 0, stop.signal)
  expect(await opening).toBe('waiting')
  const ended = openGpu(gpu, { signal: stop.signal })
  stop.abort(new Error('cancelled'))
  await expect(ended).rejects.toThrow('cancelled')
})

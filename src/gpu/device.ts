import { GpuError } from './errors'
import { within } from '../protocol/within'
import { MATRIX_UNITS, matrixShapeOf, type MatrixShape } from './matrix-units'
import { kindOf, type GpuKind } from './memory-probe'
import { defaultVariants, isSoftware, type Variants } from './variants'

/**
 * Element type in which activations are stored. Arithmetic is f32 in both, except for the products of variants that
 * multiply in f16.
 */
export type Storage = 'f16' | 'f32'

/**
 * Type in which activations are multiplied by quantised weights. `int8` also rounds the activations, with a scale for
 * each block of 32: fast on GPUs with dot products of int8, with an error of about 5e-3. It has no effect on CPUs and
 * on matrix units, where products of floats are faster.
 */
export type Activations = 'float' | 'int8'

/** The engine's only device, with the facts that kernels need. */
export interface Gpu {
  readonly device: GPUDevice
  /** Vendor, architecture and description of the adapter, for people. */
  readonly adapter: string
  readonly kind: GpuKind
  readonly storage: Storage
  /** The variants of the kernels. */
  readonly variants: Variants
  /** The smallest subgroup size, where there are subgroups. */
  readonly subgroupSize: number | undefined
  /** The matrices that the GPU multiplies in units of its own; undefined where the kernels cannot use any. */
  readonly matrixShape?: MatrixShape | undefined
  readonly activations: Activations
  /** Largest storage binding the engine may use, in bytes. */
  readonly maxBindingBytes: number
  /** Largest buffer, in bytes; one that does not fit a binding is bound in parts. */
  readonly maxBufferBytes: number
  /** A sentence once the device is lost; `undefined` until then. */
  lostReason: string | undefined
  /** Rejects with a `device-lost` GpuError when the device is lost; never resolves. Race every await with it. */
  readonly lost: Promise<never>
}

export interface GpuOptions {
  /** Storage type of activations; f16 by default where the adapter has shader-f16. */
  readonly storage?: Storage
  /** Only the user chooses `int8`. */
  readonly activations?: Activations
  /** A binding limit below the device's, in bytes; tests use 128 MiB. */
  readonly maxBindingBytes?: number
  /** Ends the opening. */
  readonly signal?: AbortSignal
}

/**
 * Milliseconds to wait. A browser starts its GPU process for the adapter, may compile its own shaders for the device,
 * and answers neither before the GPU has ended what a closed tab had asked of it.
 */
const PATIENCE = { adapter: 60_000, device: 60_000 } as const

const TRY_AGAIN =
  'Close other tabs and programs that use the GPU and try again; if that does not help, restart the browser and update the graphics driver.'

const MIB = 1024 * 1024

/** The kernels' minimum. WebGPU guarantees all of it, so anything less means a broken driver. */
const NEEDED = {
  maxStorageBufferBindingSize: 128 * MIB,
  maxBufferSize: 256 * MIB,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16384,
  maxStorageBuffersPerShaderStage: 8,
} as const

const OPTIONAL: readonly GPUFeatureName[] = ['shader-f16', 'timestamp-query', 'subgroups']

/**
 * Opens the adapter and device.
 * @throws GpuError `no-webgpu` | `no-adapter` | `limit`, each a sentence with the way out; the signal's reason.
 */
export async function openGpu(gpu: GPU | undefined, options: GpuOptions = {}): Promise<Gpu> {
  if (!gpu) {
    throw new GpuError(
      'no-webgpu',
      'This browser has no WebGPU. Use a current Chrome, Edge, Firefox or Safari on a device with a GPU, over https or localhost.',
    )
  }
  const adapter = await requestAdapter(gpu, options.signal)
  for (const [name, needed] of Object.entries(NEEDED)) {
    const found = adapter.limits[name as keyof typeof NEEDED]
    if (found < needed) {
      throw new GpuError(
        'limit',
        `This GPU's ${name} is ${found}; Zoetrope needs ${needed}. Update the graphics driver or use another GPU.`,
      )
    }
  }
  const hasF16 = adapter.features.has('shader-f16')
  if (options.storage === 'f16' && !hasF16) {
    throw new GpuError('limit', 'This GPU has no shader-f16. Choose f32 storage.')
  }
  if (options.activations === 'int8' && !gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product')) {
    throw new GpuError(
      'limit',
      'This browser has no int8 dot products (packed_4x8_integer_dot_product). Choose float activations.',
    )
  }
  const storage = options.storage ?? (hasF16 ? 'f16' : 'f32')
  const device = await requestDevice(
    adapter,
    {
      label: 'zoetrope',
      requiredFeatures: [
        ...OPTIONAL.filter((feature) => adapter.features.has(feature)),
        ...(matrixShapeOf(adapter) ? [MATRIX_UNITS as GPUFeatureName] : []),
      ],
      requiredLimits: Object.fromEntries(
        Object.keys(NEEDED).map((name) => [name, adapter.limits[name as keyof typeof NEEDED]]),
      ),
    },
    options.signal,
  )
  return watch(device, adapter, storage, options)
}

/** Requests the faster of a laptop's two GPUs. */
async function requestAdapter(gpu: GPU, signal: AbortSignal | undefined): Promise<GPUAdapter> {
  const late = (): GpuError =>
    new GpuError(
      'no-adapter',
      `The browser did not answer the request for a GPU within ${PATIENCE.adapter / 1000} s. ${TRY_AGAIN}`,
    )
  const request = gpu.requestAdapter({ powerPreference: 'high-performance' }).catch((error: unknown) => {
    throw new GpuError('no-adapter', `The browser refused to provide a GPU: ${wordsOf(error)}. ${TRY_AGAIN}`)
  })
  const adapter = await within(request, { ms: PATIENCE.adapter, late, signal })
  if (adapter) return adapter
  throw new GpuError(
    'no-adapter',
    'WebGPU is available, but no GPU answered. Turn on hardware acceleration in the browser settings, update the graphics driver, then reload this tab.',
  )
}

/** Destroys a device that arrives after the wait for it has ended. */
async function requestDevice(
  adapter: GPUAdapter,
  descriptor: GPUDeviceDescriptor,
  signal: AbortSignal | undefined,
): Promise<GPUDevice> {
  const name = describe(adapter.info)
  const late = (): GpuError =>
    new GpuError(
      'no-adapter',
      `The GPU (${name}) was found, but did not open within ${PATIENCE.device / 1000} s. ${TRY_AGAIN}`,
    )
  const request = adapter.requestDevice(descriptor).catch((error: unknown) => {
    throw new GpuError(
      'no-adapter',
      `The GPU (${name}) was found, but could not be opened: ${wordsOf(error)}. ${TRY_AGAIN}`,
    )
  })
  return within(request, {
    ms: PATIENCE.device,
    late,
    signal,
    onUnclaimed: (device) => device.destroy(),
  })
}

/** Without its full stop. */
function wordsOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.\s*$/, '')
}

function watch(
  device: GPUDevice,
  from: GPUAdapter,
  storage: Storage,
  { activations = 'float', maxBindingBytes }: GpuOptions,
): Gpu {
  const { info } = from
  const adapter = describe(info)
  const opened: Gpu = {
    device,
    adapter,
    kind: kindOf(info, isSoftware(adapter)),
    storage,
    variants: defaultVariants(adapter, device.features, info.subgroupMinSize),
    subgroupSize: info.subgroupMinSize,
    matrixShape: matrixShapeOf(from),
    activations,
    maxBindingBytes: Math.min(maxBindingBytes ?? Infinity, device.limits.maxStorageBufferBindingSize),
    maxBufferBytes: device.limits.maxBufferSize,
    lostReason: undefined,
    lost: device.lost.then((info) => {
      const error = lostError(info)
      opened.lostReason = error.message
      throw error
    }),
  }
  opened.lost.catch(() => {}) // A loss that nobody awaits is available as lostReason.
  return opened
}

/** Describes the loss of a device to the user. */
export function lostError({ reason, message }: GPUDeviceLostInfo): GpuError {
  return new GpuError(
    'device-lost',
    `The GPU was lost (${reason || 'unknown'}: ${message || 'no message'}). Close other heavy tabs and try again.`,
  )
}

function describe(info: GPUAdapterInfo): string {
  return (
    info.description ||
    [info.vendor, info.architecture, info.device].filter((part) => part !== '').join(' ') ||
    'unnamed GPU'
  )
}

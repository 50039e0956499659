import type { Storage } from './device'
import { composeShader, type Given } from './shader-source'
import type { Tensor } from './tensor'
import type { KernelFamily } from './variants'

export type ParamType = 'u32' | 'f32'

/** A shader and its interface; a test compares it with the WGSL. */
export interface Kernel<B extends string = string, P extends string = string> {
  /** Name of the shader's entry file. */
  readonly stem: string
  /** The family whose variants it comes in, where there are any. */
  readonly family?: KernelFamily
  /** Storage bindings in the order of `@binding(0…)`; `params` follows as the last binding. */
  readonly bindings: readonly B[]
  /** Members of `Params` after `grid_origin: vec3<u32>`, in order. */
  readonly params: Readonly<Record<P, ParamType>>
}

/** One call of a kernel. */
export interface Call<B extends string, P extends string> {
  readonly tensors: Readonly<Record<B, Tensor>>
  readonly params: Readonly<Record<P, number>>
  /** Workgroups along x, y, z. Workgroups are independent, so the recorder may cut the grid anywhere. */
  readonly grid: readonly [number, number, number]
  /** FLOP of the whole call, by which work is cut into short submits. */
  readonly flops: number
  /** The files in the shader's slots. */
  readonly slots?: Readonly<Record<string, string>>
  /** The types and numbers that the shader takes from its wrapper, beside `scalar`, the storage type. */
  readonly given?: Given
}

export function defineKernel<B extends string, P extends string>(kernel: Kernel<B, P>): Kernel<B, P> {
  return kernel
}

/** `@group(0) @binding(1) var<storage, read> x: array<scalar>;` */
const BINDING = /@binding\((\d+)\) var<(uniform|storage, read(?:_write)?)>/g

/** Bytes of `grid_origin`, the first member of every Params. */
const ORIGIN_BYTES = 12
/** Largest Params, in bytes, and the stride of the uniform ring. */
export const PARAMS_STRIDE = 256

/** Writes Params at `byteOffset` of `view`. */
export function writeParams(
  view: DataView,
  byteOffset: number,
  kernel: Kernel,
  params: Readonly<Record<string, number>>,
  origin: readonly number[],
): void {
  origin.forEach((value, axis) => view.setUint32(byteOffset + 4 * axis, value, true))
  let at = byteOffset + ORIGIN_BYTES
  for (const [name, type] of Object.entries(kernel.params)) {
    const value = params[name]
    if (value === undefined) throw new Error(`${kernel.stem} needs the parameter ${name}.`)
    if (type === 'u32') view.setUint32(at, value, true)
    else view.setFloat32(at, value, true)
    at += 4
  }
  if (at > byteOffset + PARAMS_STRIDE)
    throw new Error(
      `The parameters of ${kernel.stem} take ${at - byteOffset} bytes; a slot has ${PARAMS_STRIDE}.`,
    )
}

/** What of a call decides its shader's text. */
export type ShaderChoice = Pick<Call<string, string>, 'slots' | 'given'>

/** Compiled pipelines of one device, by shader, files in its slots, and what is given. */
export class PipelineCache {
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>()

  constructor(
    private readonly device: GPUDevice,
    private readonly storage: Storage,
  ) {}

  /** Compiles on first use. @throws GPUPipelineError with the compiler's message. */
  get(kernel: Kernel, { slots = {}, given = {} }: ShaderChoice): Promise<GPUComputePipeline> {
    const key = JSON.stringify([kernel.stem, slots, given])
    let pipeline = this.pipelines.get(key)
    if (!pipeline) {
      pipeline = this.compile(kernel, slots, given)
      this.pipelines.set(key, pipeline)
    }
    return pipeline
  }

  private compile(
    kernel: Kernel,
    slots: Readonly<Record<string, string>>,
    given: Given,
  ): Promise<GPUComputePipeline> {
    const code = composeShader(kernel.stem, slots, { scalar: this.storage, ...given })
    const label = [kernel.stem, ...Object.values(slots)].join('.')
    const module = this.device.createShaderModule({ label, code })
    const layout = this.device.createPipelineLayout({
      label,
      bindGroupLayouts: [this.bindGroupLayout(label, code)],
    })
    return this.device.createComputePipelineAsync({ label, layout, compute: { module, entryPoint: 'main' } })
  }

  /** Explicit, because an automatic layout would omit a binding that a variant does not read. */
  private bindGroupLayout(label: string, code: string): GPUBindGroupLayout {
    const entries = [...code.matchAll(BINDING)].map(([, binding, space]): GPUBindGroupLayoutEntry => {
      const type =
        space === 'uniform' ? 'uniform' : space === 'storage, read' ? 'read-only-storage' : 'storage'
      return {
        binding: Number(binding),
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type, hasDynamicOffset: type === 'uniform' },
      }
    })
    return this.device.createBindGroupLayout({ label, entries })
  }
}

import type { Gpu } from './device'
import { GpuError } from './errors'
import { PARAMS_STRIDE, PipelineCache, writeParams, type Call, type Kernel } from './kernel'
import type { Profiler } from './profiler'
import { bufferOf, type Tensor } from './tensor'
import { isSoftware } from './variants'
import { addWork, workClass, WorkRate, type WorkClass } from './work-rate'

const RING_SLOTS = 1024
/** Submits that may wait on the GPU at once: one runs, one stands ready. */
const IN_FLIGHT = 2

type Grid = readonly [number, number, number]

interface Dispatch {
  readonly type: 'dispatch'
  readonly kernel: Kernel
  readonly call: Call<string, string>
  readonly pipeline: Promise<GPUComputePipeline>
}

interface Write {
  readonly type: 'write'
  readonly tensor: Tensor
  readonly data: ArrayBufferView<ArrayBuffer>
}

/** A copy of a tensor's bytes for the CPU. */
interface Read {
  readonly type: 'read'
  readonly tensor: Tensor
  readonly staging: GPUBuffer
  /** That the copy is submitted, or will never be. */
  resolve(): void
  reject(reason: unknown): void
}

interface Slice {
  readonly origin: Grid
  readonly grid: Grid
  readonly flops: number
}

/**
 * Collects kernel calls and runs them in short submits, so that the GPU stays responsive, its watchdog quiet, and a
 * cancel takes effect within one submit. A call too long for one submit is cut along its grid.
 */
export class Recorder {
  /** Milliseconds of the longest submit so far. */
  longestSubmit = 0
  profiler: Profiler | undefined
  private readonly pipelines: PipelineCache
  private readonly rate: WorkRate
  private readonly ring: GPUBuffer
  private readonly staging = new DataView(new ArrayBuffer(RING_SLOTS * PARAMS_STRIDE))
  private pending: (Dispatch | Write | Read)[] = []
  private lastDrain: Promise<void> = Promise.resolve()

  constructor(private readonly gpu: Gpu) {
    this.pipelines = new PipelineCache(gpu.device, gpu.storage)
    this.rate = new WorkRate(isSoftware(gpu.adapter) ? 'software' : 'hardware')
    this.ring = gpu.device.createBuffer({
      label: 'params ring',
      size: RING_SLOTS * PARAMS_STRIDE,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    })
  }

  /** Adds a call; it runs at the next `drain`. */
  record<B extends string, P extends string>(kernel: Kernel<B, P>, call: Call<B, P>): void {
    this.pending.push({ type: 'dispatch', kernel, call, pipeline: this.prepare(kernel, call) })
  }

  /** Begins to compile what a call needs. Where that fails, the drain that runs such a call tells it. */
  prepare<B extends string, P extends string>(
    kernel: Kernel<B, P>,
    call: Call<B, P>,
  ): Promise<GPUComputePipeline> {
    const pipeline = this.pipelines.get(kernel, call)
    pipeline.catch(() => {})
    return pipeline
  }

  /** Compiles what a call needs, ahead of it. @throws GPUPipelineError with the compiler's message; GpuError `device-lost`. */
  async compile<B extends string, P extends string>(kernel: Kernel<B, P>, call: Call<B, P>): Promise<void> {
    const { device } = this.gpu
    let pipeline: Promise<GPUComputePipeline>
    device.pushErrorScope('validation')
    try {
      pipeline = this.prepare(kernel, call)
    } finally {
      device.popErrorScope().catch(() => {}) // What is wrong with the text comes with the pipeline too.
    }
    await this.race(pipeline)
  }

  /** Fills a tensor, in order with the recorded calls: its buffer may just have been released by one of them. */
  write(tensor: Tensor, data: ArrayBufferView<ArrayBuffer>): void {
    if (this.pending.length > 0) this.pending.push({ type: 'write', tensor, data })
    else this.writeNow(tensor, data)
  }

  /**
   * Copies a tensor's bytes to the CPU, in order with the recorded calls. Resolves once a later `drain` has run the copy,
   * whatever the GPU does next. The tensor may be released at once.
   * @throws why the drain failed, or that the copy was discarded
   */
  read(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.copyOut(tensor)
    bytes.catch(() => {}) // Whoever drains hears of it, so nobody must.
    return bytes
  }

  /** Forgets what was recorded and not yet run: after an error, before its tensors are released. */
  discard(): void {
    rejectReads(this.pending, new Error('What was recorded was discarded before it ran.'))
    this.pending = []
  }

  /**
   * Runs all that was recorded; resolves when the GPU has finished it. A second call waits for the first.
   * @throws the signal's reason; GpuError `device-lost` | `out-of-memory` | `validation`.
   */
  drain(signal?: AbortSignal): Promise<void> {
    const turn = this.lastDrain.then(() => this.drainNow(signal))
    this.lastDrain = turn.catch(() => {}) // Its own caller hears of it.
    return turn
  }

  private async drainNow(signal: AbortSignal | undefined): Promise<void> {
    const commands = this.pending
    this.pending = []
    const { device } = this.gpu
    device.pushErrorScope('out-of-memory')
    device.pushErrorScope('validation')
    let failure: unknown
    try {
      await this.submitAll(commands, signal)
    } catch (error) {
      failure = error
      rejectReads(commands, error)
    }
    const [validation, memory] = await this.race(
      Promise.all([device.popErrorScope(), device.popErrorScope()]),
    )
    if (memory)
      throw new GpuError(
        'out-of-memory',
        `The GPU ran out of memory. Choose a smaller size or fewer frames, or close other tabs. (${memory.message})`,
      )
    if (validation) throw new GpuError('validation', `WebGPU refused a command: ${validation.message}`)
    if (failure !== undefined) throw failure
  }

  /** The promise, or the loss of the device, whichever comes first. */
  race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.gpu.lost])
  }

  private async copyOut(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>> {
    const staging = this.gpu.device.createBuffer({
      label: `read ${tensor.label}`,
      size: tensor.byteLength,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    })
    try {
      await new Promise<void>((resolve, reject) =>
        this.pending.push({ type: 'read', tensor, staging, resolve, reject }),
      )
      await this.race(staging.mapAsync(GPUMapMode.READ))
      return new Uint8Array(staging.getMappedRange().slice(0))
    } finally {
      staging.destroy()
    }
  }

  private writeNow(tensor: Tensor, data: ArrayBufferView<ArrayBuffer>): void {
    this.gpu.device.queue.writeBuffer(
      bufferOf(tensor),
      tensor.byteOffset,
      data.buffer,
      data.byteOffset,
      data.byteLength,
    )
  }

  private async submitAll(
    commands: readonly (Dispatch | Write | Read)[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const inFlight: Promise<void>[] = []
    let batch = new Batch(this.gpu.device, this.ring, this.staging, this.profiler)
    let previousDone = 0
    const flush = async (): Promise<void> => {
      if (batch.isEmpty) return
      const { work } = batch
      const submitted = performance.now()
      batch.submit()
      batch = new Batch(this.gpu.device, this.ring, this.staging, this.profiler)
      const done = this.gpu.device.queue.onSubmittedWorkDone().then(() => {
        const now = performance.now()
        const spent = now - Math.max(submitted, previousDone)
        previousDone = now
        this.longestSubmit = Math.max(this.longestSubmit, spent)
        this.rate.learn(work, spent)
      })
      inFlight.push(done)
      if (inFlight.length >= IN_FLIGHT) await this.race(inFlight.shift()!)
      signal?.throwIfAborted()
    }
    try {
      signal?.throwIfAborted()
      for (const command of commands) {
        if (command.type === 'write') {
          await flush()
          this.writeNow(command.tensor, command.data)
          continue
        }
        if (command.type === 'read') {
          batch.read(command)
          continue
        }
        const { kernel, call, pipeline } = command
        const compiled = await this.race(pipeline)
        const kind = workClass(kernel.stem, call)
        const slices = sliceGrid(
          call,
          this.rate.budget(kind),
          this.gpu.device.limits.maxComputeWorkgroupsPerDimension,
        )
        for (const slice of slices) {
          if (batch.slots === RING_SLOTS || this.rate.isFull(batch.work)) await flush()
          batch.add(kernel, call, compiled, slice, kind)
        }
      }
      await flush()
    } finally {
      await this.race(Promise.all(inFlight))
    }
  }
}

/** Tells those who wait for a copy that it will not come; one that was submitted still comes. */
function rejectReads(commands: readonly (Dispatch | Write | Read)[], reason: unknown): void {
  for (const command of commands) if (command.type === 'read') command.reject(reason)
}

/** One command buffer in the making. */
class Batch {
  slots = 0
  readonly work = new Map<string, { kind: WorkClass; flops: number }>()
  private readonly encoder: GPUCommandEncoder
  private pass: GPUComputePassEncoder | undefined
  private readonly reads: Read[] = []

  constructor(
    private readonly device: GPUDevice,
    private readonly ring: GPUBuffer,
    private readonly staging: DataView<ArrayBuffer>,
    private readonly profiler: Profiler | undefined,
  ) {
    this.encoder = device.createCommandEncoder()
  }

  add(
    kernel: Kernel,
    call: Call<string, string>,
    pipeline: GPUComputePipeline,
    slice: Slice,
    kind: WorkClass,
  ): void {
    const offset = this.slots++ * PARAMS_STRIDE
    writeParams(this.staging, offset, kernel, call.params, slice.origin)
    const entries: GPUBindGroupEntry[] = kernel.bindings.map((name, binding) => {
      const tensor = call.tensors[name]
      if (!tensor) throw new Error(`${kernel.stem} was called without ${name}.`)
      return {
        binding,
        resource: { buffer: bufferOf(tensor), offset: tensor.byteOffset, size: tensor.byteLength },
      }
    })
    entries.push({ binding: entries.length, resource: { buffer: this.ring, size: PARAMS_STRIDE } })
    const group = this.device.createBindGroup({
      label: kernel.stem,
      layout: pipeline.getBindGroupLayout(0),
      entries,
    })
    const timestamps = this.profiler?.next(kernel.stem, slice.flops)
    if (this.profiler || !this.pass) {
      this.pass?.end()
      this.pass = this.encoder.beginComputePass({
        label: kernel.stem,
        ...(timestamps && { timestampWrites: timestamps }),
      })
    }
    this.pass.setPipeline(pipeline)
    this.pass.setBindGroup(0, group, [offset])
    this.pass.dispatchWorkgroups(...slice.grid)
    addWork(this.work, kind, slice.flops)
  }

  get isEmpty(): boolean {
    return this.slots === 0 && this.reads.length === 0
  }

  read(command: Read): void {
    this.pass?.end()
    this.pass = undefined
    const { tensor, staging } = command
    this.encoder.copyBufferToBuffer(bufferOf(tensor), tensor.byteOffset, staging, 0, tensor.byteLength)
    this.reads.push(command)
  }

  submit(): void {
    this.pass?.end()
    this.device.queue.writeBuffer(this.ring, 0, this.staging.buffer, 0, this.slots * PARAMS_STRIDE)
    this.device.queue.submit([this.encoder.finish()])
    for (const { resolve } of this.reads) resolve()
  }
}

/** Cuts a grid along its longest axis into pieces of at most `budget` FLOP and `maxGroups` workgroups. */
export function sliceGrid(
  call: Pick<Call<string, string>, 'grid' | 'flops'>,
  budget: number,
  maxGroups: number,
): Slice[] {
  const { grid, flops } = call
  const axis = grid.indexOf(Math.max(...grid))
  const groups = grid[axis]!
  const step = Math.max(1, Math.min(groups, maxGroups, Math.floor((groups * budget) / Math.max(1, flops))))
  const slices: Slice[] = []
  for (let first = 0; first < groups; first += step) {
    const count = Math.min(step, groups - first)
    const origin = [0, 0, 0].map((_, i) => (i === axis ? first : 0)) as unknown as Grid
    slices.push({
      origin,
      grid: grid.map((size, i) => (i === axis ? count : size)) as unknown as Grid,
      flops: (flops * count) / groups,
    })
  }
  return slices
}

// How recorded commands run: in submits short enough that the GPU stays responsive, with as few waits as that allows.
import { unlessLost } from '../protocol/unless-lost'
import type { Gpu } from './device'
import { PARAMS_STRIDE, writeParams, type Call, type Kernel } from './kernel'
import { Pace } from './pace'
import type { Profiler } from './profiler'
import { bufferOf, type Tensor } from './tensor'
import { isSoftware } from './variants'
import { addWork, workClass, WorkRate, type WorkClass } from './work-rate'

const RING_SLOTS = 1024
/** Empty submits that measure the grid of the browser's reports; the first one only brings them into step. */
const PROBES = 3

type Grid = readonly [number, number, number]

export interface Dispatch {
  readonly type: 'dispatch'
  readonly kernel: Kernel
  readonly call: Call<string, string>
  readonly pipeline: Promise<GPUComputePipeline>
}

export interface Write {
  readonly type: 'write'
  readonly tensor: Tensor
  readonly data: ArrayBufferView<ArrayBuffer>
}

/** A copy of a tensor's bytes for the CPU. */
export interface Read {
  readonly type: 'read'
  readonly tensor: Tensor
  readonly staging: GPUBuffer
  /** The copy is submitted. */
  resolve(): void
  /** The copy will never be submitted. */
  reject(reason: unknown): void
}

export type Command = Dispatch | Write | Read

interface Slice {
  readonly origin: Grid
  readonly grid: Grid
  readonly flops: number
}

/** Cuts commands into submits, by the measured speed of each kind of work. */
export class Submitter {
  profiler: Profiler | undefined
  private readonly rate: WorkRate
  private readonly pace: Pace
  private probed = false
  private readonly ring: GPUBuffer
  private readonly staging = new DataView(new ArrayBuffer(RING_SLOTS * PARAMS_STRIDE))

  constructor(private readonly gpu: Gpu) {
    this.rate = new WorkRate(isSoftware(gpu.adapter) ? 'software' : 'hardware')
    this.pace = new Pace(this.rate)
    this.ring = gpu.device.createBuffer({
      label: 'params ring',
      size: RING_SLOTS * PARAMS_STRIDE,
      usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    })
  }

  write(tensor: Tensor, data: ArrayBufferView<ArrayBuffer>): void {
    this.gpu.device.queue.writeBuffer(
      bufferOf(tensor),
      tensor.byteOffset,
      data.buffer,
      data.byteOffset,
      data.byteLength,
    )
  }

  /**
   * Resolves when the GPU has finished all of it. @throws the signal's reason; GpuError `device-lost`; a pipeline's
   * error
   */
  async run(commands: readonly Command[], signal: AbortSignal | undefined): Promise<void> {
    const inFlight: Promise<void>[] = []
    let batch = this.batch()
    let continues = false
    const flush = async (): Promise<void> => {
      if (batch.isEmpty) return
      const { work } = batch
      this.pace.submitted(performance.now(), continues)
      continues = true
      batch.submit()
      batch = this.batch()
      const done = this.gpu.device.queue
        .onSubmittedWorkDone()
        .then(() => this.pace.completed(work, performance.now()))
      inFlight.push(done)
      while (inFlight.length >= this.pace.inFlight) await this.race(inFlight.shift()!)
      signal?.throwIfAborted()
    }
    try {
      signal?.throwIfAborted()
      if (commands.length > 0) await this.probe()
      for (const command of commands) {
        if (command.type === 'write') {
          await flush()
          this.write(command.tensor, command.data)
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

  /** Finds, once, how long an empty submit takes until its end is reported. */
  private async probe(): Promise<void> {
    if (this.probed) return
    this.probed = true
    const { device } = this.gpu
    const times: number[] = []
    for (let i = 0; i < PROBES; i++) {
      const began = performance.now()
      const encoder = device.createCommandEncoder()
      encoder.clearBuffer(this.ring, 0, PARAMS_STRIDE)
      device.queue.submit([encoder.finish()])
      await this.race(device.queue.onSubmittedWorkDone())
      times.push(performance.now() - began)
    }
    this.pace.seeGrid(Math.min(...times.slice(1)))
  }

  private batch(): Batch {
    return new Batch(this.gpu.device, this.ring, this.staging, this.profiler)
  }

  private race<T>(promise: Promise<T>): Promise<T> {
    return unlessLost(promise, this.gpu.lost)
  }
}

/** A command buffer under construction. */
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
function sliceGrid(
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

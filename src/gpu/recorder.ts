// Records work for the GPU in order: kernel calls, writes, copies to the CPU.
import { unlessLost } from '../protocol/unless-lost'
import type { Gpu } from './device'
import { GpuError } from './errors'
import { PipelineCache, type Call, type Kernel } from './kernel'
import { memoryWatch, type MemoryWatch } from './memory-watch'
import type { Profiler } from './profiler'
import { Submitter, type Command } from './submits'
import type { Tensor } from './tensor'

/**
 * Collects kernel calls and runs them in short submits, so that the GPU stays responsive, its watchdog quiet, and a
 * cancel takes effect within one submit. A call too long for one submit is cut along its grid.
 */
export class Recorder {
  private readonly pipelines: PipelineCache
  private readonly submitter: Submitter
  private readonly memory: MemoryWatch
  private pending: Command[] = []
  private lastDrain: Promise<void> = Promise.resolve()
  /** Commands of a drain are being submitted, some of which may be yet to come. */
  private isSubmitting = false

  constructor(private readonly gpu: Gpu) {
    this.pipelines = new PipelineCache(gpu.device, gpu.storage)
    this.submitter = new Submitter(gpu)
    this.memory = memoryWatch(gpu.device)
  }

  set profiler(profiler: Profiler | undefined) {
    this.submitter.profiler = profiler
  }

  /** Adds a call; it runs at the next `drain`. */
  record<B extends string, P extends string>(kernel: Kernel<B, P>, call: Call<B, P>): void {
    this.pending.push({ type: 'dispatch', kernel, call, pipeline: this.prepare(kernel, call) })
  }

  /** Starts to compile a call's pipeline. If that fails, so does the drain that runs the call. */
  prepare<B extends string, P extends string>(
    kernel: Kernel<B, P>,
    call: Call<B, P>,
  ): Promise<GPUComputePipeline> {
    const pipeline = this.pipelines.get(kernel, call)
    pipeline.catch(() => {})
    return pipeline
  }

  /**
   * Compiles a call's pipeline in advance. @throws GPUPipelineError with the compiler's message; GpuError
   * `device-lost`.
   */
  async compile<B extends string, P extends string>(kernel: Kernel<B, P>, call: Call<B, P>): Promise<void> {
    const { device } = this.gpu
    let pipeline: Promise<GPUComputePipeline>
    device.pushErrorScope('validation')
    try {
      pipeline = this.prepare(kernel, call)
    } finally {
      device.popErrorScope().catch(() => {}) // Errors of the text are also reported by the pipeline.
    }
    await this.race(pipeline)
  }

  /** Fills a tensor in order with the recorded calls, one of which may just have released its buffer. */
  write(tensor: Tensor, data: ArrayBufferView<ArrayBuffer>): void {
    if (this.pending.length > 0 || this.isSubmitting) this.pending.push({ type: 'write', tensor, data })
    else this.memory.during(() => this.submitter.write(tensor, data))
  }

  /**
   * Copies a tensor's bytes to the CPU, in order with the recorded calls. Resolves once a later `drain` has run the
   * copy, while the GPU continues. The tensor may be released at once.
   * @throws why the drain failed, or that the copy was discarded
   */
  read(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = this.copyOut(tensor)
    bytes.catch(() => {}) // The drain reports it, so it need not be handled here.
    return bytes
  }

  /** Discards calls that were recorded and not yet run, after an error and before their tensors are released. */
  discard(): void {
    rejectReads(this.pending, new Error('The recorded calls were discarded before they ran.'))
    this.pending = []
    this.memory.forget()
  }

  /**
   * Runs everything recorded; resolves when the GPU has finished it. A second call waits for the first.
   * @throws the signal's reason; GpuError `device-lost` | `out-of-memory` | `validation`.
   */
  drain(signal?: AbortSignal): Promise<void> {
    const turn = this.lastDrain.then(() => this.drainNow(signal))
    this.lastDrain = turn.catch(() => {}) // Its own caller handles it.
    return turn
  }

  private async drainNow(signal: AbortSignal | undefined): Promise<void> {
    const commands = this.pending
    this.pending = []
    const { device } = this.gpu
    device.pushErrorScope('out-of-memory')
    device.pushErrorScope('validation')
    let failure: unknown
    this.isSubmitting = true
    try {
      await this.submitter.run(commands, signal)
    } catch (error) {
      failure = error
      rejectReads(commands, error)
    } finally {
      this.isSubmitting = false
    }
    const [validation, atRun, before] = await this.race(
      Promise.all([device.popErrorScope(), device.popErrorScope(), this.memory.refusal()]),
    )
    const memory = before ?? atRun // Before the validation: commands on a buffer that was refused are invalid.
    if (memory)
      throw new GpuError(
        'out-of-memory',
        `The GPU ran out of memory. Choose a smaller size or fewer frames, or close other tabs. (${memory.message})`,
      )
    if (validation) throw new GpuError('validation', `WebGPU refused a command: ${validation.message}`)
    if (failure !== undefined) throw failure
  }

  /** Settles like the promise, or with the loss of the device, whichever comes first. */
  race<T>(promise: Promise<T>): Promise<T> {
    return unlessLost(promise, this.gpu.lost)
  }

  private async copyOut(tensor: Tensor): Promise<Uint8Array<ArrayBuffer>> {
    const staging = this.memory.during(() =>
      this.gpu.device.createBuffer({
        label: `read ${tensor.label}`,
        size: tensor.byteLength,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      }),
    )
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
}

/** Rejects copies that will not happen; submitted ones still do. */
function rejectReads(commands: readonly Command[], reason: unknown): void {
  for (const command of commands) if (command.type === 'read') command.reject(reason)
}

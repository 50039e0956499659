import { BufferPool, type Allocation } from '../../gpu/buffer-pool'
import { DeviceGuest } from '../../gpu/device-guest'
import { openSession, type GraphSession, type Place } from './onnx-session'
import { valueBytes } from './graph'
import type { Runner, Slots, Step } from './runner'

/** On a device, in our buffers. */
export function onDevice(device: GPUDevice): Place<Allocation> {
  return {
    provider: { name: 'webgpu', device },
    tensor(runtime, { name, dtype, shape }, { buffer }) {
      if (!buffer) throw new Error(`The graph's ${name} has no GPU buffer.`)
      return runtime.Tensor.fromGpuBuffer(buffer, { dataType: dtype, dims: shape })
    },
  }
}

/** Runs graphs on our buffers, with one session for each kind. */
export class GpuRunner implements Runner<Allocation> {
  readonly pool: BufferPool
  private readonly guest: DeviceGuest
  private readonly place: Place<Allocation>
  private readonly sessions = new Map<string, Promise<GraphSession<Allocation>>>()

  constructor(device: GPUDevice) {
    this.guest = new DeviceGuest(device)
    this.pool = new BufferPool(device)
    this.place = onDevice(device)
  }

  acquire(bytes: number, label: string): Allocation {
    return this.pool.acquire(bytes, label)
  }

  guarded<T>(body: () => Promise<T>): Promise<T> {
    return this.guest.guarded(body)
  }

  finished(): Promise<void> {
    return this.guest.finished()
  }

  run(step: Step, buffers: Slots<Allocation>): Promise<Float32Array | undefined> {
    return this.guest.guarded(async () =>
      (await (this.sessions.get(step.kind) ?? this.open(step))).run(buffers),
    )
  }

  write(buffers: Slots<Allocation>, name: string, data: ArrayBufferView<ArrayBuffer>): void {
    const allocation = buffers.get(name)
    if (!allocation) throw new Error(`The text encoder has no buffer for ${name}.`)
    this.guest.write(allocation, data)
  }

  /** Frees the sessions, and all buffers of the pool. */
  close(): Promise<void> {
    return this.guest.race(this.free())
  }

  private async free(): Promise<void> {
    // Also those whose opening was given up, as the device was lost.
    for (const session of this.sessions.values()) await (await session.catch(() => undefined))?.close()
    this.pool.releaseSince(new Set())
    this.pool.trim()
  }

  private open({ kind, graph, isKept }: Step): Promise<GraphSession<Allocation>> {
    for (const value of graph.inputs) {
      this.guest.checkBinding(
        valueBytes(value),
        `The text encoder's ${value.name}`,
        'Choose quantised weights or a shorter prompt.',
      )
    }
    const session = openSession(graph, this.place, isKept)
    this.sessions.set(kind, session)
    return session
  }
}

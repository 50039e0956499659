import { BufferPool } from '../../gpu/buffer-pool'
import { DeviceGuest } from '../../gpu/device-guest'
import type { Graph } from './onnx-model'
import { openSession, type GraphSession } from './onnx-session'
import type { Buffers } from './buffers'
import { valueBytes } from './graph'

/** A graph; graphs of the same `kind` are equal. */
export interface Step {
  readonly kind: string
  readonly graph: Graph
  readonly outputs: 'gpu-buffer' | 'cpu'
}

/** Runs graphs on our buffers, with one session for each kind. */
export class OrtRunner {
  readonly guest: DeviceGuest
  readonly pool: BufferPool
  private readonly sessions = new Map<string, Promise<GraphSession>>()

  constructor(private readonly device: GPUDevice) {
    this.guest = new DeviceGuest(device)
    this.pool = new BufferPool(device)
  }

  /**
   * Submits a step on the buffers of its inputs; resolves with the output's elements where it is copied to the CPU.
   * @throws GpuError `limit` | `out-of-memory` | `validation` | `device-lost`
   */
  run(step: Step, buffers: Buffers): Promise<Float32Array | undefined> {
    return this.guest.guarded(async () => {
      const session = this.sessions.get(step.kind) ?? this.open(step)
      return (await session).run(buffers)
    })
  }

  /** Writes data into the buffer of that name, after everything submitted before. */
  write(buffers: Buffers, name: string, data: ArrayBufferView<ArrayBuffer>): void {
    const allocation = buffers.get(name)
    if (!allocation) throw new Error(`The text encoder has no buffer for ${name}.`)
    this.guest.write(allocation, data)
  }

  /** Frees the sessions, and all buffers of the pool. */
  async close(): Promise<void> {
    // Also those whose opening was given up, as the device was lost.
    for (const session of this.sessions.values()) await (await session.catch(() => undefined))?.close()
    this.pool.releaseSince(new Set())
    this.pool.trim()
  }

  private open({ kind, graph, outputs }: Step): Promise<GraphSession> {
    for (const value of graph.inputs) {
      this.guest.checkBinding(
        valueBytes(value),
        `The text encoder's ${value.name}`,
        'Choose quantised weights or a shorter prompt.',
      )
    }
    const session = openSession(graph, this.device, outputs)
    this.sessions.set(kind, session)
    return session
  }
}

import { BufferPool, type Allocation } from '../../gpu/buffer-pool'
import { DeviceGuest } from '../../gpu/device-guest'
import type { Graph, GraphValue } from './onnx-model'
import { openSession, type GraphSession } from './ort'
import { valueBytes } from './umt5-graph'

/** GPU buffers by the name of the graph value that they hold. */
export type Buffers = ReadonlyMap<string, Allocation>

export function allocate(pool: BufferPool, values: readonly GraphValue[]): Buffers {
  return new Map(values.map((value) => [value.name, pool.acquire(valueBytes(value), `umt5.${value.name}`)]))
}

/** The hidden state goes from layer to layer; every other value of a graph is a layer's own. */
export function isState({ name }: GraphValue): boolean {
  return name === 'hidden' || name === 'next'
}

/** A graph with what to put into its own inputs. Steps of the same `kind` have the same graph. */
export interface Step {
  readonly kind: string
  readonly graph: Graph
  readonly inputs: ReadonlyMap<string, ArrayBufferView<ArrayBuffer>>
  readonly outputs: 'gpu-buffer' | 'cpu'
}

/** Where steps run: one session a kind, and buffers for the inputs of one step, which the next overwrites. */
export class Stage {
  readonly guest: DeviceGuest
  readonly pool: BufferPool
  private readonly sessions = new Map<string, GraphSession>()
  private kind = ''
  private buffers: Buffers = new Map()

  constructor(private readonly device: GPUDevice) {
    this.guest = new DeviceGuest(device)
    this.pool = new BufferPool(device)
  }

  /**
   * Submits a step on `state`; resolves with the output's elements where it comes to the CPU.
   * @throws GpuError `limit` | `out-of-memory` | `validation` | `device-lost`
   */
  run(step: Step, state: Buffers): Promise<Float32Array | undefined> {
    return this.guest.guarded(async () => {
      const session = this.sessions.get(step.kind) ?? (await this.open(step))
      if (this.kind !== step.kind) {
        this.free()
        this.buffers = allocate(this.pool, step.graph.inputs.filter((value) => !isState(value)))
        this.kind = step.kind
      }
      for (const [name, data] of step.inputs) {
        const allocation = this.buffers.get(name)
        if (!allocation) throw new Error(`The graph ${step.graph.name} has no input ${name}.`)
        this.guest.write(allocation, data)
      }
      return session.run(new Map([...this.buffers, ...state]))
    })
  }

  /** Frees the sessions, and all buffers of the pool. */
  async close(): Promise<void> {
    for (const session of this.sessions.values()) await session.close()
    this.pool.releaseSince(new Set())
    this.pool.trim()
  }

  private free(): void {
    for (const allocation of this.buffers.values()) this.pool.release(allocation)
    this.pool.trim()
  }

  private async open({ kind, graph, outputs }: Step): Promise<GraphSession> {
    for (const value of graph.inputs) {
      this.guest.checkBinding(valueBytes(value), `The text encoder's ${value.name}`, 'Choose quantised weights or a shorter prompt.')
    }
    const session = await openSession(graph, this.device, outputs)
    this.sessions.set(kind, session)
    return session
  }
}

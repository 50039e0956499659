import type { Graph } from './onnx-model'

/** A graph; graphs of the same `kind` are equal. */
export interface Step {
  readonly kind: string
  readonly graph: Graph
  /** Whether outputs are kept in slots of memory; otherwise the first one is given back. */
  readonly isKept: boolean
}

/** Memory by the name of the graph value that it holds. */
export type Slots<Slot> = ReadonlyMap<string, Slot>

/** Runs graphs of the text encoder in memory that it gives out, on the GPU or on the processor. */
export interface Runner<Slot> {
  acquire(bytes: number, label: string): Slot
  /** Writes data into the memory of that name, after everything submitted before. */
  write(slots: Slots<Slot>, name: string, data: ArrayBufferView<ArrayBuffer>): void
  /**
   * Submits a step on the memory of its inputs; resolves with the first output's elements where it is not kept.
   * @throws GpuError `limit` | `out-of-memory` | `validation` | `device-lost`
   */
  run(step: Step, slots: Slots<Slot>): Promise<Float32Array | undefined>
  /** Runs `body`, which acquires memory, and throws the GPU's errors. */
  guarded<T>(body: () => Promise<T>): Promise<T>
  /** Resolves when everything submitted has run. */
  finished(): Promise<void>
  /** Frees everything. */
  close(): Promise<void>
}

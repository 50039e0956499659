import { openSession, type GraphSession, type Place } from './onnx-session'
import type { Runner, Slots, Step } from './runner'

/** Memory of the page. */
type Bytes = Uint8Array<ArrayBuffer>

const ON_CPU: Place<Bytes> = {
  provider: 'wasm',
  tensor(runtime, { name, dtype, shape }, { buffer }) {
    if (dtype !== 'float32') throw new Error(`The graph's ${name} is ${dtype}; the CPU computes in f32.`)
    const count = shape.reduce((product, size) => product * size, 1)
    return new runtime.Tensor(dtype, new Float32Array(buffer, 0, count), shape)
  },
}

/** Runs graphs in f32 on the CPU, with one session for each kind. */
export class CpuRunner implements Runner<Bytes> {
  private readonly sessions = new Map<string, Promise<GraphSession<Bytes>>>()

  acquire(bytes: number): Bytes {
    return new Uint8Array(bytes)
  }

  write(slots: Slots<Bytes>, name: string, data: ArrayBufferView<ArrayBuffer>): void {
    slots.get(name)!.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  async run({ kind, graph, isKept }: Step, slots: Slots<Bytes>): Promise<Float32Array | undefined> {
    const session = this.sessions.get(kind) ?? openSession(graph, ON_CPU, false)
    this.sessions.set(kind, session)
    const output = await (await session).run(slots)
    if (!isKept || !output) return output
    this.write(slots, graph.outputs[0]!.name, new Float32Array(output))
    return undefined
  }

  guarded<T>(body: () => Promise<T>): Promise<T> {
    return body()
  }

  async finished(): Promise<void> {}

  async close(): Promise<void> {
    for (const session of this.sessions.values()) await (await session.catch(() => undefined))?.close()
  }
}

// Keeps encoded prompts, so that a known prompt needs no text encoder.

/** Where encoded prompts outlive the engine. Both methods may fail; then the prompt is encoded again. */
export interface EmbeddingStore {
  get(key: string): Promise<Float32Array<ArrayBuffer> | undefined>
  put(key: string, context: Float32Array<ArrayBuffer>): Promise<void>
}

/** Total bytes in memory. */
const MAX_BYTES = 64 * 2 ** 20

/** Removes the least recently used first. */
export class PromptCache {
  private readonly kept = new Map<string, Float32Array<ArrayBuffer>>()

  constructor(
    private readonly store?: EmbeddingStore,
    private readonly maxBytes = MAX_BYTES,
  ) {}

  /**
   * The context of `key`, encoded by `encode` where it is unknown.
   * @param length of the context; a stored one of another length is ignored
   */
  async get(
    key: string,
    length: number,
    encode: () => Promise<Float32Array<ArrayBuffer>>,
  ): Promise<Float32Array<ArrayBuffer>> {
    const known = this.kept.get(key) ?? (await this.fromStore(key, length))
    const context = known ?? (await encode())
    this.keep(key, context)
    if (!known) this.store?.put(key, context).catch(() => {})
    return context
  }

  private async fromStore(key: string, length: number): Promise<Float32Array<ArrayBuffer> | undefined> {
    const stored = await this.store?.get(key).catch(() => undefined)
    return stored?.length === length && stored.every(Number.isFinite) ? stored : undefined
  }

  private keep(key: string, context: Float32Array<ArrayBuffer>): void {
    this.kept.delete(key)
    this.kept.set(key, context)
    let bytes = [...this.kept.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
    for (const [oldest, { byteLength }] of this.kept) {
      if (bytes <= this.maxBytes) break
      this.kept.delete(oldest)
      bytes -= byteLength
    }
  }
}

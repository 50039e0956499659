// Reads a header from front to back by ranges, for headers too long to guess and files too long to hold.
import type { ByteSource } from './byte-source'

const CHUNK = 1 << 18

/** Little-endian. Every read is checked against `end` first; `fail` must throw. */
export class RangeReader {
  private chunk = new DataView(new ArrayBuffer(0))
  private chunkStart = 0

  /**
   * @param position of the first byte to read
   * @param end position after the last readable byte; at most the size of the source
   */
  constructor(
    private readonly source: ByteSource,
    public position: number,
    private readonly end: number,
    private readonly fail: (problem: string) => never,
  ) {}

  /** Bytes left to read. */
  get left(): number {
    return this.end - this.position
  }

  /** Throws unless `length` more bytes may be read. `what` names them, as in "string of tensor 3". */
  check(length: number, what: string): void {
    if (length <= this.left) return
    this.fail(
      `${what} at byte ${this.position} needs ${length} bytes, and ${this.left} are left ${this.end < this.source.size ? `of the ${this.end} that a header may have` : 'in the file; it may be cut off'}`,
    )
  }

  /** Whether the next `length` bytes are already in memory. */
  private has(length: number): boolean {
    return (
      this.position >= this.chunkStart && this.position + length <= this.chunkStart + this.chunk.byteLength
    )
  }

  private async load(length: number): Promise<void> {
    const bytes = await this.source.read(this.position, Math.min(this.left, Math.max(length, CHUNK)))
    this.chunk = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.chunkStart = this.position
  }

  /** Reads the next `length` bytes as a view. */
  async take(length: number, what: string): Promise<DataView> {
    this.check(length, what)
    if (!this.has(length)) await this.load(length)
    const view = new DataView(
      this.chunk.buffer,
      this.chunk.byteOffset + this.position - this.chunkStart,
      length,
    )
    this.position += length
    return view
  }

  /** Skips bytes without reading them. */
  skip(length: number, what: string): void {
    this.check(length, what)
    this.position += length
  }

  async u32(what: string): Promise<number> {
    return (await this.take(4, what)).getUint32(0, true)
  }

  /** A u64 that must be a safe integer. */
  async count(what: string): Promise<number> {
    const value = (await this.take(8, what)).getBigUint64(0, true)
    if (value > BigInt(Number.MAX_SAFE_INTEGER))
      this.fail(`${what} is ${value}, which is more than can be counted`)
    return Number(value)
  }

  /** Skips `count` strings, each a u64 length and its bytes. Waits only where a new range is needed. */
  async skipStrings(count: number, what: string): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.check(8, what)
      if (!this.has(8)) await this.load(8)
      const at = this.position - this.chunkStart
      const length = this.chunk.getUint32(at, true) + this.chunk.getUint32(at + 4, true) * 2 ** 32
      this.position += 8
      this.skip(length, `string ${i} of ${what}`)
    }
  }
}

/** Bytes written one after the other, little-endian. */
export class GrowingBytes {
  private buffer = new Uint8Array(1 << 16)
  private view = new DataView(this.buffer.buffer)
  private length = 0

  private grow(count: number): number {
    const at = this.length
    this.length += count
    if (this.length > this.buffer.length) {
      const larger = new Uint8Array(Math.max(this.length, this.buffer.length * 2))
      larger.set(this.buffer)
      this.buffer = larger
      this.view = new DataView(larger.buffer)
    }
    return at
  }

  get size(): number {
    return this.length
  }

  u16(value: number): void {
    const at = this.grow(2)
    this.view.setUint16(at, value, true)
  }

  u32(value: number): void {
    const at = this.grow(4)
    this.view.setUint32(at, value, true)
  }

  u64(value: number): void {
    const at = this.grow(8)
    this.view.setBigUint64(at, BigInt(value), true)
  }

  raw(bytes: Uint8Array): void {
    const at = this.grow(bytes.length)
    this.buffer.set(bytes, at)
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text)
    this.u64(bytes.length)
    this.raw(bytes)
  }

  /** Zeros up to a multiple of `unit`. */
  align(unit: number): void {
    this.grow((unit - (this.length % unit)) % unit)
  }

  taken(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length)
  }
}

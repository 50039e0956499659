// WebCodecs in Node, each codec as well or badly behaved as a test wants it. Samples hold the first byte of their
// frame.
import { vi } from 'vitest'

/** What an encoder does wrong, by the beginning of its codec's name. */
export interface Behaviour {
  /** Says that it is not supported. */
  isUnsupported?: true
  /** Never says whether it is. */
  neverSays?: true
  /** Breaks when it is given the frame of this number; the probe's one frame goes well. */
  diesAt?: number
  /** The same, with the name of the error. */
  dieName?: string
  /** How often it dies so; for ever unless given. */
  dies?: number
  /** Takes frames and gives none, from this one on. */
  stallsAt?: number
  flush?: 'never' | 'fails'
  /** Gives so many frames fewer than it took. */
  loses?: number
  /** Milliseconds between two frames. */
  pace?: number
}

export interface FakeCodecs {
  /** Codecs that were configured, in order, probes among them. */
  readonly configured: string[]
  /** Encoders and frames that were not closed. */
  readonly open: { encoders: number; frames: number }
}

type Output = (chunk: unknown, meta: unknown) => void

export function fakeCodecs(behaviours: Readonly<Record<string, Behaviour>>): FakeCodecs {
  const record: FakeCodecs = { configured: [], open: { encoders: 0, frames: 0 } }
  const deaths = new Map<string, number>()
  const behaviourOf = ({ codec, hardwareAcceleration }: VideoEncoderConfig): [string, Behaviour] => {
    const name = hardwareAcceleration === 'prefer-software' ? `soft ${codec}` : codec
    const key = Object.keys(behaviours).find((each) => name.startsWith(each))
    return [name, key === undefined ? {} : behaviours[key]!]
  }

  class FakeFrame {
    private isOpen = true
    constructor(
      readonly bytes: Uint8Array,
      readonly init: VideoFrameBufferInit,
    ) {
      this.bytes = bytes.slice()
      record.open.frames += 1
    }
    close(): void {
      if (this.isOpen) record.open.frames -= 1
      this.isOpen = false
    }
  }

  class FakeEncoder extends EventTarget {
    state = 'unconfigured'
    encodeQueueSize = 0
    private readonly frames: { bytes: Uint8Array; timestamp: number; isKey: boolean }[] = []
    private behaviour: Behaviour = {}
    private name = ''
    private taken = 0
    private isPumping = false

    constructor(private readonly init: { output: Output; error: (error: Error) => void }) {
      super()
      record.open.encoders += 1
    }

    static isConfigSupported(config: VideoEncoderConfig): Promise<{ supported: boolean }> {
      const [, behaviour] = behaviourOf(config)
      if (behaviour.neverSays) return new Promise(() => undefined)
      return Promise.resolve({ supported: behaviour.isUnsupported !== true })
    }

    configure(config: VideoEncoderConfig): void {
      ;[this.name, this.behaviour] = behaviourOf(config)
      this.state = 'configured'
      record.configured.push(this.name)
    }

    encode(frame: FakeFrame, { keyFrame }: { keyFrame: boolean }): void {
      if (this.state !== 'configured')
        throw new DOMException('Cannot call encode on a closed codec.', 'InvalidStateError')
      this.frames.push({ bytes: frame.bytes, timestamp: frame.init.timestamp, isKey: keyFrame })
      this.encodeQueueSize += 1
      void this.pump()
    }

    private async pump(): Promise<void> {
      if (this.isPumping) return
      this.isPumping = true
      const { diesAt, dieName = 'EncodingError', dies = Infinity, stallsAt, pace } = this.behaviour
      for (;;) {
        await (pace === undefined ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, pace)))
        const frame = this.frames.shift()
        if (frame === undefined || this.state !== 'configured') break
        const number = this.taken++
        if (number === diesAt && (deaths.get(this.name) ?? 0) < dies) {
          deaths.set(this.name, (deaths.get(this.name) ?? 0) + 1)
          this.state = 'closed'
          record.open.encoders -= 1
          this.init.error(new DOMException('The driver went away.', dieName))
          break
        }
        if (stallsAt !== undefined && number >= stallsAt) return // for ever
        this.encodeQueueSize -= 1
        this.give(frame, number)
        this.dispatchEvent(new Event('dequeue'))
      }
      this.isPumping = false
    }

    private give(frame: { bytes: Uint8Array; timestamp: number; isKey: boolean }, number: number): void {
      const sample = Uint8Array.of(frame.bytes[0] ?? 0, number)
      const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false }
      const isLost = this.behaviour.loses !== undefined && number > 0 && number <= this.behaviour.loses
      if (isLost) return
      this.init.output(
        {
          byteLength: sample.length,
          type: frame.isKey ? 'key' : 'delta',
          timestamp: frame.timestamp,
          copyTo: (into: Uint8Array) => into.set(sample),
        },
        number === 0 ? { decoderConfig: { codec: this.name, colorSpace } } : undefined,
      )
    }

    async flush(): Promise<void> {
      if (this.behaviour.flush === 'never' && this.taken + this.frames.length > 1)
        return new Promise(() => undefined)
      if (this.behaviour.flush === 'fails' && this.taken + this.frames.length > 1)
        throw new DOMException('Flush failed.', 'EncodingError')
      while (this.frames.length > 0 || this.isPumping) {
        if (this.state !== 'configured') throw new DOMException('Aborted.', 'AbortError')
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }

    close(): void {
      if (this.state !== 'closed') record.open.encoders -= 1
      this.state = 'closed'
    }
  }

  vi.stubGlobal('VideoEncoder', FakeEncoder)
  vi.stubGlobal('VideoFrame', FakeFrame)
  return record
}

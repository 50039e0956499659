/** Keeps the frames of a film until it is complete, so that another encoder can begin at frame 0. */
export interface KeptFrames {
  readonly count: number
  /** Copies the next frame. */
  keep(i420: Uint8Array<ArrayBuffer>): Promise<void>
  read(index: number): Promise<Uint8Array<ArrayBuffer>>
  release(): void
}

/** Keeps frames as blobs, which browsers move to the disk when there are many. */
export function blobFrames(): KeptFrames {
  let frames: Blob[] = []
  return {
    get count() {
      return frames.length
    },
    keep: (i420) => {
      frames.push(new Blob([i420]))
      return Promise.resolve()
    },
    async read(index) {
      const frame = frames[index]
      if (frame === undefined) throw new RangeError(`Frame ${index} of ${frames.length} was not kept.`)
      return new Uint8Array(await frame.arrayBuffer())
    },
    release: () => (frames = []),
  }
}

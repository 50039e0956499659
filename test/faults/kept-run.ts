// A clip whose run is kept on a disk in memory, of which there is a picture at every write: what a kill there leaves.
import { createHash } from 'node:crypto'
import { vi } from 'vitest'
import { interruptedRuns } from '../../src/engine/runs/interrupted'
import type { RunStores } from '../../src/engine/runs/run-record'
import { openPipeline, type Pipeline } from '../../src/engine/pipeline'
import type { ClipEnd } from '../../src/protocol/clip-end'
import type { GenerationInput, GenerationResult } from '../../src/protocol/engine'
import type { ModelSource } from '../../src/protocol/model-source'
import type { StageProgress } from '../../src/protocol/progress'
import type { InterruptedRun } from '../../src/protocol/runs'
import type { OpenFile, StoreFiles } from '../../src/storage/files'
import { filesInMemory } from '../../src/storage/runs/files-in-memory'
import { createRunStore } from '../../src/storage/runs/run-store'
import { fakeCodecs } from '../support/fake-codecs'
import { fitForOrt } from '../support/ort-in-node'
import { memoryFiles, type MemoryFiles } from '../unit/storage/memory-files'

/** Enough for every state of a decoder. */
const ROOM = 1e9

/** Codecs of a test, and the hashes of the frames that they get. */
export function countedCodecs(): string[] {
  fakeCodecs({})
  const hashes: string[] = []
  const Fake = globalThis.VideoFrame
  class Counted extends Fake {
    constructor(bytes: AllowSharedBufferSource, init: VideoFrameBufferInit) {
      super(bytes, init)
      hashes.push(
        createHash('sha256')
          .update(bytes as Uint8Array)
          .digest('hex'),
      )
    }
  }
  vi.stubGlobal('VideoFrame', Counted)
  return hashes
}

/** Calls back before each operation of a file. */
export function watched(files: StoreFiles, onWrite: (what: string) => void): StoreFiles {
  const opened = (file: OpenFile): OpenFile => ({
    ...file,
    write(offset, bytes) {
      onWrite('write')
      file.write(offset, bytes)
    },
    flush() {
      onWrite('flush')
      file.flush()
    },
  })
  return {
    ...files,
    room: async () => ROOM,
    open: async (path) => opened(await files.open(path)),
  }
}

export interface Made {
  readonly latentsSha256: string
  /** Hashes of the frames. */
  readonly frames: readonly string[]
  readonly mp4: readonly number[]
  readonly notes: readonly string[]
  /** Where it was asked for. */
  readonly end?: ClipEnd
}

export function storesOn(files: StoreFiles): RunStores {
  return {
    disk: createRunStore({ ...files, room: async () => ROOM }, { patience: 0 }),
    memory: createRunStore(filesInMemory()),
    decoderEvery: 0,
  }
}

/** A GPU whose devices suit onnxruntime, and what a test does with them. */
export function fitGpu(gpu: GPU, change: (device: GPUDevice) => void = () => undefined): GPU {
  return {
    wgslLanguageFeatures: gpu.wgslLanguageFeatures,
    async requestAdapter(options?: GPURequestAdapterOptions) {
      const adapter = await gpu.requestAdapter(options)
      const request = adapter?.requestDevice.bind(adapter)
      if (adapter && request)
        Object.defineProperty(adapter, 'requestDevice', {
          value: async (descriptor?: GPUDeviceDescriptor) => {
            const device = fitForOrt(await request(descriptor))
            change(device)
            return device
          },
        })
      return adapter
    },
  } as GPU
}

export function openKept(gpu: GPU, model: ModelSource, runs: RunStores): Promise<Pipeline> {
  return openPipeline({ gpu, model, runs, memoryBytes: 1e9 })
}

/** Makes a clip, or goes on with one. */
export async function makeKept(
  pipeline: Pipeline,
  input: GenerationInput,
  onProgress: (progress: StageProgress) => void = () => undefined,
): Promise<Made> {
  const hashes = countedCodecs()
  const result: GenerationResult = await pipeline.generate(input, { onProgress })
  const { latentsSha256, mp4, numFrames, notes, end } = result
  return { latentsSha256, frames: hashes.slice(-numFrames), mp4: [...mp4], notes, ...(end && { end }) }
}

/** An undisturbed run, and the disk at every write of it. */
export async function makeWatched(
  gpu: GPU,
  model: ModelSource,
  input: GenerationInput,
): Promise<{ made: Made; disks: MemoryFiles[]; left: string[] }> {
  const files = memoryFiles()
  const disks: MemoryFiles[] = []
  let turn = 0
  const stores = storesOn(watched(files, () => disks.push(files.afterCut(() => ((turn++ % 3) + 0.5) / 3))))
  const pipeline = await openKept(gpu, model, stores)
  try {
    const made = await makeKept(pipeline, input)
    return { made, disks, left: await files.names('runs') }
  } finally {
    pipeline.dispose()
  }
}

/** What is on a disk after a kill. */
export async function foundOn(
  files: MemoryFiles,
): Promise<{ stores: RunStores; run: InterruptedRun | undefined }> {
  const stores = storesOn(files)
  const [run] = await interruptedRuns(stores.disk!)
  return { stores, run }
}

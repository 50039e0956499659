// The record of the run that is being made. A disk that fails never ends a run: it goes on in memory, and says so.
import type { Ops } from '../../gpu/ops'
import type { Residency } from '../../models/family'
import { isNoRoom, toFailure } from '../../protocol/errors'
import type { StageSeconds } from '../../protocol/estimate'
import type { GenerationSettings } from '../../protocol/settings'
import type { StateFacts, StoredState } from '../../sampling/sampler-state'
import type { KeptRun, Saved } from '../../storage/runs/kept-run'
import type { RunRoom, RunStore } from '../../storage/runs/run-store'
import type { StateKeeper } from '../decode-frames'
import { treeBytes } from '../../models/blocks/tensor-tree'
import type { Contexts } from '../velocities'
import type { ClipStart } from './clip-start'
import { loadGiven, saveGiven, type Given } from './given-files'
import { keptFrames, type RunFrames } from './run-frames'
import { readFacts, type RunFacts, type SavedAt } from './run-facts'
import { totalOf } from './run-room'
import { describeTree, readTree, restoreTree, type TreeFacts } from './tree-state'

/** Where runs are kept. */
export interface RunStores {
  /** Outlives the tab; absent where the browser keeps nothing. */
  readonly disk?: RunStore
  readonly memory: RunStore
  /** Milliseconds between two states of the decoder; a minute unless given. */
  readonly decoderEvery?: number
}

const MINUTE = 60_000

interface PromptFacts extends SavedAt {
  readonly lengths: readonly number[]
}
interface StepFacts extends SavedAt {
  readonly state: StateFacts
}
interface LatentsFacts extends SavedAt {
  /** Steps that EasyCache made. */
  readonly reused?: number
  /** Steps that were run, where the rest was left out. */
  readonly stepsRun?: number
}
interface DecoderFacts extends SavedAt {
  readonly step: number
  readonly frames: number
  /** On other formats its tensors are of no use. */
  readonly layout: string
  readonly tree: TreeFacts
}

function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}

function bytesOf(floats: Float32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(floats.slice().buffer)
}

async function partsOf(saved: Saved): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  for (let i = 0; i < saved.count; i++) parts.push(await saved.part(i))
  return parts
}

/** How the decoder's state lies on the GPU. */
function layoutOf({ tiles = 1 }: Residency, storage: Ops['storage']): string {
  return `${storage} ${tiles}`
}

const LOST = 'Closing the page would have lost it.'

/** Why a run lasts no longer than its page. */
async function notKept(error: unknown, room: RunRoom, disk: RunStore | undefined): Promise<string> {
  const { code, message } = toFailure(error)
  if (code === 'no-storage')
    return `This browser stores nothing for this page, so it could not keep this run either. ${LOST}`
  if (!isNoRoom(error)) return `This run could not be kept on the disk (${message}). ${LOST}`
  const left = await disk?.room()
  // Browsers round their figure up: one that contradicts the refusal is left out.
  const found =
    left === undefined || left >= totalOf(room)
      ? ''
      : `; the browser has ${megabytes(left)} left for this page`
  return `This run could not be kept on the disk, where it takes ${megabytes(totalOf(room))}${found}. ${LOST}`
}

export class RunRecord {
  readonly notes: string[]
  readonly frames: RunFrames
  private isBroken = false
  private lastDecoder = performance.now()

  private constructor(
    private readonly run: KeptRun,
    private readonly stores: RunStores,
    private readonly isLasting: boolean,
    notes: readonly string[],
  ) {
    this.notes = [...notes]
    this.frames = keptFrames(isLasting ? run.frames : undefined, (error) => this.lose(error))
  }

  /** Begins a record on the disk, or in memory where there is no room. */
  static async begin(stores: RunStores, facts: RunFacts, room: RunRoom, given: Given): Promise<RunRecord> {
    const { disk, memory } = stores
    const notes: string[] = []
    let run: KeptRun | undefined
    try {
      run = await disk?.begin(facts, room)
    } catch (error) {
      notes.push(await notKept(error, room, disk))
    }
    const kept = run ?? (await memory.begin(facts, { saves: new Map(), frameBytes: 0 }))
    const record = new RunRecord(kept, stores, run !== undefined, notes)
    if (run) await record.attempt(() => saveGiven(kept, given)) // in memory the files are the caller's
    return record
  }

  /**
   * Takes up an interrupted run; undefined where there is none of that id.
   * @throws StoreError where the disk gives no answer, or someone else is making the run: it may still be there
   */
  static async open(stores: RunStores, id: string): Promise<RunRecord | undefined> {
    const inMemory = await stores.memory.open(id)
    if (inMemory) return new RunRecord(inMemory, stores, false, [])
    const onDisk = await stores.disk?.open(id).catch((error: unknown) => {
      if (toFailure(error).code === 'no-storage') return undefined // nothing was ever kept
      throw error
    })
    return onDisk && new RunRecord(onDisk, stores, true, [])
  }

  get id(): string {
    return this.run.id
  }

  /** @throws WeightsError where they are not those of a run */
  get facts(): RunFacts {
    return readFacts(this.run.facts)
  }

  revise(facts: RunFacts): Promise<void> {
    return this.attempt(async () => this.run.revise(facts))
  }

  /** What was given with the clip; undefined where it could not be kept. */
  given(): Promise<Given | undefined> {
    return loadGiven(this.run, this.facts.files)
  }

  saveContexts({ positive, negative }: Contexts, seconds: StageSeconds): Promise<void> {
    const contexts = negative ? [positive, negative] : [positive]
    const about: PromptFacts = { lengths: contexts.map(({ length }) => length), seconds }
    return this.attempt(() => this.run.save('prompts', about, contexts.map(bytesOf)))
  }

  saveStep({ facts, parts }: StoredState, seconds: StageSeconds): Promise<void> {
    const about: StepFacts = { state: facts, seconds }
    return this.attempt(() => this.run.save('step', about, parts))
  }

  /** Keeps the latents at the end of the denoising. */
  saveLatents(bytes: Uint8Array<ArrayBuffer>, about: LatentsFacts): Promise<void> {
    return this.attempt(() => this.run.save('latents', about, [bytes]))
  }

  /** Keeps the decoder's state where the run is on the disk, and that has the room. */
  decoderKeeper(
    ops: Ops,
    residency: Residency,
    seconds: () => StageSeconds,
    signal: AbortSignal,
  ): StateKeeper<unknown> {
    const { decoderEvery = MINUTE, disk } = this.stores
    this.lastDecoder = performance.now()
    return {
      isDue: () => this.isLasting && !this.isBroken && performance.now() - this.lastDecoder >= decoderEvery,
      keep: async (step, state) => {
        this.lastDecoder = performance.now()
        const room = (await disk?.room()) ?? 0
        if (room < 2 * treeBytes(state)) return
        const tree = describeTree(state)
        const about: DecoderFacts = {
          step,
          frames: this.frames.count,
          layout: layoutOf(residency, ops.storage),
          tree: tree.facts,
          seconds: seconds(),
        }
        await this.attempt(() => this.run.save('decoder', about, readTree(ops, tree, signal)))
      },
    }
  }

  /**
   * Where the run goes on; forgets the frames that will come again.
   * @param storage of the decoder's activations
   * @param keepsEnd whether the last frame is needed as floats, which are not kept: it is then decoded again
   */
  async start(
    { numFrames }: Pick<GenerationSettings, 'numFrames'>,
    residency: Residency,
    storage: Ops['storage'],
    keepsEnd = false,
  ): Promise<ClipStart> {
    const done = await this.run.load('latents')
    if (!done) {
      this.frames.cut(0)
      const [contexts, step] = [await this.contexts(), await this.lastStep()]
      return { ...(contexts && { contexts }), ...(step && { step }) }
    }
    const { reused, stepsRun } = done.about as LatentsFacts
    const denoised = {
      latents: new Float32Array((await done.part(0)).buffer),
      ...(reused !== undefined && { reused }),
      ...(stepsRun !== undefined && { stepsRun }),
    }
    if (this.frames.count === numFrames && !keepsEnd) return { ...denoised, isDecoded: true }
    const saved = await this.run.load('decoder')
    const about = saved?.about as DecoderFacts | undefined
    const isOfUse = about?.layout === layoutOf(residency, storage) && about.frames <= this.frames.count
    if (!saved || !about || !isOfUse) {
      this.frames.cut(0)
      return denoised
    }
    this.frames.cut(about.frames)
    return {
      ...denoised,
      decoding: async (ops) => ({
        step: about.step,
        state: await restoreTree(ops, about.tree, (index) => saved.part(index)),
      }),
    }
  }

  /** Seconds of the stages up to the last save. */
  async seconds(): Promise<StageSeconds> {
    for (const name of ['decoder', 'latents', 'step', 'prompts']) {
      const saved = await this.run.load(name)
      if (saved) return (saved.about as SavedAt).seconds
    }
    return {}
  }

  /** Leaves it to be taken up again. */
  close(): void {
    this.run.close()
  }

  /**
   * Frees the saved data that remaking the finished clip does not need, because the clip's own file may need the space.
   * Keeps the rest until the run is discarded.
   */
  async finish(): Promise<void> {
    for (const name of ['prompts', 'step', 'decoder']) await this.run.drop(name).catch(() => undefined)
    this.run.close()
  }

  /** Removes every trace. A disk that refuses does not spoil a clip: the next list clears it away. */
  async discard(): Promise<void> {
    await this.run.discard().catch(() => this.run.close())
  }

  private async contexts(): Promise<Contexts | undefined> {
    const saved = await this.run.load('prompts')
    if (!saved) return undefined
    const [positive, negative] = (await partsOf(saved)).map(({ buffer }) => new Float32Array(buffer))
    return positive && { positive, ...(negative && { negative }) }
  }

  private async lastStep(): Promise<StoredState | undefined> {
    const saved = await this.run.load('step')
    return saved && { facts: (saved.about as StepFacts).state, parts: await partsOf(saved) }
  }

  /** Saves, unless saving has failed before. @throws where another thread or engine has taken the run over */
  private async attempt(save: () => Promise<void>): Promise<void> {
    if (this.isBroken) return
    try {
      await save()
    } catch (error) {
      if (!this.lose(error)) throw error
    }
  }

  /** Whether the run goes on without its record. */
  private lose(error: unknown): boolean {
    if (!(error instanceof Error) || PASSED_ON.test(error.name)) return false
    if (!this.isBroken)
      this.notes.push(
        isNoRoom(error)
          ? `The disk became full while this run was kept: it continued in memory. ${LOST}`
          : `The disk failed while this run was kept (${error.message}): it continued in memory. ${LOST}`,
      )
    this.isBroken = true
    return true
  }
}

/** Errors that are not the disk's: the run was taken over, cancelled, or its GPU failed. */
const PASSED_ON = /^(RunClosed|AbortError|ZoetropeError|GpuError)$/

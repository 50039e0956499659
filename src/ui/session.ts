// All that the page knows and does, without React: the command line drives the same object.
import { controlWork } from '../estimate/control-work'
import { toFailure, ZoetropeError, type Failure } from '../protocol/errors'
import { limitsFor, limitsWithUpscaler, type Limits } from '../protocol/limits'
import type { GenerationInput, GenerationResult, LiveInput, VideoEngine } from '../protocol/engine'
import type { ControlWork } from '../protocol/estimate'
import type { LiveChange } from '../protocol/live'
import type { OpenRequest } from '../protocol/model-source'
import { normaliseSettings, type Normalised } from '../protocol/normalise'
import type { PreviewImage, StageProgress } from '../protocol/progress'
import type { GenerationSettings, SettingsInput } from '../protocol/settings'
import { createLiveFeed, NOTHING_YET, type LiveView } from './live/live-feed'
import { createStore } from './store'
import { settingsOf } from './studio/settings-of'
import { fileNameFor } from './words'
import {
  OtherModel,
  type Clip,
  type Job,
  type LiveClip,
  type RunEvents,
  type SessionState,
  type Session,
  type SessionOptions,
} from './session-state'

const NOT_OPENED: Failure = {
  code: 'cancelled',
  message: 'The model was not opened. Open it again, or choose another one.',
}

const NONE_OPEN = 'No model is open. Allow its files to be read, or choose a model.'

/** The settings of an input, and what is given beside them. */
function apart({
  image,
  lastImage,
  continueFrom,
  holdsColours,
  keepsEnd,
  control,
  upscaler,
  loras,
  leavesRun,
  resume,
  ...input
}: GenerationInput): { input: SettingsInput; files: Partial<GenerationInput> } {
  const files = {
    ...(image && { image }),
    ...(lastImage && { lastImage }),
    ...(continueFrom && { continueFrom }),
    ...(holdsColours && { holdsColours }),
    ...(keepsEnd && { keepsEnd }),
    ...(control && { control }),
    ...(upscaler && { upscaler }),
    ...(loras && { loras }),
    ...(leavesRun && { leavesRun }),
    ...(resume && { resume }),
  }
  return { input, files }
}

export function createSession({ client, request, missing }: SessionOptions): Session {
  const store = createStore<SessionState>({
    engine: undefined,
    job: undefined,
    clip: undefined,
    film: undefined,
    problem: missing,
    plan: undefined,
    planned: undefined,
    loras: [],
    speed: undefined,
    planProblem: undefined,
  })
  let stop: AbortController | undefined
  let ending: AbortController | undefined
  let opening: Promise<void> | undefined
  /** Of the model that is being opened. */
  let stopOpening: AbortController | undefined
  let wanted = request
  let lastPlan = 0
  let current: VideoEngine | undefined
  let steer: ((change: LiveChange) => void) | undefined
  let isPaced = false
  const feed = createLiveFeed()

  /** Of the model in use; before one is open any size goes. */
  const limits = (): Limits =>
    store.get().engine?.model.limits ?? limitsFor({ width: 1, height: 1, frames: 1, shortest: 1 })

  /** With those that an upscaler of the user's own makes possible. @throws ZoetropeError `invalid-settings` */
  const checked = (input: SettingsInput, { upscaler }: Partial<GenerationInput>): Normalised => {
    const own = limits()
    const result = normaliseSettings(input, upscaler === undefined ? own : limitsWithUpscaler(own))
    if (result.ok) return result
    throw new ZoetropeError('invalid-settings', result.reason)
  }

  const changeJob = (change: Partial<Job>): void => {
    const { job } = store.get()
    if (job !== undefined) store.set({ job: { ...job, ...change } })
  }

  const openOnce = async (request: OpenRequest): Promise<void> => {
    const stop = new AbortController()
    stopOpening = stop
    store.set({ problem: undefined })
    try {
      const opened = await client.open(request, stop.signal)
      if (request !== wanted) return
      current = opened
      store.set({ engine: opened.card })
    } catch (error) {
      if (request === wanted) store.set({ problem: stop.signal.aborted ? NOT_OPENED : toFailure(error) })
    } finally {
      if (request === wanted) opening = stopOpening = undefined
    }
  }

  /** Another model ends the opening of the last one. */
  const want = (request: OpenRequest | undefined): void => {
    wanted = request
    stopOpening?.abort()
    opening = undefined
    current = undefined
    store.set({ engine: undefined, plan: undefined, planned: undefined, planProblem: undefined })
  }

  const open = async (request?: OpenRequest): Promise<void> => {
    if (request !== undefined && request !== wanted) want(request)
    if (missing === undefined && wanted !== undefined) await (opening ??= openOnce(wanted))
  }

  const show = <Result extends GenerationResult>(result: Result): Clip & { result: Result } => {
    const before = store.get().clip
    if (before !== undefined) URL.revokeObjectURL(before.url)
    const url = URL.createObjectURL(new Blob([result.mp4], { type: 'video/mp4' }))
    const clip = { result, url, fileName: fileNameFor(result.prompt, result.seed) }
    store.set({ clip })
    return clip
  }

  const beginJob = (
    settings: GenerationSettings,
    notes: string[],
    { control, live }: { control?: ControlWork | undefined; live?: LiveView } = {},
  ): void =>
    store.set({
      job: {
        settings,
        ...(control && { control }),
        ...(live && { live }),
        begunAt: Date.now(),
        notes,
        progress: undefined,
        preview: undefined,
        isStopping: false,
        isFinishing: false,
      },
    })

  const run = async (
    given: GenerationInput,
    signal: AbortSignal,
    finish: AbortSignal,
    heard: RunEvents,
  ): Promise<Clip> => {
    const events = {
      onProgress: (progress: StageProgress) => changeJob({ progress }),
      onPreview: (preview: PreviewImage) => changeJob({ preview }),
      ...heard,
    }
    const { input, files } = apart(given)
    const { resume } = files
    const begun = resume && (await client.runs()).find(({ id }) => id === resume.run)
    if (begun !== undefined) beginJob(begun.settings, [])
    // Whether a run that is not in the list is gone, or cannot be read now, the engine finds out.
    if (begun !== undefined || (resume !== undefined && resume.orAnew !== true))
      return show(await current!.generate(files, events, signal, finish))
    const { settings, notes } = checked(input, files)
    const { image, lastImage, continueFrom, control, upscaler } = files
    const { takesControl = false } = store.get().engine?.model ?? {}
    beginJob(settings, notes, { control: takesControl ? controlWork(files, settings.numFrames) : undefined })
    // Where these are given the engine chooses what was not asked for, such as the size, and makes the notes.
    if ([image, lastImage, continueFrom, control, upscaler].some((each) => each !== undefined))
      return show(
        await current!.generate({ ...input, seed: settings.seed, ...files }, events, signal, finish),
      )
    const result = await current!.generate({ ...input, ...settings, ...files }, events, signal, finish)
    return show({ ...result, notes: [...notes, ...result.notes] })
  }

  const runLive = async (input: LiveInput, signal: AbortSignal): Promise<LiveClip> => {
    const { live: _live, ...given } = input
    const { input: own, files } = apart(given)
    const { settings, notes } = checked(own, files)
    beginJob(settings, notes, { live: NOTHING_YET })
    const run = current!.live(
      { ...input, seed: settings.seed },
      {
        onProgress: (progress) => changeJob({ progress }),
        ...feed.events((change) => changeJob({ live: change(store.get().job?.live ?? NOTHING_YET) })),
      },
      signal,
    )
    steer = run.change
    const result = await run.result.finally(feed.end)
    store.set({ film: { film: result.film, settings: { ...settings, ...settingsOf(result) } } })
    return show(result) // the engine was given the same input, and has made the same notes
  }

  /** The model that was asked for last, whichever others are asked for meanwhile. */
  const opened = async (): Promise<VideoEngine> => {
    for (;;) {
      if (current !== undefined) return current
      if (wanted === undefined) throw new ZoetropeError('model-missing', NONE_OPEN)
      await open()
      const { engine, problem } = store.get()
      if (engine === undefined && problem !== undefined)
        throw new ZoetropeError(problem.code, problem.message)
    }
  }

  /** One video at a time, with the model open. */
  const alone = async <T>(work: (signal: AbortSignal) => Promise<T>, model?: string): Promise<T> => {
    if (missing !== undefined) throw new ZoetropeError(missing.code, missing.message)
    if (stop !== undefined)
      throw new ZoetropeError('busy', 'One video at a time: cancel the running one first.')
    stop = new AbortController()
    ending = new AbortController()
    try {
      let engine = await opened()
      while (engine !== current) engine = await opened() // another was chosen in that moment
      if (model !== undefined && engine.card.model.id !== model) throw new OtherModel()
      store.set({ problem: undefined })
      return await work(stop.signal)
    } catch (error) {
      const failure = toFailure(error)
      const seed = store.get().job?.settings.seed
      if (failure.code !== 'cancelled' && !(error instanceof OtherModel))
        store.set({ problem: { ...failure, ...(seed !== undefined && { seed }) } })
      throw error
    } finally {
      stop = steer = undefined // first: whoever hears of the end may begin the next
      store.set({ job: undefined })
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    limits,
    open,
    withhold: () => want(undefined),
    isWithheld: () => missing === undefined && wanted === undefined,

    async plan(input) {
      const mine = ++lastPlan
      try {
        const planned = await current?.plan(input)
        if (planned?.speed !== undefined) store.set({ speed: planned.speed })
        if (mine === lastPlan)
          store.set({
            plan: planned?.memory,
            planned,
            loras: planned?.loras ?? [],
            planProblem: undefined,
          })
      } catch (error) {
        if (mine === lastPlan)
          store.set({ plan: undefined, planned: undefined, loras: [], planProblem: toFailure(error) })
      }
    },

    interruptedRuns: () => client.runs(),
    discardRun: (run) => client.discardRun(run),

    async generate(input, { onKept, onPiece, model } = {}) {
      let kept = input.resume?.run
      const remember = (id: string): void => {
        kept = id
        onKept?.(id)
      }
      try {
        const heard = { onKept: remember, ...(onPiece && { onPiece }) }
        return await alone((signal) => run(input, signal, ending!.signal, heard), model)
      } catch (error) {
        if (toFailure(error).code === 'cancelled' && kept !== undefined)
          void client.discardRun(kept).catch(() => undefined)
        throw error
      }
    },

    live: (input, isWatched = false) =>
      alone((signal) => {
        isPaced = isWatched
        return runLive(input, signal)
      }),

    change(change) {
      if ('watched' in change && !isPaced) return
      if ('stop' in change) changeJob({ isStopping: true })
      steer?.(change)
    },

    watch: feed.watch,
    collect: feed.collect,

    reportPlaying(playing) {
      const live = store.get().job?.live
      if (live !== undefined) changeJob({ live: { ...live, ...playing } })
    },

    cancel() {
      // What is to be opened may still be looked for.
      const { engine, problem } = store.get()
      const isWaited = engine === undefined && problem === undefined && stop === undefined
      if (isWaited && stopOpening === undefined) store.set({ problem: NOT_OPENED })
      stopOpening?.abort()
      stop?.abort()
      changeJob({ isStopping: true })
    },

    finish() {
      if (stop !== undefined) ending?.abort()
      changeJob({ isFinishing: true })
    },

    dismiss: () => store.set({ problem: missing }),
  }
}

// npm run generate: makes an MP4 from a prompt, with the page in a browser without a window.
import { basename } from 'node:path'
import { clipEndBytes } from '../media/clip-end-file'
import { limitsFor } from '../protocol/limits'
import type { LiveOptions } from '../protocol/live'
import type { LoraRecord } from '../protocol/lora'
import { SAMPLERS } from '../protocol/samplers'
import { toFailure } from '../protocol/errors'
import { normaliseSettings } from '../protocol/normalise'
import { filmSize, UPSCALES } from '../protocol/settings'
import { readArguments, type GenerateArguments } from './arguments'
import { launchProfile, PATIENCE } from './browser'
import { DIST, ensureBuilt } from './build'
import { checkTargets, usedFiles, type UsedFile } from './check-targets'
import { canGoOn, generateInPage, type Film, type FilmInput } from './drive'
import { findModel, type ChosenModel } from './find-model'
import { interruptedFolders, newFolder, wishOf, withWish, type InterruptedFolder } from './kept-runs'
import { progressLine } from './progress-line'
import { readClipEndFile } from './read-clip-end'
import { GIVEN_PATH, readControl, shownControl, type GivenControl } from './read-control'
import { mergeSettings, readPrompts } from './read-prompts'
import { otherModel, readRecipe, recipeNotes, withRecipe } from './read-recipe'
import { readImage } from './read-image'
import { readLora, recipeLoras, type GivenLora } from './read-lora'
import { readUpscaler } from './read-upscaler'
import { serveFolder, type ListedFiles, type Served } from './serve'
import { HelpWanted, UsageError } from './usage-error'
import { FilmElsewhere, writeFilm } from './write-film'

/** Of which every size is a multiple. */
const ANY_SIZE = { width: 1, height: 1, frames: 1, shortest: 1 }
/** What may stand beside a model. */
const ANYTHING = { hasTinyDecoder: true, upscales: UPSCALES }
const MODEL_PATH = '/chosen-model/'
const LORA_PATH = '/chosen-loras/'

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** A clip to make, as it is given to the page. */
interface Order {
  readonly args: GenerateArguments
  readonly model: ChosenModel
  readonly given: Pick<FilmInput, 'live' | 'files' | 'continueFrom'>
  readonly loras: readonly GivenLora[]
  readonly control?: GivenControl | undefined
  /** An interrupted run to go on with. */
  readonly before?: InterruptedFolder
  /** Called with the id of the model, once it is open. */
  readonly onModel?: (model: string) => void
}

/** Writes the film: until that is done its run can go on. */
async function makeFilm({ args, model, given, loras, control, before, onModel }: Order): Promise<Film> {
  await ensureBuilt(say)
  const folder = before ?? newFolder()
  const served = new Map(loras.map(({ path }, i) => [`${i}/${basename(path)}`, path]))
  const lists = {
    [MODEL_PATH]: model.files,
    [LORA_PATH]: { title: 'LoRAs', files: served },
    ...(control && { [GIVEN_PATH]: control.served }),
  }
  const server = await serveAt(lists, before)
  const line = progressLine(process.stderr)
  let isKept = before !== undefined
  const keep = (): void => {
    folder.write(wishOf(args, Number(new URL(server.url).port)))
    isKept = true
  }
  try {
    if (before) keep() // no other process takes it up meanwhile
    const browser = await launchProfile(folder.profile)
    try {
      const page = await browser.newPage()
      page.on('pageerror', (error) => say(`In the page: ${error.message}`))
      await page.goto(
        `${server.url}?${new URLSearchParams({ model: MODEL_PATH, ...args.choices }).toString()}`,
        { timeout: PATIENCE },
      )
      const film = {
        settings: args.input,
        ...given,
        row: { holdsColours: args.holdsColours, keepsEnd: args.keepEnd !== undefined },
        loras: loras.map(({ path, strength }, i) => ({
          name: basename(path),
          url: `${LORA_PATH}${i}/${encodeURIComponent(basename(path))}`,
          strength,
        })),
        ...(control && { control: shownControl(control) }),
        resume: args.resume,
      }
      try {
        const made = await generateInPage(page, film, {
          onProgress: line.show,
          onKept: keep,
          ...(onModel && { onModel }),
        })
        writeFilm({ out: args.out, mp4: made.mp4 }, endOf(args, made))
        isKept = false
        return made
      } catch (error) {
        isKept &&= !(error instanceof FilmElsewhere) && (await canGoOn(page))
        throw error
      }
    } finally {
      await browser.close()
    }
  } finally {
    line.end()
    await server.close()
    if (isKept) say('What was made so far is kept: npm run generate -- --resume continues it.')
    else folder.remove()
  }
}

/** The file of the clip's end, where one was asked for. */
function endOf(
  { keepEnd }: GenerateArguments,
  { end }: Film,
): { path: string; bytes: Uint8Array } | undefined {
  return keepEnd !== undefined && end ? { path: keepEnd, bytes: clipEndBytes(end) } : undefined
}

/** Serves the page; for an interrupted run at its own port, which is the origin of what it has stored. */
async function serveAt(
  lists: Readonly<Record<string, ListedFiles>>,
  before: InterruptedFolder | undefined,
): Promise<Served> {
  const port = before?.wish.port ?? 0
  try {
    return await serveFolder({ root: DIST, lists, port })
  } catch (error) {
    if (before === undefined) throw error
    throw new Error(
      `The interrupted run can only continue on port ${port} of this machine, which another program is using. Close that program and try again.`,
      { cause: error },
    )
  }
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}

function report({ out, json }: GenerateArguments, { facts }: Film): string {
  const {
    model,
    prompt,
    seed,
    width,
    height,
    fps,
    shift,
    sampler,
    cache,
    decoder,
    upscale,
    upscaler,
    imageSha256,
    continuesSha256,
    loras,
    lastImageSha256,
    control,
    codec,
    adapter,
    peakGpuBytes,
    plannedGpuBytes,
    latentsSha256,
    variants,
    notes,
    live,
    firstFrameSeconds,
    realTimeFactor,
  } = facts
  const film = filmSize(facts)
  const seconds = toMilliseconds(facts.seconds)
  const stages = facts.stages.map((time) => ({ ...time, seconds: toMilliseconds(time.seconds) }))
  if (!json)
    return `${out}: ${film.width}×${film.height}, ${facts.numFrames} frames, seed ${seed}, made in ${seconds.toFixed(1)} s on ${adapter}.`
  const {
    numFrames: frames,
    numInferenceSteps: steps,
    guidanceScale: guidance,
    guidanceScale2: guidance2,
  } = facts
  return JSON.stringify({
    out,
    model,
    prompt,
    seed,
    width,
    height,
    frames,
    fps,
    steps,
    guidance,
    ...(guidance2 !== undefined && { guidance2 }),
    shift,
    sampler,
    cache,
    decoder,
    upscale,
    ...(upscaler !== undefined && { upscaler }),
    ...(imageSha256 !== undefined && { imageSha256 }),
    ...(continuesSha256 !== undefined && { continuesSha256 }),
    ...(loras !== undefined && { loras }),
    ...(lastImageSha256 !== undefined && { lastImageSha256 }),
    ...(control && { control }),
    codec,
    adapter,
    seconds,
    stages,
    peakGpuBytes,
    plannedGpuBytes,
    latentsSha256,
    variants,
    ...(live && { live }),
    ...(firstFrameSeconds !== undefined && { firstFrameSeconds: toMilliseconds(firstFrameSeconds) }),
    ...(realTimeFactor !== undefined && { realTimeFactor: toMilliseconds(realTimeFactor) }),
    notes,
  })
}

/** "denoise: 10.4 s, 1.575 GB of GPU memory, 1.575 GB planned". */
function stageLine({
  stage,
  seconds,
  plannedGpuBytes,
  peakGpuBytes,
}: Film['facts']['stages'][number]): string {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(3)
  const memory = [
    peakGpuBytes !== undefined && `${gigabytes(peakGpuBytes)} GB of GPU memory`,
    plannedGpuBytes !== undefined && `${gigabytes(plannedGpuBytes)} GB planned`,
  ].filter((part) => part !== false)
  return `${stage}: ${[`${seconds.toFixed(1)} s`, ...memory].join(', ')}`
}

/** Those of the options, or else those of the recipe. */
async function chosenLoras(
  { loras, recipe }: GenerateArguments,
  records: readonly LoraRecord[],
): Promise<GivenLora[]> {
  if (loras.length > 0 || recipe === undefined) return loras.map(readLora)
  const found = await recipeLoras(records, recipe)
  for (const note of found.notes) say(note)
  return found.loras
}

function modelFiles({ files }: ChosenModel): UsedFile[] {
  return Array.from(files.files.values(), (path) => ({ option: '--model', path }))
}

/** A clip as the options ask for it. */
async function wanted(given: GenerateArguments): Promise<Film> {
  const model = findModel(given.models)
  const recipe = given.recipe === undefined ? undefined : await readRecipe(given.recipe)
  if (recipe !== undefined) for (const note of recipeNotes(recipe)) say(note)
  const prompts = given.live?.prompts === undefined ? [] : readPrompts(given.live.prompts)
  const first = prompts.find(({ seconds }) => seconds === 0)
  const input = mergeSettings(recipe?.settings, given.input, first)
  const args = { ...withRecipe(given, recipe ?? {}), input }
  // Refuses at once what no model takes; the engine checks the rest.
  const checked = normaliseSettings(input, limitsFor(ANY_SIZE, {}, SAMPLERS, ANYTHING))
  if (!checked.ok) throw new UsageError(checked.reason)
  const files = {
    ...(args.image !== undefined && { image: readImage(args.image) }),
    ...(args.lastImage !== undefined && { lastImage: readImage(args.lastImage, '--last-image') }),
    ...(args.upscaler !== undefined && { upscaler: readUpscaler(args.upscaler) }),
  }
  const loras = await chosenLoras(args, recipe?.loras ?? [])
  const control = args.control && readControl(args.control)
  const continueFrom = args.continueFrom === undefined ? undefined : await readClipEndFile(args.continueFrom)
  const loraFiles = loras.map(({ path }) => ({ option: '--lora', path }))
  checkTargets(args, [...usedFiles(args), ...loraFiles, ...modelFiles(model)])
  const live: LiveOptions | undefined = args.live && {
    seconds: args.live.seconds,
    prompts: prompts.filter((each) => each !== first),
    ...(args.live.cache && { cache: args.live.cache }),
  }
  for (const { wish } of interruptedFolders().slice(0, 1))
    say(`A run for ${wish.out} was interrupted: npm run generate -- --resume continues it.`)
  const shown = { files, ...(live && { live }), ...(continueFrom && { continueFrom }) }
  const onModel = (id: string): void => {
    const note = recipe && otherModel(recipe, id)
    if (note !== undefined) say(note)
  }
  return makeFilm({ args, model, given: shown, loras, control, onModel })
}

/** The run that was interrupted last, whose page has all that was given with it. @throws UsageError */
async function continued(asked: GenerateArguments): Promise<[GenerateArguments, Film]> {
  const [last] = interruptedFolders()
  if (last === undefined)
    throw new UsageError('There is no run to continue: none was interrupted, or it was too long ago.')
  const args = withWish(asked, last.wish)
  const model = findModel(args.models)
  checkTargets(args, modelFiles(model))
  return [args, await makeFilm({ args, model, given: { files: {} }, loras: [], before: last })]
}

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2))
  const [args, film] = asked.resume ? await continued(asked) : [asked, await wanted(asked)]
  for (const note of film.facts.notes) say(note)
  for (const time of film.facts.stages) say(stageLine(time))
  process.stdout.write(`${report(args, film)}\n`)
}

try {
  await main()
} catch (error) {
  if (error instanceof HelpWanted) console.log(error.message)
  else say(error instanceof Error ? error.message : String(error))
  if (toFailure(error).code === 'other-gpu') say('npm run generate -- --resume --any-gpu continues it here.')
  if (error instanceof Error && 'seed' in error && typeof error.seed === 'number')
    say(`The seed was ${error.seed}: --seed ${error.seed} makes the same video.`)
  process.exitCode = error instanceof HelpWanted ? 0 : error instanceof UsageError ? 2 : 1
}

// npm run generate: makes an MP4 from a prompt, with the page in a browser without a window.
import { limitsFor } from '../protocol/limits'
import { SAMPLERS } from '../protocol/samplers'
import { toFailure } from '../protocol/errors'
import { normaliseSettings } from '../protocol/normalise'
import type { SettingsInput } from '../protocol/settings'
import { readArguments, type GenerateArguments } from './arguments'
import { launchProfile, PATIENCE } from './browser'
import { DIST, ensureBuilt } from './build'
import { canGoOn, generateInPage, type Film } from './drive'
import { findModel, type ChosenModel } from './find-model'
import { interruptedFolders, newFolder, wishOf, type InterruptedFolder } from './kept-runs'
import { progressLine } from './progress-line'
import { readRecipe, recipeNotes } from './read-recipe'
import { readImage, type GivenImage } from './read-image'
import { serveFolder } from './serve'
import { HelpWanted, UsageError } from './usage-error'
import { checkOut, writeFilm } from './write-film'

/** Of which every size is a multiple. */
const ANY_SIZE = { width: 1, height: 1, frames: 1, shortest: 1 }
const MODEL_PATH = '/chosen-model/'

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** @param before an interrupted run to go on with */
async function makeFilm(
  args: GenerateArguments,
  image: GivenImage | undefined,
  model: ChosenModel,
  before: InterruptedFolder | undefined,
): Promise<Film> {
  await ensureBuilt(say)
  const folder = before ?? newFolder()
  const port = before?.wish.port ?? 0
  const server = await serveFolder({ root: DIST, lists: { [MODEL_PATH]: model.files }, port }).catch(
    (error: unknown) => {
      if (before === undefined) throw error
      throw new Error(
        `The interrupted run can only go on at port ${port} of this machine, which another program has now. End that, and try again.`,
        { cause: error },
      )
    },
  )
  const line = progressLine(process.stderr)
  let isKept = before !== undefined
  try {
    folder.write(wishOf(args, Number(new URL(server.url).port)))
    const browser = await launchProfile(folder.profile)
    try {
      const page = await browser.newPage()
      page.on('pageerror', (error) => say(`In the page: ${error.message}`))
      await page.goto(
        `${server.url}?${new URLSearchParams({ model: MODEL_PATH, ...args.choices }).toString()}`,
        { timeout: PATIENCE },
      )
      try {
        const film = await generateInPage(page, args.input, image, line.show, args.resume)
        isKept = false
        return film
      } catch (error) {
        isKept = await canGoOn(page)
        throw error
      }
    } finally {
      await browser.close()
    }
  } finally {
    line.end()
    await server.close()
    if (isKept) say(GO_ON)
    else folder.remove()
  }
}

const GO_ON = 'What was made so far is kept: npm run generate -- --resume continues it.'

/** The arguments of the run that was interrupted last. @throws UsageError where there is none */
function interruptedRun({ json, out, resume }: GenerateArguments): [GenerateArguments, InterruptedFolder] {
  const [last] = interruptedFolders()
  if (last === undefined)
    throw new UsageError('There is no run to continue: none was interrupted, or it is too long ago.')
  const { input, image, models, choices, out: own } = last.wish
  return [
    {
      input,
      ...(image !== undefined && { image }),
      models,
      choices,
      json,
      out: out === '' ? own : out,
      ...(resume && { resume }),
    },
    last,
  ]
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
    imageSha256,
    codec,
    adapter,
    peakGpuBytes,
    plannedGpuBytes,
    latentsSha256,
    variants,
    notes,
  } = facts
  const seconds = toMilliseconds(facts.seconds)
  const stages = facts.stages.map((time) => ({ ...time, seconds: toMilliseconds(time.seconds) }))
  if (!json)
    return `${out}: ${width}×${height}, ${facts.numFrames} frames, seed ${seed}, made in ${seconds.toFixed(1)} s on ${adapter}.`
  const { numFrames: frames, numInferenceSteps: steps, guidanceScale: guidance } = facts
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
    shift,
    sampler,
    cache,
    decoder,
    ...(imageSha256 !== undefined && { imageSha256 }),
    codec,
    adapter,
    seconds,
    stages,
    peakGpuBytes,
    plannedGpuBytes,
    latentsSha256,
    variants,
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

async function main(): Promise<void> {
  const asked = readArguments(process.argv.slice(2))
  const [given, before] = asked.resume ? interruptedRun(asked) : [asked, undefined]
  if (before === undefined)
    for (const { wish } of interruptedFolders().slice(0, 1))
      say(`A run for ${wish.out} was interrupted: npm run generate -- --resume continues it.`)
  const model = findModel(given.models)
  const recipe = given.recipe === undefined ? undefined : await readRecipe(given.recipe)
  if (recipe !== undefined) for (const note of recipeNotes(recipe, given.models.join(', '))) say(note)
  const input: SettingsInput = { ...recipe?.settings, ...given.input }
  const args = { ...given, input }
  // Refuses at once what no model takes; the engine checks the rest.
  const checked = normaliseSettings(input, limitsFor(ANY_SIZE, {}, SAMPLERS, true))
  if (!checked.ok) throw new UsageError(checked.reason)
  const image = args.image === undefined ? undefined : readImage(args.image)
  checkOut(args.out)
  const film = await makeFilm(args, image, model, before)
  for (const note of film.facts.notes) say(note)
  for (const time of film.facts.stages) say(stageLine(time))
  writeFilm(args.out, film.mp4)
  process.stdout.write(`${report(args, film)}\n`)
}

try {
  await main()
} catch (error) {
  if (error instanceof HelpWanted) console.log(error.message)
  else say(error instanceof Error ? error.message : String(error))
  if (toFailure(error).code === 'other-gpu') say('npm run generate -- --resume --any-gpu continues it here.')
  process.exitCode = error instanceof HelpWanted ? 0 : error instanceof UsageError ? 2 : 1
}

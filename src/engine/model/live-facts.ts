// How a causal model makes films: of published files by their names, of others by their manifest.
import type { Networks, PictureUse, Weights } from '../../models/family'
import type { KvWindow } from '../../models/blocks/kv-cache'
import { chunkSteps, evenSteps } from '../../sampling/causal'
import type { CheckedJson } from '../../weights/sources/checked-json'
import type { FilmRecipe } from '../film'

/** The role of a causal student beside a model's own transformer. */
export const CAUSAL_ROLE = 'causalDit'

/** How a causal model was trained to make films. */
export interface LiveFacts {
  /** The file of its weights: the model's own transformer, or a student beside it. */
  readonly role: 'dit' | typeof CAUSAL_ROLE
  /** Latent frames of a chunk. */
  readonly chunk: number
  readonly isFirstAlone: boolean
  /**
   * As in the official configs: numbers of the training's table, where they are warped. Of the students of `training/`
   * how many they are, on an even grid.
   */
  readonly steps: readonly number[] | number
  readonly firstSteps?: readonly number[]
  readonly shift: number
  readonly isWarped: boolean
  readonly contextTimestep: number
  readonly window: KvWindow
  readonly recache?: FilmRecipe['recache']
  /** Whether a picture is a frame of the first chunk, which is held in it, and not a chunk before it. */
  readonly holdsPicture?: boolean
}

/** The steps of Self-Forcing and its relatives. */
const FOUR_STEPS = [1000, 750, 500, 250]

/** Self-Forcing's, which its relatives share. */
const SELF_FORCING: LiveFacts = {
  role: 'dit',
  chunk: 3,
  isFirstAlone: false,
  steps: FOUR_STEPS,
  shift: 5,
  isWarped: true,
  contextTimestep: 0,
  // 21 latent frames are what it was trained for; a longer film keeps its first chunk and the latest frames.
  window: { frames: 21, sink: 3, isRelative: true },
}

const FRAMEWISE: LiveFacts = { ...SELF_FORCING, chunk: 1, window: { ...SELF_FORCING.window, sink: 1 } }

/** The students of `training/`, which a manifest may leave undescribed. */
const STUDENT: LiveFacts = {
  ...SELF_FORCING,
  role: CAUSAL_ROLE,
  steps: 4,
  shift: 3,
  window: { frames: 9, sink: 3, isRelative: true },
}

/** A published causal model. */
export interface KnownLive {
  readonly id: string
  readonly name: string
  readonly facts: LiveFacts
}

const LONG_LIVE: LiveFacts = {
  ...SELF_FORCING,
  window: { frames: 12, sink: 3, isRelative: true },
  recache: 'behind-sink',
}

/** By file names, the first that fits; paths hold the folders of their repositories. */
const PUBLISHED: readonly (KnownLive & { readonly file: RegExp })[] = [
  {
    file: /(^|[/_-])framewise[_-]?1[_-]?step/i,
    id: 'causal-forcing-1step-1.3b',
    name: 'Causal-Forcing++ 1-step 1.3B',
    facts: { ...FRAMEWISE, firstSteps: FOUR_STEPS, steps: [1000] },
  },
  {
    file: /(^|[/_-])framewise[_-]?2[_-]?step/i,
    id: 'causal-forcing-2step-1.3b',
    name: 'Causal-Forcing++ 2-step 1.3B',
    facts: { ...FRAMEWISE, firstSteps: FOUR_STEPS, steps: [1000, 500] },
  },
  {
    file: /framewise/i,
    id: 'causal-forcing-framewise-1.3b',
    name: 'Causal-Forcing framewise 1.3B',
    facts: FRAMEWISE,
  },
  {
    file: /causal[_-]?forcing/i,
    id: 'causal-forcing-1.3b',
    name: 'Causal-Forcing 1.3B',
    facts: SELF_FORCING,
  },
  { file: /long[_-]?live/i, id: 'longlive-1.3b', name: 'LongLive 1.3B', facts: LONG_LIVE },
  { file: /self[_-]?forcing/i, id: 'self-forcing-1.3b', name: 'Self-Forcing 1.3B', facts: SELF_FORCING },
]

/** Of a model in the catalogue; undefined where it makes no films. */
export function liveOf(id: string): LiveFacts | undefined {
  return PUBLISHED.find((each) => each.id === id)?.facts
}

const LONG_LIVE_2: KnownLive = {
  id: 'longlive-2.0-5b',
  name: 'LongLive 2.0 5B',
  facts: {
    ...SELF_FORCING,
    chunk: 8,
    window: { frames: 32, sink: 8, isRelative: true },
    recache: 'behind-sink',
    holdsPicture: true,
  },
}

/** Copies of a generator in checkpoints of Self-Forcing's form. */
const GENERATOR = /(^|\.)generator(_ema)?\./

/** What is known of a transformer's file. */
export interface CausalSigns {
  /** With the folders that it was picked with. */
  readonly path: string
  /** Before the names of its tensors. */
  readonly prefix: string
  /** Whether it is Wan 2.2 TI2V's, which has latents of its own. */
  readonly isTi2v: boolean
}

/**
 * The published causal model that a file is: by its name; else, where its tensors stand under a generator, Self-Forcing,
 * whose form that is. Tensors alone are those of text to video.
 */
export function knownLive({ path, prefix, isTi2v }: CausalSigns): KnownLive | undefined {
  if (isTi2v) return /long[_-]?live/i.test(path) || GENERATOR.test(prefix) ? LONG_LIVE_2 : undefined
  const named = PUBLISHED.find(({ file }) => file.test(path))
  if (named) return { id: named.id, name: named.name, facts: named.facts }
  const own = PUBLISHED.at(-1)!
  return GENERATOR.test(prefix) ? { id: own.id, name: own.name, facts: own.facts } : undefined
}

const listOf = (item: CheckedJson): number[] => item.items().map((each) => each.integer(1, 1000))

function stepsOf(item: CheckedJson): LiveFacts['steps'] {
  if (!item.isList()) return item.integer(1, 1000)
  const list = listOf(item)
  if (list.length === 0)
    throw item.error('a list of one or more steps, or how many there are on an even grid')
  return list
}

/**
 * The `live` of a manifest, whose absent numbers are those of the students of `training/`.
 * @param roles of its files. @throws WeightsError
 */
export function parseLive(manifest: CheckedJson, roles: readonly string[]): LiveFacts | undefined {
  const at = manifest.optional('live')
  const hasStudent = roles.includes(CAUSAL_ROLE)
  if (!at) return hasStudent ? STUDENT : undefined
  const steps = at.optional('steps')
  const first = at.optional('firstSteps')
  const frames = at.optional('windowFrames')?.integer(1, 10000) ?? STUDENT.window.frames
  const chunk = at.optional('chunk')?.integer(1, 64) ?? STUDENT.chunk
  const sink = at.optional('sinkFrames')?.integer(0, 10000) ?? Math.min(STUDENT.window.sink, frames - chunk)
  if (sink + chunk > frames)
    throw at.error(`a window that holds its sink and a chunk: ${sink} and ${chunk} frames, not ${frames}`)
  const isRelative = at.optional('isRelative')?.boolean() ?? true
  const holdsPicture = at.optional('holdsPicture')?.boolean() ?? false
  return {
    role: hasStudent ? CAUSAL_ROLE : 'dit',
    chunk,
    isFirstAlone: at.optional('isFirstAlone')?.boolean() ?? false,
    steps: steps ? stepsOf(steps) : STUDENT.steps,
    ...(first && first.items().length > 0 && { firstSteps: listOf(first) }),
    shift: at.optional('shift')?.number(0.01, 100) ?? STUDENT.shift,
    isWarped: at.optional('isWarped')?.boolean() ?? true,
    contextTimestep: at.optional('contextTimestep')?.number(0, 1000) ?? 0,
    window: { frames, sink, ...(isRelative && { isRelative }) },
    ...(holdsPicture && { holdsPicture }),
    ...(at.has('recache') && { recache: at.get('recache').oneOf(['all', 'behind-sink']) }),
  }
}

/** How a film of the model is made, with the part of it that a chunk attends to. */
export function filmRecipe(facts: LiveFacts, window: KvWindow): FilmRecipe {
  const { chunk, isFirstAlone, steps, firstSteps, shift, isWarped, contextTimestep, recache } = facts
  return {
    chunk,
    isFirstAlone,
    steps: typeof steps === 'number' ? evenSteps(steps, shift) : chunkSteps(steps, shift, isWarped),
    ...(firstSteps && { firstSteps: chunkSteps(firstSteps, shift, isWarped) }),
    window,
    contextTimestep,
    ...(recache && { recache }),
  }
}

/** A picture is the first latent frame of a film. */
const FIRST_FRAME: PictureUse = { as: 'held', fit: 'cover', takesLast: false, isNeeded: false }

/** A tensor that only whole autoencoders have. */
const ENCODER_SIGN = 'encoder.conv1.weight'

/**
 * The networks with the denoiser that makes films. One that was trained frame by frame takes a picture as the first
 * frame, where the autoencoder's file has its encoder.
 */
export function withFilms(networks: Networks, { role, chunk }: LiveFacts, { vae }: Weights = {}): Networks {
  const { openFilmEncoder } = networks
  const takesPicture = role === 'dit' && chunk === 1 && vae?.tensors.has(ENCODER_SIGN) === true
  return {
    ...networks,
    ...(takesPicture && openFilmEncoder && { openEncoder: openFilmEncoder, pictures: FIRST_FRAME }),
    async openFilmDenoiser(at) {
      const denoiser = await networks.openDenoiser(at, role)
      const { openCache, extend } = denoiser
      if (!openCache || !extend) throw new Error('A family has live facts, and its denoiser makes no films.')
      return { ...denoiser, openCache, extend }
    },
  }
}

// Causal students of Wan 2.1 1.3B: they make films that play while they are made.
import { FAST, TINY_DECODER, type CatalogueEntry } from './entry'
import { CATALOGUE_FILES } from './files'

const { dit, textEncoder, vae } = CATALOGUE_FILES
const WAN = "Wan 2.1 by Alibaba's Wan team"
const FILES = 'text encoder by city96; VAE repackaged by Comfy Org'

const COMMON = {
  licence: 'Apache-2.0',
  extras: [TINY_DECODER],
  defaults: { ...FAST, numInferenceSteps: 4, shift: 5, sampler: 'self-forcing' },
  sizes: [
    { width: 832, height: 480 },
    { width: 480, height: 832 },
    { width: 416, height: 240 },
  ],
  // With keys and values in 8 bits and the tiny decoder.
  memoryBytes: 5.4e9,
} satisfies Partial<CatalogueEntry>

export const CAUSAL: readonly CatalogueEntry[] = [
  {
    ...COMMON,
    id: 'self-forcing-1.3b',
    title: 'Self-Forcing 1.3B',
    about: 'Plays while it is made: twelve frames at a time, in four steps without guidance.',
    attribution: `${WAN}; distilled by the authors of Self-Forcing at Adobe Research and UT Austin; ${FILES}.`,
    files: [dit.selfForcing, textEncoder.q5, vae.wan21],
  },
  {
    ...COMMON,
    id: 'causal-forcing-2step-1.3b',
    title: 'Causal-Forcing++ 2-step 1.3B',
    about: 'Plays while it is made: four frames at a time, in two steps; a film may begin with a picture.',
    attribution: `${WAN}; distilled by the authors of Causal-Forcing at Tsinghua University, Shengshu and UT Austin; ${FILES}.`,
    files: [dit.causalForcing2Step, textEncoder.q5, vae.wan21],
  },
  {
    ...COMMON,
    id: 'causal-forcing-1step-1.3b',
    title: 'Causal-Forcing++ 1-step 1.3B',
    about: 'The fastest that plays while it is made: four frames at a time, in one step.',
    attribution: `${WAN}; distilled by the authors of Causal-Forcing at Tsinghua University, Shengshu and UT Austin; ${FILES}.`,
    files: [dit.causalForcing1Step, textEncoder.q5, vae.wan21],
  },
]

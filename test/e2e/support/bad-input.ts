import type { SettingsInput } from '../../../src/protocol/settings'

/** Input that page and command line refuse in the same words. */
export const REFUSED: readonly { input: SettingsInput; flags: readonly string[]; answer: string }[] = [
  { input: { prompt: '' }, flags: [''], answer: 'The prompt is empty: describe what the video should show.' },
  {
    input: { numInferenceSteps: '0' },
    flags: ['a red ball', '--steps', '0'],
    answer: 'Steps must be a whole number from 1 to 200; 0 is outside.',
  },
  {
    input: { numInferenceSteps: '1e9' },
    flags: ['a red ball', '--steps', '1e9'],
    answer: 'Steps must be a whole number from 1 to 200; 1000000000 is outside.',
  },
  {
    input: { guidanceScale: 'NaN' },
    flags: ['a red ball', '--guidance', 'NaN'],
    answer: 'Guidance must be a number from 0 to 20; "NaN" is not a number.',
  },
  {
    input: { seed: '-1' },
    flags: ['a red ball', '--seed', '-1'],
    answer: 'Seed must be a whole number from 0 to 9007199254740991; -1 is outside.',
  },
  {
    input: { seed: '9007199254740992' },
    flags: ['a red ball', '--seed', '9007199254740992'],
    answer: 'Seed must be a whole number from 0 to 9007199254740991; 9007199254740992 is outside.',
  },
  {
    input: { seed: 'abc' },
    flags: ['a red ball', '--seed=abc'],
    answer: 'Seed must be a whole number from 0 to 9007199254740991; "abc" is not a number.',
  },
  {
    input: { sampler: 'ddim' },
    flags: ['a red ball', '--sampler', 'ddim'],
    answer:
      'Sampler must be one of unipc, dpm++, euler, dmd, dmd-warped, rcm, self-forcing; "ddim" is none of them.',
  },
]

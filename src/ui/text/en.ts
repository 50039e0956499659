// Every text of the page, in English. Chinese has the same keys: the types see to it.
import { formatBytes, formatPace, formatSeconds, PROBLEM_TITLES, STAGE_WORDS } from '../words'
import type { ErrorCode } from '../../protocol/errors'
import { check } from './en/check'
import { clips } from './en/clips'
import { control } from './en/control'
import { create } from './en/create'
import { help } from './en/help'
import { live } from './en/live'
import { loras } from './en/loras'
import { models } from './en/models'
import { range } from './en/numbers'

export const en = {
  code: 'en',
  name: 'English',
  bytes: formatBytes,
  duration: formatSeconds,
  pace: formatPace,
  range,
  /** A sentence of the gate for settings, which speaks English. */
  sentence: (text: string) => text,
  stages: STAGE_WORDS,
  problems: PROBLEM_TITLES,
  /** Advice before a sentence of the engine, which speaks English: where the page does too, there is none. */
  problemAdvice: {} as Readonly<Partial<Record<ErrorCode, string>>>,
  close: 'Close',
  title: 'Zoetrope: text to video on your own GPU',
  heading: 'Describe it. Watch it move.',
  promise: (adapter: string | undefined) =>
    `Made on ${adapter === undefined ? 'your own GPU' : `your own GPU (${adapter})`}. It works offline, and nothing leaves this machine.`,
  promiseOpening: 'Made on your own GPU. It works offline, and nothing leaves this machine.',
  nav: {
    label: 'Sections',
    create: 'Create',
    gallery: 'Gallery',
    models: 'Models',
    help: 'Help',
    offline: 'Offline: everything still works',
    running: (percent: number) => `${percent} %: back to the video that is being made`,
  },
  footer: {
    theme: 'Theme',
    themes: { auto: 'Automatic', light: 'Light', dark: 'Dark' },
    language: 'Language',
    shortcuts: 'Shortcuts',
    install: 'Install',
  },
  ...create,
  ...control,
  ...clips,
  ...models,
  ...loras,
  ...help,
  ...check,
  ...live,
}

export type Words = typeof en

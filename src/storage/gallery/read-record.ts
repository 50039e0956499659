// A clip's record in a backup: another browser's, another version's or a stranger's.
import { CONTROL_TASKS } from '../../protocol/control'
import { GIVEN_ROLES, MOST_GIVEN } from '../../protocol/gallery'
import { parseBoundedJson, type JsonLimits } from '../../weights/formats/bounded-json'
import type { StoredRecord } from './clip-files'

const RECORD: JsonLimits = { bytes: 1 << 20, depth: 8, containers: 5_000, values: 20_000 }
/** The latest date there is. */
const LATEST = 8.64e15

type Loose = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): boolean => typeof value === 'string'
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const isSize = (value: unknown): boolean => isNumber(value) && Number(value) > 0
const isStage = (value: unknown): boolean =>
  isObject(value) && isText(value['stage']) && isNumber(value['seconds'])
const listOf =
  (isItem: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every(isItem)

/** What the page shows of a clip: what it could not show is not taken. */
const SHOWN: Readonly<Record<string, (value: unknown) => boolean>> = {
  prompt: isText,
  seed: isNumber,
  width: isSize,
  height: isSize,
  numFrames: isSize,
  fps: isSize,
  numInferenceSteps: isNumber,
  guidanceScale: isNumber,
  shift: isNumber,
  sampler: isText,
  model: isText,
  modelVersion: isText,
  codec: isText,
  adapter: isText,
  seconds: isNumber,
  peakGpuBytes: isNumber,
  plannedGpuBytes: isNumber,
  stages: listOf(isStage),
  notes: listOf(isText),
}

/** The part of a record that is taken over. */
export type KeptRecord = Pick<StoredRecord, 'madeAt' | 'isStarred' | 'facts' | 'given'>

const LONGEST_NAME = 300

const isName = (value: unknown): boolean => isText(value) && String(value).length <= LONGEST_NAME

/** What a control is made again with. */
function isControl(value: unknown): boolean {
  if (!isObject(value) || !isNumber(value['strength'])) return false
  const { task, maskKeys = [] } = value
  return (task === undefined || CONTROL_TASKS.some((each) => each === task)) && listOf(isObject)(maskKeys)
}

function isGiven(value: unknown): boolean {
  if (!isObject(value)) return false
  const { role, name, type } = value
  return GIVEN_ROLES.some((each) => each === role) && isName(name) && isName(type)
}

function areGiven(value: unknown): boolean {
  return listOf(isGiven)(value) && (value as readonly unknown[]).length <= MOST_GIVEN
}

function isRecord(value: unknown): value is KeptRecord {
  if (!isObject(value) || !isNumber(value['madeAt']) || !isObject(value['facts'])) return false
  const { madeAt, facts, given } = value
  return (
    (given === undefined || areGiven(given)) &&
    (facts['control'] === undefined || isControl(facts['control'])) &&
    Number(madeAt) >= 0 &&
    Number(madeAt) <= LATEST &&
    Object.entries(SHOWN).every(([name, isFit]) => isFit(facts[name]))
  )
}

/** Undefined where the bytes are no record of a clip. */
export function readRecord(bytes: Uint8Array): KeptRecord | undefined {
  const refuse = (problem: string): never => {
    throw new Error(problem)
  }
  try {
    const value = parseBoundedJson(bytes, RECORD, 'it', refuse)
    return isRecord(value) ? { ...value, isStarred: value.isStarred === true } : undefined
  } catch {
    return undefined
  }
}

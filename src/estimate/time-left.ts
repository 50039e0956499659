// One time left for a whole run, corrected as it goes. Its clock moves between the reports of the engine.
import type { StageSeconds } from '../protocol/estimate'
import { STAGES, type Stage, type StageProgress } from '../protocol/progress'

/** What was seen of a run so far. Times are in milliseconds. */
export interface Followed {
  begunAt: number
  stage: Stage | undefined
  stageBegunAt: number
  /** Steps that were done when the stage began: those of an interrupted run that goes on. */
  from: number
  step: number
  steps: number
  /** When the first and the last step of the stage ended. */
  firstStepAt: number
  lastStepAt: number
  /** Of the stages that are over. */
  done: StageSeconds
}

export function beginRun(now: number): Followed {
  return {
    begunAt: now,
    stage: undefined,
    stageBegunAt: now,
    from: 0,
    step: 0,
    steps: 0,
    firstStepAt: now,
    lastStepAt: now,
    done: {},
  }
}

export function followRun(run: Followed, progress: StageProgress, now: number): Followed {
  const { stage, step, steps } = progress
  if (stage === run.stage) {
    if (step === run.step) return run
    return {
      ...run,
      step,
      steps,
      lastStepAt: now,
      firstStepAt: run.step === run.from ? now : run.firstStepAt,
    }
  }
  const seconds = (now - run.stageBegunAt) / 1000
  const done = run.stage === undefined ? run.done : { ...run.done, [run.stage]: seconds }
  return {
    ...run,
    stage,
    stageBegunAt: now,
    from: step,
    step,
    steps,
    firstStepAt: now,
    lastStepAt: now,
    done,
  }
}

export interface RunReading {
  /** Seconds since the run began. */
  elapsed: number
  /** Seconds; undefined while nothing is known. */
  left: number | undefined
  /** How much of each stage is done, 0 … 1. */
  shares: Readonly<Record<Stage, number>>
  /** How much of the run is done, 0 … 1. */
  done: number
}

/** Of a run of which nothing is known: how the stages stand to each other. */
const GUESS: Readonly<Record<Stage, number>> = {
  load: 2,
  tokenise: 0.3,
  tune: 0.3,
  encode: 1.5,
  condition: 1.5,
  denoise: 6,
  decode: 5,
  finish: 0.3,
}
/** How much a prediction weighs against what is seen, in parts of the whole run. */
const TRUST = 0.15
/** A step that is late moves on ever slower, and never past its end. */
const LATE = 0.95

/**
 * What the current stage takes as a whole from where it began, by its own steps; undefined before the first one has
 * ended.
 */
function stageTotal({
  from,
  step,
  steps,
  stageBegunAt,
  firstStepAt,
  lastStepAt,
}: Followed): number | undefined {
  if (step === from || steps === 0) return undefined
  const spent = (lastStepAt - stageBegunAt) / 1000
  // The first step has the warming up in it: from the second one on it does not count for those to come.
  const ended = step - from
  const rate = ended > 1 ? (lastStepAt - firstStepAt) / 1000 / (ended - 1) : spent
  return spent + rate * (steps - step)
}

/** How far inside the current stage, counting the time since its last step. */
function stageShare(run: Followed, expected: number | undefined, now: number): number {
  const { from, step, steps, stageBegunAt, lastStepAt } = run
  if (steps === 0) return 0
  const whole = stageTotal(run) ?? expected
  if (step >= steps) return 1
  if (whole === undefined || whole <= 0) return step / steps
  const perStep = Math.max(0.05, whole / (steps - from))
  const since = (now - (step === from ? stageBegunAt : lastStepAt)) / 1000
  return Math.min(1, (step + LATE * (1 - Math.exp(-since / perStep))) / steps)
}

/**
 * @param expected seconds of each stage, as predicted
 * @param isMeasured whether those rest on this machine: else only their proportions are trusted, once a step was seen
 */
export function readRun(
  run: Followed,
  expected: StageSeconds | undefined,
  isMeasured: boolean,
  now: number,
): RunReading {
  const weights = Object.fromEntries(
    STAGES.map((stage) => [stage, expected?.[stage] ?? (expected === undefined ? GUESS[stage] : 0)]),
  ) as Record<Stage, number>
  const place = run.stage === undefined ? -1 : STAGES.indexOf(run.stage)
  const whole = STAGES.reduce((sum, stage) => sum + weights[stage], 0)
  const trust = isMeasured ? TRUST * whole : 0

  const own = stageTotal(run)
  let predicted = trust
  let seen = trust
  for (const [i, stage] of STAGES.entries()) {
    if (i < place && run.done[stage] !== undefined && weights[stage] > 0) {
      predicted += weights[stage]
      seen += run.done[stage] ?? 0
    } else if (i === place && own !== undefined) {
      const share = (run.step - run.from) / run.steps
      predicted += weights[stage] * share
      seen += (run.lastStepAt - run.stageBegunAt) / 1000
    }
  }
  const pace = predicted > 0 ? seen / predicted : 1
  const toCome = run.steps === 0 ? 1 : 1 - run.from / run.steps
  const stageExpected = run.stage === undefined ? undefined : weights[run.stage] * pace * toCome
  const inStage = stageShare(run, isMeasured ? stageExpected : undefined, now)
  const shares = Object.fromEntries(
    STAGES.map((stage, i) => [stage, i < place ? 1 : i === place ? inStage : 0]),
  ) as Record<Stage, number>

  const elapsed = Math.max(0, (now - run.begunAt) / 1000)
  const isKnown = isMeasured || (expected !== undefined && run.stage === 'denoise' && own !== undefined)
  const isLate = place > STAGES.indexOf('denoise')
  let left: number | undefined
  if (isKnown || isLate) {
    const later = STAGES.reduce((sum, stage, i) => sum + (i > place ? weights[stage] * pace : 0), 0)
    const stageWhole = own ?? stageExpected ?? 0
    const inThis = (now - run.stageBegunAt) / 1000
    const rest = Math.max(stageWhole - inThis, (1 - inStage) * Math.min(stageWhole, inThis + 1) * 0.5)
    left = Math.max(0, later + (inStage >= 1 ? 0 : rest))
  }
  const guessed =
    STAGES.reduce((sum, stage) => sum + weights[stage] * shares[stage], 0) / Math.max(1e-9, whole)
  const done = left === undefined ? guessed : elapsed / Math.max(1e-9, elapsed + left)
  return { elapsed, left, shares, done: Math.min(1, Math.max(0, done)) }
}

// Compares the page's estimates with what was measured. Each size is made a few times; its median is held against the
// prediction from the runs of the other sizes. Run it on a machine that does nothing else: npx tsx
// tools/check-estimates.ts [--model FOLDER] [--sizes 64x64x33,96x96x33,128x128x33] [--runs 5]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SHAPES, WAN_SHAPE } from '../src/catalogue/shapes'
import { predict } from '../src/estimate/predict'
import { passesOf } from '../src/estimate/work'
import type { RunRecord } from '../src/protocol/estimate'
import type { DecoderId, Upscale } from '../src/protocol/settings'

const LIMIT = 0.25

interface Report {
  model: string
  adapter: string
  width: number
  height: number
  frames: number
  steps: number
  guidance: number
  decoder: DecoderId
  upscale: Upscale
  stages: { stage: string; seconds: number }[]
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    sizes: { type: 'string', default: '64x64x33,96x96x33,128x128x33' },
    runs: { type: 'string', default: '5' },
  },
})

function make(width: string, height: string, frames: string): RunRecord {
  const folder = mkdtempSync(join(tmpdir(), 'zoetrope-estimate-'))
  try {
    const size = ['--width', width, '--height', height, '--frames', frames]
    const model = values.model === undefined ? [] : ['--model', values.model]
    const args = ['run', '--silent', 'generate', '--', 'a red ball', '--seed', '1', ...size, ...model]
    const { stdout, status } = spawnSync('npm', [...args, '--json', '--out', join(folder, 'clip.mp4')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (status !== 0) throw new Error(`A run ended with status ${status}.`)
    const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Report
    return {
      model: report.model,
      adapter: report.adapter,
      width: report.width,
      height: report.height,
      frames: report.frames,
      passes: passesOf(report.steps, report.guidance),
      decoder: report.decoder,
      upscale: report.upscale,
      stages: Object.fromEntries(
        report.stages.filter(({ stage }) => stage !== 'tune').map(({ stage, seconds }) => [stage, seconds]),
      ),
      at: Date.now(),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const total = ({ stages }: RunRecord): number =>
  Object.values(stages).reduce((sum, seconds) => sum + seconds, 0)

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
}

const runs = values.sizes.split(',').map((size) => {
  const [width = '', height = '', frames = ''] = size.split('x')
  return { size, records: Array.from({ length: Number(values.runs) }, () => make(width, height, frames)) }
})
let worst = 0
for (const { size, records } of runs) {
  const [first] = records
  if (first === undefined) continue
  const others = runs.filter((each) => each.size !== size).flatMap((each) => each.records)
  const shape = SHAPES[first.model] ?? WAN_SHAPE
  const known = { model: first.model, shape, shapes: SHAPES, adapter: first.adapter, runs: others }
  const likely = predict(known, first)?.likely ?? Number.NaN
  const came = median(records.map(total))
  worst = Math.max(worst, Math.abs(likely / came - 1))
  console.log(
    `${size}: ${likely.toFixed(2)} s predicted, ${came.toFixed(2)} s came, off by ${(100 * (likely / came - 1)).toFixed(0)} %`,
  )
}
process.exitCode = worst <= LIMIT ? 0 : 1

// npm run test:golden: the models against the official implementation's tensors, in GOLDEN_DIR or test/golden.
// With `-- --report` docs/accuracy.md gets the table of this run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeRun, writeSection } from '../tools/report-section'
import { accuracyReport } from './golden-report'
import { gpuCases } from './support/gpu-cases'
import type { RecordedComparison } from './support/golden'

const REPORT = 'docs/accuracy.md'

const { values } = parseArgs({ options: { report: { type: 'boolean', default: false } } })
console.log(
  `GPUs: ${gpuCases()
    .map(({ name }) => name)
    .join(', ')}`,
)
console.log(`Goldens: ${process.env['GOLDEN_DIR'] ?? 'test/golden'}`)
const folder = mkdtempSync(join(tmpdir(), 'zoetrope-golden-'))
const record = join(folder, 'comparisons.jsonl')
writeFileSync(record, '')
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', 'test/model', '--mode', 'goldens', '--disable-console-intercept', '--reporter=default'],
  {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, GOLDEN_RECORD: record },
  },
)
const comparisons = readFileSync(record, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as RecordedComparison)
rmSync(folder, { recursive: true })
if (values.report) {
  if (status !== 0) console.error(`${REPORT} stays as it is: the comparisons did not hold.`)
  else {
    writeSection(REPORT, 'test:golden', accuracyReport(comparisons, describeRun()))
    console.log(`${REPORT} has the ${comparisons.length} comparisons of this run.`)
  }
}
process.exit(status ?? 1)

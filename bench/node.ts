// The bench on Dawn in Node; bundled by bench/main.ts, and for other machines by bench/pack.ts.
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { nodeGpu, type AdapterName } from '../test/support/adapter'
import { fitForOrt } from '../test/support/ort-in-node'
import { writeSection } from '../tools/report-section'
import { runBench } from './bench'
import { parseOptions } from './options'
import { optionsText, reportKey, reportSection } from './report'
import type { BenchResult } from './result'
import { writeResults } from './result-file'
import { cells, COLUMNS, line } from './table'

const ADAPTERS: Readonly<Record<string, AdapterName>> = {
  lavapipe: 'llvmpipe',
  swiftshader: 'swiftshader',
  system: 'system',
}

const USAGE = `npm run bench -- [options]
  --adapter lavapipe|swiftshader|system   the GPU; the machine's own unless given
  --filter TEXT,TEXT                      only rows whose name contains one of these
  --size full|small                       Wan's real shapes, or scaled down; by default small on software adapters
  --storage f32|f16                       type of activations; f16 where the adapter has it
  --variants default|tuned|FAMILY=NAME,…  variants of the kernels, such as linear=128,attention=tile_f16: the defaults, those that the
                                          engine's tuner picks for each row, or these; tuned on GPUs by default
  --limit SECONDS                         no row begins later than so long after the start
  --out FILE                              the JSON array, rewritten after every row
  --report FILE                           a Markdown table of this adapter in FILE, rewritten after every row; the rest of FILE stays
  --profile                               which kernels a row's time goes to, each timed by itself
  --alone                                 without onnxruntime-web
  --quick                                 fewer samples, no whole models
  --json                                  one JSON array on standard output, the table on standard error
  --verbose                               what begins, on standard error`

setFlagsFromString('--wasm-lazy-compilation') // little of onnxruntime-web's 27 MB runs
// Avoids a minute of optimising code that runs only at the start, for which Node would wait; hot code reaches this
// budget.
setFlagsFromString('--wasm-tiering-budget=10000000')

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      adapter: { type: 'string', default: 'system' },
      filter: { type: 'string' },
      size: { type: 'string' },
      storage: { type: 'string' },
      variants: { type: 'string' },
      limit: { type: 'string' },
      out: { type: 'string' },
      report: { type: 'string' },
      quick: { type: 'boolean' },
      profile: { type: 'boolean' },
      alone: { type: 'boolean' },
      json: { type: 'boolean' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(USAGE)
  const adapter = ADAPTERS[values.adapter]
  if (!adapter)
    throw new RangeError(
      `--adapter is "${values.adapter}"; it must be one of ${Object.keys(ADAPTERS).join(', ')}.`,
    )
  const print = values.json ? console.error : console.log
  const { out, report } = values
  const told: BenchResult[] = []
  const notes: string[] = []
  let adapterText = ''
  const save = (): void => {
    if (out !== undefined) writeResults(out, told)
    if (report !== undefined)
      writeSection(
        report,
        reportKey(adapterText),
        reportSection(adapterText, optionsText(process.argv.slice(2)), told, notes),
      )
  }
  await runBench(
    await nodeGpu(adapter),
    parseOptions(values),
    {
      onAdapter: (text) => {
        print(text)
        print(line(COLUMNS))
        adapterText = text
        save() // reports an unwritable path before hours of work
      },
      onResult: (result) => {
        print(line(cells(result)))
        told.push(result)
        save()
      },
      onNote: (text) => {
        print(`  ${text}`)
        notes.push(text)
      },
      ...(values.verbose && {
        onTrace: (text) => console.error(`    ${(performance.now() / 1000).toFixed(1)} s ${text}`),
      }),
    },
    fitForOrt,
  )
  save() // with the notes of the last row
  if (values.json) console.log(JSON.stringify(told, null, 1))
}

try {
  await main()
  process.exit(0) // Dawn's threads would keep the process alive.
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

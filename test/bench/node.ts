// The bench on Dawn in Node; bundled by test/bench.ts, and for other machines by test/bench-pack.ts.
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { nodeGpu, type AdapterName } from '../support/adapter'
import { fitForOrt } from '../support/ort-in-node'
import { runBench } from './bench'
import { parseOptions } from './options'
import { cells, COLUMNS, line } from './table'

const ADAPTERS: Readonly<Record<string, AdapterName>> = { lavapipe: 'llvmpipe', swiftshader: 'swiftshader', system: 'system' }

const USAGE = `npm run bench -- [options]
  --adapter lavapipe|swiftshader|system   the GPU; the machine's own unless given
  --filter TEXT,TEXT                      only rows whose name contains one of these
  --size full|small                       Wan's real shapes, or scaled down; by default small on software adapters
  --storage f32|f16                       type of activations; f16 where the adapter has it
  --linear quads|octs|64|128|64_f16|128_f16   loop of the matrix products; the adapter's unless given
  --quick                                 fewer samples, no whole models
  --json                                  one JSON array on standard output, the table on standard error
  --verbose                               what begins, on standard error`

setFlagsFromString('--wasm-lazy-compilation') // of onnxruntime-web's 27 MB little is run

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      adapter: { type: 'string', default: 'system' },
      filter: { type: 'string' },
      size: { type: 'string' },
      storage: { type: 'string' },
      linear: { type: 'string' },
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(USAGE)
  const adapter = ADAPTERS[values.adapter]
  if (!adapter) throw new RangeError(`--adapter is "${values.adapter}"; it must be one of ${Object.keys(ADAPTERS).join(', ')}.`)
  const print = values.json ? console.error : console.log
  const results = await runBench(
    await nodeGpu(adapter),
    parseOptions(values),
    {
      onAdapter: (text) => {
        print(text)
        print(line(COLUMNS))
      },
      onResult: (result) => print(line(cells(result))),
      onNote: (text) => print(`  ${text}`),
      ...(values.verbose && { onTrace: (text) => console.error(`    ${(performance.now() / 1000).toFixed(1)} s ${text}`) }),
    },
    fitForOrt,
  )
  if (values.json) console.log(JSON.stringify(results, null, 1))
}

try {
  await main()
  process.exit(0) // Dawn's threads would keep the process.
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

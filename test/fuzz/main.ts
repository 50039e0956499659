// npm run fuzz -- [--inputs 1000000] [--target NAME] [--seed 1] [--from 0]: every parser, with inputs of its own
// structure.
import { fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'vite'
import type { Fault, Tally } from './try-inputs'

/** Inputs of one process. */
const PART = 20_000
/** A process that says nothing for so long hangs at an input, even on a machine that has much else to do. */
const SILENCE = 180_000

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    target: { type: 'string' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
  },
})
const seed = Number(values.seed)
const ROOT = join(import.meta.dirname, '../..')

/** The worker as one file: Vite reads the shaders and addresses among the sources. */
async function bundle(folder: string): Promise<string> {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true, external: ['onnxruntime-web', '@huggingface/transformers'] },
    build: {
      ssr: join(ROOT, 'test/fuzz/worker.ts'),
      outDir: folder,
      emptyOutDir: true,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'worker.mjs', codeSplitting: false } },
    },
  })
  return join(folder, 'worker.mjs')
}

// Inside, so that packages are found.
const folder = mkdtempSync(join(ROOT, 'node_modules/.zoetrope-fuzz-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const worker = await bundle(folder)

/** Names of the targets, from the worker. */
function targetNames(): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const child = fork(worker, [])
    child.on('message', ({ names }: { names: string[] }) => resolve(names))
    child.on('error', reject)
    child.on('exit', () => reject(new Error('The worker ended without a word.')))
  })
}

function runPart(target: string, from: number, count: number): Promise<Tally | Fault> {
  return new Promise((resolve) => {
    const child = fork(worker, [target, `${seed}`, `${from}`, `${count}`], {
      execArgv: ['--expose-gc', '--max-old-space-size=1024'],
    })
    let index = from
    const fail = (what: string): void =>
      resolve({ target, index, bytes: 0, what: `${what}, soon after input ${index}` })
    const watch = (): NodeJS.Timeout =>
      setTimeout(() => {
        child.kill('SIGKILL')
        fail('hung')
      }, SILENCE)
    let timer = watch()
    child.on('message', (message: { index?: number; tally?: Tally }) => {
      clearTimeout(timer)
      timer = watch()
      if (message.index !== undefined) index = message.index
      if (message.tally) resolve(message.tally)
    })
    child.on('exit', (code) => {
      clearTimeout(timer)
      fail(`ended the process with ${code}`)
    })
  })
}

const names = await targetNames()
const chosen = names.filter((name) => values.target === undefined || name === values.target)
if (chosen.length === 0) throw new Error(`--target is one of ${names.join(', ')}.`)
const faults: Fault[] = []
console.log(`seed ${seed}; ${values.inputs} inputs for each of ${chosen.length} targets`)
console.log(
  'target                       inputs  accepted   refused  slowest ms  of the memory allowed  faults',
)
for (const name of chosen) {
  const sum: Tally = { inputs: 0, accepted: 0, refused: 0, slowest: 0, heaviest: 0, faults: [] }
  const end = Number(values.from) + Number(values.inputs)
  for (let from = Number(values.from); from < end; from += PART) {
    const part = await runPart(name, from, Math.min(PART, end - from))
    if ('what' in part) {
      sum.faults.push(part)
      continue
    }
    sum.inputs += part.inputs
    sum.accepted += part.accepted
    sum.refused += part.refused
    sum.slowest = Math.max(sum.slowest, part.slowest)
    sum.heaviest = Math.max(sum.heaviest, part.heaviest)
    sum.faults.push(...part.faults)
  }
  faults.push(...sum.faults)
  console.log(
    [
      name.padEnd(25),
      `${sum.inputs}`.padStart(9),
      `${sum.accepted}`.padStart(9),
      `${sum.refused}`.padStart(9),
      sum.slowest.toFixed(0).padStart(11),
      `${(sum.heaviest * 100).toFixed(0)} %`.padStart(22),
      `${sum.faults.length}`.padStart(7),
    ].join(' '),
  )
  for (const fault of sum.faults.slice(0, 5))
    console.log(`  input ${fault.index} of ${fault.bytes} bytes ${fault.what}`)
}
process.exitCode = faults.length > 0 ? 1 : 0

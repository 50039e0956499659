// One part of a run, in a process of its own: `main.ts` watches it. Arguments: target, seed, from, count.
import { TARGETS } from './targets'
import { tryInputs } from './try-inputs'

const [name = '', seed = '1', from = '0', count = '1'] = process.argv.slice(2)
const target = TARGETS.find((each) => each.name === name)
if (!target || !process.send) throw new Error(`There is no target ${name}, or no process that asked.`)
let last = 0
const tally = await tryInputs(
  target,
  { seed: Number(seed), from: Number(from), count: Number(count) },
  (index) => {
    const now = performance.now()
    if (now - last < 200) return undefined
    last = now
    process.send?.({ index })
    return new Promise((resolve) => setImmediate(resolve))
  },
)
process.send({ tally })
process.disconnect()

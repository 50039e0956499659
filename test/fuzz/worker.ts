// One part of a run, in a process of its own: `main.ts` watches it. Arguments: target, seed, from, count; none: says
// which targets there are.
import { TARGETS } from './targets'
import { tryInputs, type Tally } from './try-inputs'

function say(message: object): void {
  if (!process.send) throw new Error('There is no process that asked; run npm run fuzz.')
  process.send(message)
}

async function run(name: string, seed: number, from: number, count: number): Promise<Tally> {
  const target = TARGETS.find((each) => each.name === name)
  if (!target) throw new Error(`There is no target ${name}.`)
  let last = 0
  return tryInputs(target, { seed, from, count }, (index) => {
    const now = performance.now()
    if (now - last < 200) return undefined
    last = now
    say({ index })
    return new Promise((resolve) => setImmediate(resolve)) // else no message leaves
  })
}

const [name, seed = '1', from = '0', count = '1'] = process.argv.slice(2)
if (name === undefined) say({ names: TARGETS.map((target) => target.name) })
else say({ tally: await run(name, Number(seed), Number(from), Number(count)) })
process.disconnect()

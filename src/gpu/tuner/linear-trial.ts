import { packWeight, unpackWeight, type PackedWeight } from '../../weights/quant/pack'
import { linear } from '../kernels/linear'
import { linearTensors, uploadLinear } from '../matrix'
import type { Ops } from '../ops'
import type { LinearTask } from './workload'
import { Noise, repeat } from './noise'
import { portion, samples, type Trial } from './trial'

/**
 * Distinct rows of a weight, few so that a large one is made quickly: even, since q8's scales come in pairs, and not
 * a multiple of a tile.
 */
const ROWS = 38

/** Repeats the first rows of a weight, up to `rows`. */
function repeatRows(first: PackedWeight, rows: number): PackedWeight {
  const lengthen = (words: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> =>
    repeat(new Uint32Array(Math.ceil((words.length * rows) / first.rows)), words)
  return {
    ...first,
    rows,
    data: lengthen(first.data),
    ...(first.scales && { scales: lengthen(first.scales) }),
  }
}

/** x [L, K] · wᵀ + bias, w [N, K] in its own format. */
export function linearTrial(
  ops: Ops,
  { layer: { rows: N, cols: K, format }, size: { tokens } }: LinearTask,
  flops: number,
): Trial {
  const L = portion(tokens, flops / (2 * N * K), 128)
  const [x, weight, bias] = [new Noise(0), new Noise(3001), new Noise(7001)]
  const first = packWeight(weight.floats(ROWS * K), ROWS, K, format)
  const input = x.tensor(ops, [L, K], ops.storage, 'trial.x')
  const w = uploadLinear(ops, repeatRows(first, N), bias.floats(N), 'trial.w')
  return {
    flops: 2 * L * N * K,
    inputs: [input, ...linearTensors(w)],
    run: (each) => linear(each, input, w, 'trial.y'),
    expected() {
      const values = unpackWeight(first)
      const found = new Map<number, number>()
      for (const l of samples(L, 8)) {
        for (const n of samples(N, 8)) {
          let sum = bias.at(n)
          for (let k = 0; k < K; k++) sum += x.at(l * K + k) * values[(n % ROWS) * K + k]!
          found.set(l * N + n, sum)
        }
      }
      return found
    },
  }
}

import { attention } from '../kernels/attention'
import type { Ops } from '../ops'
import type { AttentionTask } from './workload'
import { Noise } from './noise'
import { portion, samples, type Trial } from './trial'

/** Keys of a trial: enough to measure a loop over them. */
const MOST_KEYS = 2048

/** softmax(q kᵀ / √d) v of every head: q [L, N·d], k and v [S, N·d]. */
export function attentionTrial(
  ops: Ops,
  { layer: { numHeads, headDim: d }, size }: AttentionTask,
  flops: number,
): Trial {
  const D = numHeads * d
  const S = Math.min(size.keys, MOST_KEYS)
  const L = portion(size.queries, flops / (4 * S * D), 128)
  const [q, k, v] = [new Noise(0, 4), new Noise(3001), new Noise(7001)] // ×4: some keys matter more than others
  const [qIn, kIn, vIn] = [
    q.tensor(ops, [L, D], ops.storage, 'trial.q'),
    k.tensor(ops, [S, D], ops.storage, 'trial.k'),
    v.tensor(ops, [S, D], ops.storage, 'trial.v'),
  ]

  /** exp(q·k/√d) of every key, divided by their sum. */
  const weights = (l: number, head: number): number[] => {
    const scores = Array.from({ length: S }, (_, s) => {
      let score = 0
      for (let i = head * d; i < (head + 1) * d; i++) score += q.at(l * D + i) * k.at(s * D + i)
      return Math.exp(score / Math.sqrt(d))
    })
    const sum = scores.reduce((a, b) => a + b)
    return scores.map((score) => score / sum)
  }
  return {
    flops: 4 * L * S * D,
    inputs: [qIn, kIn, vIn],
    run: (each) => attention(each, qIn, kIn, vIn, { numHeads }, 'trial.out'),
    expected() {
      const found = new Map<number, number>()
      for (const l of samples(L, 4)) {
        for (const head of samples(numHeads, 2)) {
          const shares = weights(l, head)
          for (const i of samples(d, 8)) {
            const channel = head * d + i
            found.set(
              l * D + channel,
              shares.reduce((sum, share, s) => sum + share * v.at(s * D + channel), 0),
            )
          }
        }
      }
      return found
    },
  }
}

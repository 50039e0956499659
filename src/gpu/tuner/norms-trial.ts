import { layerNorm } from '../kernels/layer_norm_modulate'
import type { Ops } from '../ops'
import type { NormsTask } from './workload'
import { Noise } from './noise'
import { portion, samples, type Trial } from './trial'

/** Most rows of a trial: norms are bound by memory, and more rows show nothing new. */
const MOST_ROWS = 4096
const EPS = 1e-6

/** The affine LayerNorm of x [L, D] f32 with scale and shift [D]. */
export function normsTrial(ops: Ops, { layer: { dim: D }, size: { rows } }: NormsTask, flops: number): Trial {
  const L = portion(rows, Math.min(MOST_ROWS, flops / (12 * D)), 64)
  const [x, modulation] = [new Noise(0), new Noise(3001)]
  const inputs = [
    x.tensor(ops, [L, D], 'f32', 'trial.x'),
    modulation.tensor(ops, [2, D], 'f32', 'trial.modulation'),
  ] as const
  return {
    flops: 12 * L * D,
    inputs,
    run: (each) => layerNorm(each, ...inputs, EPS, 'trial.y'),
    expected() {
      const found = new Map<number, number>()
      for (const l of samples(L, 8)) {
        const row = Array.from({ length: D }, (_, i) => x.at(l * D + i))
        const mean = row.reduce((sum, value) => sum + value, 0) / D
        const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / D
        for (const i of samples(D, 8))
          found.set(
            l * D + i,
            ((row[i]! - mean) / Math.sqrt(variance + EPS)) * modulation.at(i) + modulation.at(D + i),
          )
      }
      return found
    },
  }
}

import type { GenerationSettings } from '../protocol/settings'

type Guidance = Pick<GenerationSettings, 'guidanceScale' | 'guidanceScale2'>

/** The guidance at a timestep: of models of two experts, each has its own. */
export function guidanceOf(
  { guidanceScale, guidanceScale2 = guidanceScale }: Guidance,
  boundary = 0,
): (timestep: number) => number {
  return (timestep) => (timestep >= boundary ? guidanceScale : guidanceScale2)
}

/** Whether any step is guided, for which there is a negative prompt. */
export function isGuided({ guidanceScale, guidanceScale2 = guidanceScale }: Guidance): boolean {
  return Math.max(guidanceScale, guidanceScale2) > 1
}

import type { Normalised, Refused } from '../../protocol/normalise'
import type { GenerationSettings } from '../../protocol/settings'
import type { Studio } from '../studio/studio'

/** The settings of what the form would make. A control video gives it its size, which the plan knows. */
export function clipSettings(
  { session, form }: Pick<Studio, 'session' | 'form'>,
  checked: Normalised | Refused,
): GenerationSettings | undefined {
  if (!checked.ok) return undefined
  const { control } = form.input()
  const { width, height, numFrames } = (control?.video && session.get().planned?.settings) ?? checked.settings
  return { ...checked.settings, width, height, numFrames }
}

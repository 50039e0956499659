import type { Normalised, Refused } from '../../protocol/normalise'
import type { GenerationSettings } from '../../protocol/settings'
import type { Studio } from '../studio/studio'

/** The settings of what the form would make. A picture or a video gives it its size, which the plan knows. */
export function clipSettings(
  { session, form }: Pick<Studio, 'session' | 'form'>,
  checked: Normalised | Refused,
): GenerationSettings | undefined {
  if (!checked.ok) return undefined
  const { image, lastImage, control } = form.input()
  const givesSize = [image, lastImage, control?.video].some((file) => file !== undefined)
  const { width, height, numFrames } = (givesSize && session.get().planned?.settings) || checked.settings
  return { ...checked.settings, width, height, numFrames }
}

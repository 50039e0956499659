import { controlWork } from '../../estimate/control-work'
import type { TimeEstimate } from '../../protocol/estimate'
import type { Studio } from '../studio/studio'

/** How long a clip of the form takes with the model in use, its control included; undefined where nothing is known. */
export function clipTime(
  { session, form, estimates }: Pick<Studio, 'session' | 'form' | 'estimates'>,
  settings: Parameters<Studio['estimates']['predict']>[2],
): TimeEstimate | undefined {
  const { engine } = session.get()
  if (engine === undefined) return undefined
  const { model, adapter } = engine
  const control = model.takesControl === true ? controlWork(form.input(), settings.numFrames) : undefined
  return estimates.predict(model.id, adapter, settings, control)
}

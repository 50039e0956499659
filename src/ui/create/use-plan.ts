import { useEffect, useRef } from 'react'
import { useStore } from '../hooks'
import { withEnd } from '../studio/continuation'
import { filmInput } from '../studio/film-input'
import type { Studio } from '../studio/studio'
import type { StudioInput } from '../studio/studio-input'

const DELAY_MS = 150
/** A prompt is planned when the person pauses. */
const PROMPT_DELAY_MS = 600

const numbers = new WeakMap<Blob, number>()
let count = 0

/** The same for the same settings and files. */
function keyOf(input: StudioInput): string {
  return JSON.stringify(input, (_name, value: unknown) => {
    if (!(value instanceof Blob)) return value
    if (!numbers.has(value)) numbers.set(value, ++count)
    return `file ${numbers.get(value)}`
  })
}

/** Plans what the button would make: settings, pictures or the clip that it goes on from, control and LoRAs. */
export function usePlan(studio: Studio, isRight: boolean): void {
  const { session, form, loras, live, files: stored } = studio
  const { engine } = useStore(session)
  useStore(live)
  const isLive = live.isOn()
  useStore(loras)
  useStore(form)
  useStore(form.control)
  // An empty prompt is asked for later, and the seed takes no memory.
  const { prompt, ...settings } = { ...studio.input(), seed: '' }
  const input: StudioInput = { ...settings, prompt: prompt === '' ? '-' : prompt }
  const [key, settingsKey] = [keyOf(input), keyOf(settings)]
  const planned = useRef<string>(undefined)

  useEffect(() => {
    if (engine === undefined || !isRight) return
    const plan = async (): Promise<void> => {
      planned.current = settingsKey
      const { loras: records = [], ...own } = input
      const given = await withEnd(own, stored).catch(() => undefined)
      if (given === undefined) return // the run will say that the end is gone
      const files = await loras.inputs(records).catch(() => [])
      await session.plan({
        ...(isLive ? filmInput(given) : given),
        ...(files.length > 0 && { loras: files }),
        ...(isLive && { live: {} }),
      })
    }
    const delay = planned.current === settingsKey ? PROMPT_DELAY_MS : DELAY_MS
    const timer = setTimeout(() => void plan(), delay)
    return () => clearTimeout(timer)
  }, [session, loras, stored, engine, key, settingsKey, isRight, isLive])
}

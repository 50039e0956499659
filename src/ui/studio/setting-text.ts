import { SAMPLERS } from '../../protocol/samplers'
import type { GenerationSettings, SettingName } from '../../protocol/settings'
import type { Words } from '../text/en'

/** A setting of a clip in words: a choice by its name, all else as it is. */
export function settingText(settings: Partial<GenerationSettings>, name: SettingName, words: Words): string {
  const { settings: text } = words
  switch (name) {
    case 'sampler':
      return SAMPLERS.find(({ id }) => id === settings.sampler)?.title ?? String(settings.sampler)
    case 'cache':
      return settings.cache === undefined ? '' : text.caches[settings.cache]
    case 'decoder':
      return settings.decoder === undefined ? '' : text.decoders[settings.decoder]
    case 'upscale':
      return settings.upscale === 1 ? text.noUpscale : `×${settings.upscale}`
    default:
      return String(settings[name] ?? '')
  }
}

import type { Gpu } from '../gpu/device'
import { sizeUnits } from '../models/family'
import type { EngineCard } from '../protocol/engine'
import { limitsFor } from '../protocol/limits'
import type { Extensions } from './extensions'
import { videoFrames } from './live/live-clip'
import type { ModelFiles } from './model/open'

/** An engine as the page knows it: its model, the rules for its settings, its GPU. */
export function cardOf(
  { manifest, networks }: ModelFiles,
  { adapter, kind }: Pick<Gpu, 'adapter' | 'kind'>,
  { samplers }: Extensions,
): EngineCard {
  const { id, name, version: modelVersion, defaults, onGpu, sizes, files, live } = manifest
  const { geometry, openTinyDecoder } = networks
  const takesControl = networks.encodeControl !== undefined
  const pictureFit = takesControl ? 'control' : networks.pictures?.fit
  const known = samplers.map(({ id: sampler, title, fewSteps }) => ({
    id: sampler,
    title,
    ...(fewSteps && { fewSteps }),
  }))
  const limits = limitsFor(
    sizeUnits(geometry),
    kind === 'software' ? defaults : { ...defaults, ...onGpu },
    known,
    { hasTinyDecoder: openTinyDecoder !== undefined, upscales: networks.upscales ?? [1] },
  )
  return {
    adapter,
    model: {
      id,
      title: name,
      version: modelVersion,
      fps: defaults.fps,
      defaults: limits.defaults,
      limits,
      sizes: sizes.map(([width, height]) => ({ width, height })),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
      takesPicture: networks.pictures !== undefined || takesControl,
      takesLastPicture: networks.pictures?.takesLast === true || takesControl,
      takesControl,
      ...(pictureFit && { pictureFit }),
      ...(live && {
        live: {
          firstFrames: videoFrames(live.isFirstAlone ? 1 : live.chunk, geometry),
          chunkFrames: live.chunk * geometry.stride.frames,
          decoder: openTinyDecoder ? 'tiny' : 'full',
          ...(live.role === 'dit' && { clipsAreFilms: true }),
        },
      }),
    },
  }
}

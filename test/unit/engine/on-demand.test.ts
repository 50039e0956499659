// Files that only some clips need: opened when the first of these is made.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { serveFolder } from '../../../src/cli/serve'
import { srvggShapes, taehvShapes } from '../../../src/cli/synthesize/shapes'
import { withUpscaler } from '../../../src/engine/model/given-upscaler'
import { laterRoles } from '../../../src/engine/model/manifest-files'
import { once, withFilesFor } from '../../../src/engine/model/on-demand'
import { openModel, type ModelFiles } from '../../../src/engine/model/open'
import { asSafetensors } from '../../support/raw-model'

const MINI = join(import.meta.dirname, '../../../public/models/mini')

/** Of Mini's tiny decoder and upscaler. */
const TINY = taehvShapes({
  variant: 'base',
  latentChannels: 16,
  patch: 1,
  channels: [48, 32, 16, 12],
  timeUpscale: [1, 2, 2],
})
const UPSCALER = srvggShapes({ features: 24, convs: 14, factor: 4 })

interface Listed {
  role: string
  path: string
  bytes: number
  sha256: string
}

afterEach(() => vi.unstubAllGlobals())

it('what the first clip needs of the bundled model is at most 12 MB, and all of it 25 MB', () => {
  const { files, defaults } = JSON.parse(readFileSync(join(MINI, 'manifest.json'), 'utf8')) as {
    files: Listed[]
    defaults: { decoder?: 'full' | 'tiny' }
  }
  const total = (some: readonly Listed[]): number => some.reduce((sum, { bytes }) => sum + bytes, 0)
  const late = laterRoles(defaults)
  expect(total(files.filter(({ role }) => !late.includes(role)))).toBeLessThanOrEqual(12e6)
  expect(total(files)).toBeLessThanOrEqual(25e6)
})

it('opens once, and again after a failure', async () => {
  let tries = 0
  const open = once(async () => {
    tries += 1
    if (tries === 1) throw new Error('offline')
    return tries
  })
  await expect(open()).rejects.toThrow('offline')
  expect([await open(), await open(), tries]).toEqual([2, 2, 2])
})

/** The bundled model with all the parts that a model may have; the VAE's encoder is a file of its own. */
function withParts(): Promise<ModelFiles> {
  const manifest = JSON.parse(readFileSync(join(MINI, 'manifest.json'), 'utf8')) as {
    files: Listed[]
    defaults: object
    config: object
  }
  const own = manifest.files.filter(({ role }) =>
    ['tokenizer', 'tokenizerConfig', 'textEncoder', 'dit', 'vae'].includes(role),
  )
  const parts: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
    tinyDecoder: asSafetensors(TINY),
    upscaler: asSafetensors(UPSCALER),
    vaeEncoder: asSafetensors(new Map([['encoder.conv1.weight', [16, 3, 3, 3, 3]]])),
    causalDit: asSafetensors(new Map([['patch_embedding.weight', [8, 16, 1, 2, 2]]])),
  }
  const listed = Object.entries(parts).map(([role, data]) => ({
    role,
    path: `${role}.bin`,
    bytes: data.length,
    sha256: createHash('sha256').update(data).digest('hex'),
  }))
  const json = {
    ...manifest,
    files: [...own, ...listed],
    defaults: { ...manifest.defaults, decoder: 'tiny', upscale: 4 },
    config: { ...manifest.config, conditioning: 'firstFrame' },
  }
  const files = [
    { name: 'manifest.json', file: new Blob([JSON.stringify(json)]) },
    ...own.map(({ path }) => ({ name: path, file: new Blob([readFileSync(join(MINI, path))]) })),
    ...Object.entries(parts).map(([role, data]) => ({ name: `${role}.bin`, file: new Blob([data]) })),
  ]
  return openModel({ kind: 'files', files })
}

it('opens the large decoder and the encoder of pictures for the first clip that needs them', async () => {
  const files = await withParts()
  const roles = ({ weights }: ModelFiles): string[] => Object.keys(weights).sort()
  const first = ['dit', 'textEncoder', 'tinyDecoder', 'upscaler']
  expect(roles(files)).toEqual(first)
  expect(Object.keys(files.later ?? {}).sort()).toEqual(['causalDit', 'vae', 'vaeEncoder'])
  expect(files.networks).toMatchObject({ upscales: [1, 2, 4] })
  expect(await withFilesFor(files, { decoder: 'tiny' }, false)).toBe(files)
  expect(roles(await withFilesFor(files, { decoder: 'full' }, false))).toEqual([...first, 'vae'])
  const both = await withFilesFor(files, { decoder: 'tiny' }, true)
  expect(roles(both)).toEqual([...first, 'vaeEncoder'])
  // The files stay open, and the model as it was.
  expect((await withFilesFor(files, { decoder: 'tiny' }, true)).weights['vaeEncoder']).toBe(
    both.weights['vaeEncoder'],
  )
  expect(roles(files)).toEqual(first)
})

it('opens the causal student for the first film, and for none that the transformer itself makes', async () => {
  const files = await withParts()
  expect(files.manifest.live?.role).toBe('causalDit')
  const { weights } = await withFilesFor(files, { decoder: 'tiny' }, false, true)
  expect(Object.keys(weights).sort()).toEqual(['causalDit', 'dit', 'textEncoder', 'tinyDecoder', 'upscaler'])
  const own = {
    ...files,
    manifest: { ...files.manifest, live: { ...files.manifest.live!, role: 'dit' as const } },
  }
  expect(await withFilesFor(own, { decoder: 'tiny' }, false, true)).toBe(own)
})

it("takes the user's upscaler in the place of the model's own, and refuses other files", async () => {
  const files = await withParts()
  const double = new File(
    [asSafetensors(srvggShapes({ features: 8, convs: 3, factor: 2 }))],
    'double.safetensors',
  )
  const given = await withUpscaler(files, double)
  expect(given.networks.upscales).toEqual([1, 2])
  expect(given.weights['upscaler']?.name).toBe('double.safetensors')
  expect(files.networks.upscales).toEqual([1, 2, 4])
  const triple = new File(
    [asSafetensors(srvggShapes({ features: 8, convs: 3, factor: 3 }))],
    'triple.safetensors',
  )
  await expect(withUpscaler(files, triple)).rejects.toThrow('triple.safetensors enlarges frames 3 times')
  await expect(withUpscaler(files, new File([asSafetensors(TINY)], 'tiny.safetensors'))).rejects.toThrow(
    'tiny.safetensors has',
  )
})

it('does not wait for a network that is down, but says what is missing and what works without it', async () => {
  const served = await serveFolder({ root: MINI })
  try {
    const files = await openModel({ kind: 'url', url: served.url })
    vi.stubGlobal('navigator', { onLine: false })
    await expect(withFilesFor(files, { decoder: 'full' }, false)).rejects.toThrow(
      'vae.safetensors is needed for this and is not on this device yet, which has no network. Connect it once: the file is then kept. Until then, the tiny decoder works.',
    )
    await expect(withFilesFor(files, { decoder: 'tiny' }, true)).rejects.toThrow('clips from text alone work')
    vi.stubGlobal('navigator', { onLine: true })
    expect((await withFilesFor(files, { decoder: 'full' }, false)).weights).toHaveProperty('vae')
  } finally {
    await served.close()
  }
})

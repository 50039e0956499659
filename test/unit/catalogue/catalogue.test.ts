import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { addressOf, CATALOGUE, catalogueEntry, nameOf, totalBytes } from '../../../src/catalogue/catalogue'
import { taehvShapes } from '../../../src/cli/synthesize/shapes'
import { limitsFor } from '../../../src/protocol/limits'
import { UPSCALES } from '../../../src/protocol/settings'
import { normaliseSettings } from '../../../src/protocol/normalise'
import { elementCount } from '../../../src/weights/weight-file'
import { knownLive, liveOf } from '../../../src/engine/model/live-facts'
import { parseManifest } from '../../../src/engine/model/manifest'

const ROOT = join(import.meta.dirname, '..', '..', '..')
/** Of Wan 2.2's 5B, whose tokens are twice as large along each side. */
const is5B = (id: string): boolean => /ti2v-5b/.test(id)
const unitsOf = (id: string) =>
  is5B(id)
    ? { width: 32, height: 32, frames: 4, shortest: 1 }
    : { width: 16, height: 16, frames: 4, shortest: 1 }
const downloads = CATALOGUE.filter(({ folder }) => folder === undefined)

it('has each id once, and finds it', () => {
  expect(new Set(CATALOGUE.map(({ id }) => id)).size).toBe(CATALOGUE.length)
  for (const entry of CATALOGUE) expect(catalogueEntry(entry.id)).toBe(entry)
  expect(catalogueEntry('toString')).toBeUndefined()
})

describe.each(CATALOGUE)('$id', (entry) => {
  it('says what it is in sentences', () => {
    expect(entry.id).toMatch(/^[a-z0-9][a-z0-9.-]*$/)
    for (const text of [entry.about, entry.attribution]) expect(text).toMatch(/^[A-Z].*\.$/)
    expect(entry.title).not.toBe('')
    expect(entry.licence).toBe('Apache-2.0')
  })

  it('has defaults that the gate lets through unchanged', () => {
    const { fps, ...defaults } = entry.defaults
    const checked = normaliseSettings(
      { prompt: 'a boat', seed: 1, ...defaults },
      limitsFor(unitsOf(entry.id), defaults, undefined, {
        hasTinyDecoder: true,
        upscales: UPSCALES,
      }),
    )
    expect(checked).toEqual({ ok: true, settings: { prompt: 'a boat', seed: 1, ...defaults }, notes: [] })
    expect(
      normaliseSettings(
        { prompt: 'a boat', seed: 1 },
        limitsFor(unitsOf(entry.id), defaults, undefined, {
          hasTinyDecoder: true,
          upscales: UPSCALES,
        }),
      ),
    ).toEqual(checked)
    expect(fps).toBe(is5B(entry.id) ? 24 : 16)
  })

  it('offers its own size first, and only sizes that can be made', () => {
    const { width, height } = entry.defaults
    expect(entry.sizes[0]).toEqual({ width, height })
    for (const side of entry.sizes.flatMap((size) => [size.width, size.height]))
      expect(side % unitsOf(entry.id).width).toBe(0)
  })

  it('says how much memory it takes', () => {
    expect(entry.memoryBytes).toBeGreaterThan(1e6)
    expect(entry.memoryBytes).toBeLessThan(8e9)
  })
})

describe.each(downloads)('the files of $id', ({ files, ...entry }) => {
  it('are the models that it needs, under names of their own', () => {
    const looks = entry.id.includes('-inp') ? ['clip'] : []
    expect(files.map(({ role }) => role).sort()).toEqual([...looks, 'dit', 'textEncoder', 'vae'])
    expect(new Set(files.map(nameOf)).size).toBe(files.length)
    expect(totalBytes({ files })).toBe(files.reduce((sum, { bytes }) => sum + bytes, 0))
  })

  it.each(files)('$path has a size, a pinned revision and an address', (file) => {
    expect(Number.isSafeInteger(file.bytes) && file.bytes > 100e6).toBe(true)
    expect(file.revision).toMatch(/^[0-9a-f]{40}$/)
    if (file.sha256 !== undefined) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/)
    const address = addressOf(file)
    expect(new URL(address).href).toBe(address)
    expect(address).toBe(`https://huggingface.co/${file.repository}/resolve/${file.revision}/${file.path}`)
  })

  it('thanks whoever made each file', () => {
    for (const { repository } of files) {
      const owner = {
        'Comfy-Org': 'Comfy Org',
        samuelchristlie: 'Samuel Christlie',
        city96: 'city96',
        FastVideo: 'FastVideo',
        worstcoder: 'rCM',
        gdhe17: 'Self-Forcing',
        zhuhz22: 'Causal-Forcing',
        QuantStack: 'QuantStack',
      }[repository.split('/')[0]!]
      expect(entry.attribution).toContain(owner)
    }
  })
})

describe('the tiny decoder', () => {
  const extras = downloads.flatMap(({ extras: own = [] }) => own)

  it('is offered beside every model of Wan, with its licence and its address', () => {
    expect(extras).toHaveLength(downloads.length)
    for (const { id, extras: own = [] } of downloads)
      expect(own.map(({ file }) => nameOf(file))).toEqual([`taew2_${is5B(id) ? 2 : 1}.safetensors`])
    for (const { title, about, licence, attribution, file } of extras) {
      expect(title).not.toBe('')
      for (const text of [about, attribution]) expect(text).toMatch(/^[A-Za-z].*\.$/)
      expect(licence).toBe('MIT')
      expect(file.role).toBe('tinyDecoder')
      expect(file.revision).toMatch(/^[0-9a-f]{40}$/)
      expect(addressOf(file)).toBe(
        `https://raw.githubusercontent.com/${file.repository}/${file.revision}/${file.path}`,
      )
      expect(addressOf(file, 'https://example.org/all/')).toBe(`https://example.org/all/${nameOf(file)}`)
    }
  })

  it.each([
    ['taew2_1', 16, 1],
    ['taew2_2', 48, 2],
  ])('%s has the size that its tensors give, but for the header', (name, latentChannels, patch) => {
    const shapes = taehvShapes({
      variant: 'base',
      latentChannels,
      patch,
      channels: [256, 128, 64, 64],
      timeUpscale: [1, 2, 2],
      encoder: { channels: 64, timeDownscale: [2, 2, 1] },
    })
    const parameters = [...shapes.values()].reduce((sum, shape) => sum + elementCount(shape), 0)
    const { file } = extras.find((each) => nameOf(each.file).startsWith(name))!
    const header = file.bytes - 2 * parameters
    expect(header).toBeGreaterThan(5000)
    expect(header).toBeLessThan(20_000)
  })
})

describe('another address', () => {
  const { files } = catalogueEntry('wan2.1-t2v-1.3b-gguf')!
  const [dit, , vae] = files

  it('is a folder that has all files under their names', () => {
    expect(addressOf(vae!, 'http://localhost:8000/wan/')).toBe(
      'http://localhost:8000/wan/wan_2.1_vae.safetensors',
    )
  })

  it('or a folder for one repository, with its paths; the others stay on the hub', () => {
    const base = { 'Comfy-Org/Wan_2.1_ComfyUI_repackaged': 'https://mirror.example/comfy/' }
    expect(addressOf(vae!, base)).toBe('https://mirror.example/comfy/split_files/vae/wan_2.1_vae.safetensors')
    expect(addressOf(dit!, base)).toBe(addressOf(dit!))
  })
})

it('one file is one file: the same address has the same size and hash wherever it is listed', () => {
  const seen = new Map<string, string>()
  for (const file of CATALOGUE.flatMap(({ files }) => files)) {
    const address = addressOf(file)
    const facts = JSON.stringify(file)
    expect(seen.get(address) ?? facts).toBe(facts)
    seen.set(address, facts)
  }
})

it('what is there of causal models makes films as its authors do', () => {
  const causal = CATALOGUE.filter(({ defaults }) => defaults.sampler === 'self-forcing')
  expect(causal.length).toBeGreaterThan(0)
  for (const { id, title, files } of causal) {
    const { path } = files.find(({ role }) => role === 'dit')!
    const known = knownLive({ path, prefix: '', isTi2v: false })
    expect(known).toEqual({ id, name: title, facts: liveOf(id) })
  }
})

it('the bundled model is the one in its folder', () => {
  const mini = CATALOGUE.find(({ folder }) => folder !== undefined)!
  const path = join(ROOT, 'public', mini.folder!, 'manifest.json')
  const { manifest } = parseManifest(JSON.parse(readFileSync(path, 'utf8')), path)
  expect([mini.id, mini.title, mini.licence]).toEqual([manifest.id, manifest.name, manifest.licence])
  expect(mini.defaults).toMatchObject(manifest.defaults)
  expect(mini.sizes).toEqual(manifest.sizes.map(([width, height]) => ({ width, height })))
})

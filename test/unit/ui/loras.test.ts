import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fingerprintOf } from '../../../src/protocol/fingerprint'
import { readLoraHeader } from '../../../src/ui/loras/header'
import { lorasInMemory, type LoraFiles } from '../../../src/ui/loras/lora-files'
import { createLoraLibrary, type LoraLibrary } from '../../../src/ui/loras/lora-library'
import { writeSafetensors } from '../../../src/weights/formats/safetensors'
import { tinyLora } from '../../support/tiny-lora'
import { Memory } from './studio/memory'

const LAYERS = new Map([['blocks.0.ffn.0', [8, 8]]])
const named = (name: string, bytes: Uint8Array<ArrayBuffer>) => ({ name, file: new Blob([bytes]) })
const lora = (name: string, seed: number, metadata = {}) =>
  named(name, tinyLora({ layers: LAYERS, seed, metadata }))

describe('the header of a file', () => {
  it.each([
    ['modelspec.trigger_phrase', 'n30n, neon night', ['n30n', 'neon night']],
    ['trigger_words', '["n30n","a, b"]', ['n30n', 'a, b']],
    ['trigger', ' n30n\u0000\n ', ['n30n']],
    ['trigger', 'x'.repeat(200), []],
    ['comment', 'n30n', []],
  ])('has the words that call it: %s', async (key, text, triggers) => {
    const header = await readLoraHeader(lora('x.safetensors', 1, { [key]: text }))
    expect(header).toEqual({ isLora: true, triggers })
  })

  it.each([
    ['a model', named('lora.safetensors', writeSafetensors([])), false],
    ['a damaged file', named('style-lora.safetensors', new Uint8Array(40).fill(255)), true],
    ['an empty file', named('x.safetensors', new Uint8Array()), false],
    ['a checkpoint by its name', named('style_lora.pt', new Uint8Array(9)), true],
    ['a film', named('lora.mp4', new Uint8Array(9)), false],
  ])('of %s', async (_, file, isLora) => {
    expect(await readLoraHeader(file)).toEqual({ isLora, triggers: [] })
  })
})

describe('the library of LoRAs', () => {
  let storage: Memory
  let files: LoraFiles
  let library: LoraLibrary
  const open = (): LoraLibrary => createLoraLibrary({ storage, openFiles: async () => files })
  beforeEach(() => {
    storage = new Memory()
    files = { ...lorasInMemory(), place: 'disk' }
    library = open()
  })

  it('takes a file that comes with the page, or says why it did not come', async () => {
    const { file } = lora('neon.safetensors', 1)
    const answers = [new Response(file), new Response('', { status: 404 }), undefined]
    vi.stubGlobal('fetch', async () => answers.shift() ?? Promise.reject(new TypeError('Failed to fetch')))
    await library.fetch('neon.safetensors', 'https://example.org/loras/neon.safetensors')
    expect(library.get()).toMatchObject({
      loras: [{ name: 'neon.safetensors', isOn: true }],
      error: undefined,
    })
    await library.fetch('other.safetensors', 'https://example.org/')
    expect(library.get().error).toBe(
      "other.safetensors could not be loaded: the page's host answered 404. Check the connection and try again.",
    )
    await library.fetch('other.safetensors', 'https://example.org/')
    expect(library.get().error).toBe(
      'other.safetensors could not be loaded. Check the connection and try again.',
    )
    expect(library.get().loras).toHaveLength(1)
    vi.unstubAllGlobals()
  })

  it('keeps files and strengths for the next visit', async () => {
    await library.add([
      lora('folder/style.safetensors', 1, { trigger: 'n30n' }),
      lora('other.safetensors', 2),
    ])
    const [style, other] = library.get().loras
    expect(style).toMatchObject({ name: 'style.safetensors', isOn: true, strength: 1, triggers: ['n30n'] })
    library.change(style!.id, { strength: -0.5 })
    library.change(other!.id, { isOn: false })
    const later = open()
    expect(later.get().loras).toEqual(library.get().loras)
    expect(later.records()).toEqual([{ file: 'style.safetensors', strength: -0.5, fingerprint: style!.id }])
    const [input] = await later.inputs(later.records())
    expect(input).toMatchObject({ file: { name: 'style.safetensors' }, strength: -0.5 })
    expect(await fingerprintOf(input!.file.file)).toBe(style!.id)
    await later.remove(style!.id)
    expect(
      open()
        .get()
        .loras.map(({ name }) => name),
    ).toEqual(['other.safetensors'])
    expect(await files.read(style!.id)).toBeUndefined()
  })

  it('has a file once, whatever it is called', async () => {
    await library.add([lora('a.safetensors', 1), lora('b.safetensors', 1)])
    expect(library.get().loras.map(({ name }) => name)).toEqual(['b.safetensors'])
  })

  it('takes what a recipe names, turns off the others, and names what is missing', async () => {
    await library.add([lora('a.safetensors', 1), lora('b.safetensors', 2)])
    const [a] = library.get().loras
    const gone = lora('gone.safetensors', 3)
    const fingerprint = await fingerprintOf(gone.file)
    library.recall([
      { file: 'renamed.safetensors', strength: [1, 0], fingerprint: a!.id },
      { file: 'gone.safetensors', strength: 0.7, fingerprint },
    ])
    expect(library.get().loras).toMatchObject([{ isOn: true, strength: [1, 0] }, { isOn: false }])
    expect(library.get().missing).toMatchObject([{ file: 'gone.safetensors' }])
    await expect(library.inputs(library.get().missing)).rejects.toThrow(
      'The LoRA gone.safetensors is not in this browser. Add it again, or leave it out.',
    )
    await library.add([gone])
    expect(library.get().missing).toEqual([])
    expect(library.get().loras.at(-1)).toMatchObject({ strength: 0.7, isOn: true })
    library.recall([])
    expect(library.records()).toEqual([])
  })

  it('keeps as long as the tab what the disk does not take, and says so', async () => {
    files = {
      ...files,
      write: () => Promise.reject(new DOMException('The disk is full.', 'QuotaExceededError')),
    }
    await library.add([lora('a.safetensors', 1)])
    expect(library.get().error).toMatch(
      /^There is no room on the disk for a\.safetensors \(\d+ kB\): it stays until the tab is closed\./,
    )
    expect(await library.inputs(library.records())).toHaveLength(1)
    expect(open().get().loras).toEqual([])
  })

  it('lives in memory where the browser has no storage', async () => {
    const library = createLoraLibrary({ storage, openFiles: () => Promise.reject(new Error('none')) })
    await library.add([lora('a.safetensors', 1)])
    expect(await library.inputs(library.records())).toHaveLength(1)
    expect(open().get().loras).toEqual([])
    await library.erase()
    expect(library.get().loras).toEqual([])
  })

  it.each(['{', '[1]', '[{"id":"x"}]', '[{"id":"x","name":"a","bytes":1,"strength":9}]'])(
    'is empty after a note that is damaged: %s',
    (text) => {
      storage.setItem('zoetrope.loras', text)
      expect(open().get().loras).toEqual([])
    },
  )
})

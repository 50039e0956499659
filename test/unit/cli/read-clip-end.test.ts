// The end of a clip on its way through a file.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readClipEndFile } from '../../../src/cli/read-clip-end'
import { UsageError } from '../../../src/cli/usage-error'
import { clipEndBytes } from '../../../src/media/clip-end-file'
import { writeSafetensors } from '../../../src/weights/formats/safetensors'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-end-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('the end of a clip', () => {
  it('is the same after it was written and read', async () => {
    const end = {
      width: 3,
      height: 2,
      frame: Float32Array.from({ length: 18 }, (_, i) => i / 18 - 0.5),
      statistics: { mean: [0.5, -2], deviation: [1, 0.25] },
    }
    const path = join(folder, 'end')
    writeFileSync(path, clipEndBytes(end))
    expect(await readClipEndFile(path)).toEqual(end)
  })

  it.each([
    ['absent', undefined, /^There is no file at .*absent\. --continue names a file that --keep-end wrote\.$/],
    ['text', 'no end', /text/],
    [
      'other',
      writeSafetensors([{ name: 'x', dtype: 'F32', shape: [1], bytes: new Uint8Array(4) }]),
      /other is not the end of a clip: it has no frame, or not its colours\./,
    ],
  ])('is refused where the file is %s', async (name, bytes, sentence) => {
    const path = join(folder, name)
    if (bytes !== undefined) writeFileSync(path, bytes)
    const reading = readClipEndFile(path)
    await expect(reading).rejects.toBeInstanceOf(UsageError)
    await expect(reading).rejects.toThrow(sentence)
  })
})

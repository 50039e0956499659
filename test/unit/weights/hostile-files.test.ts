// Files made to hurt: refused at once, by an error of ours, in a sentence that fits the page.
import { describe, expect, it } from 'vitest'
import { WeightsError } from '../../../src/weights/error'
import { openWeights } from '../../../src/weights/formats/open'
import { bufferSource } from '../../../src/weights/sources/byte-source'
import { processorTime } from '../../support/processor-time'
import { reported } from '../../support/reported'

async function refusal(name: string, bytes: Uint8Array): Promise<string> {
  const started = processorTime()
  const outcome = await openWeights(bufferSource(name, bytes), async (path) =>
    bufferSource(path, new Uint8Array()),
  ).catch((error: unknown) => error)
  expect(processorTime() - started).toBeLessThan(1000)
  expect(outcome).toBeInstanceOf(WeightsError)
  const { message } = outcome as WeightsError
  expect(message.length).toBeLessThanOrEqual(801)
  return message
}

/** A safetensors file of this header alone. */
function headerFile(text: string): Uint8Array {
  const header = new TextEncoder().encode(text)
  const file = new Uint8Array(8 + header.length)
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true)
  file.set(header, 8)
  return file
}

describe('a hostile file', () => {
  it.each([
    ['pickle-key-laughs-40.pt', 'a list or a dictionary as a key'],
    ['pickle-key-deep.pt', 'a list or a dictionary as a key'],
    ['pickle-shape-quadratic.pt', 'a tensor in it has 60001 dimensions; the most allowed is 16'],
    ['pickle-typed-storage-oob.pt', 'a tensor of the shape [8] views storage 0, which has 1 elements'],
    ['safetensors-long-shape.safetensors', 'tensor x has 100001 dimensions; the most allowed is 16'],
  ])('%s is refused', async (name, problem) => {
    expect(await refusal(name, reported(name))).toContain(problem)
  })

  const list = (count: number): string => `{"a":[${'[],'.repeat(count)}0]}`
  it.each<[what: string, text: string, problem: string]>([
    ['a million lists in lists', `{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 'nests more than 3'],
    ['a million lists', list(1e6), 'has more than 150000 objects and lists'],
    ['a million values', `{"a":[${'0,'.repeat(1.1e6)}0]}`, 'has more than 1000000 values'],
    ['a header of 17 MB', `{"a":"${' '.repeat(17 << 20)}"}`, 'the most allowed is 16777216'],
    ['a name of a megabyte', `{"${'n'.repeat(1e6)}":{}}`, "a tensor's name has 1000000 characters"],
    ['a type of a megabyte', `{"a":{"dtype":"${'x'.repeat(1e6)}"}}`, 'tensor a has the type "xxx'],
    [
      'long offsets',
      `{"a":{"dtype":"U8","shape":[1],"data_offsets":[${'1,'.repeat(1e5)}1]}}`,
      'a list of 100001',
    ],
  ])('%s is refused', async (_, text, problem) => {
    expect(await refusal('x.safetensors', headerFile(text))).toContain(problem)
  })

  it.each<[what: string, text: string, problem: string]>([
    ['lists in lists', `{"weight_map":${'['.repeat(1e5)}${']'.repeat(1e5)}}`, 'it nests more than 3'],
    ['a long path', `{"weight_map":{"a":"${'p'.repeat(1e6)}"}}`, 'tensor a is in "ppp'],
  ])('an index with %s is refused', async (_, text, problem) => {
    expect(await refusal('x.index.json', new TextEncoder().encode(text))).toContain(problem)
  })
})

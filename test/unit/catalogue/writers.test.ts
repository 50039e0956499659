import { expect, it } from 'vitest'
import { addressOf, CATALOGUE, nameOf, totalBytes } from '../../../src/catalogue/catalogue'
import { WRITER } from '../../../src/catalogue/writers'
import { remoteModel } from '../../../src/ui/library/remote-model'

it('is one pinned revision of one repository, every file by size and hash', () => {
  expect(CATALOGUE.some(({ id }) => id === WRITER.id)).toBe(false)
  expect(WRITER.licence).toBe('Apache-2.0')
  expect(new Set(WRITER.files.map(({ repository, revision }) => `${repository}@${revision}`))).toEqual(
    new Set(['onnx-community/Qwen3-0.6B-ONNX@da1453100cf3ff33ef56d17983fc7a8648706db6']),
  )
  for (const { sha256, bytes } of WRITER.files) {
    expect(sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(bytes).toBeGreaterThan(0)
  }
  expect(totalBytes(WRITER)).toBe(578_917_626)
})

it('has what transformers.js asks for, under names of their own', () => {
  expect(WRITER.files.map(nameOf)).toEqual([
    'config.json',
    'generation_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    `model_${WRITER.dtype}.onnx`,
  ])
  expect(addressOf(WRITER.files.at(-1)!)).toBe(
    'https://huggingface.co/onnx-community/Qwen3-0.6B-ONNX/resolve/da1453100cf3ff33ef56d17983fc7a8648706db6/onnx/model_q4f16.onnx',
  )
  expect(remoteModel(WRITER, 'https://a.org/qwen/').files.map(({ url }) => url)).toContain(
    'https://a.org/qwen/model_q4f16.onnx',
  )
})

import { expect, it, vi } from 'vitest'
import { WRITER } from '../../../../src/catalogue/writers'
import { ZoetropeError } from '../../../../src/protocol/errors'
import type { WriterInput } from '../../../../src/protocol/writer'
import { createWriter, type WriterOptions } from '../../../../src/ui/studio/writer'

const WHOLE = { id: WRITER.id, repository: '', revision: '', doneBytes: 1, totalBytes: 1, isWhole: true }

function writerWith(
  more: Partial<{ isWhole: boolean; job: object; hasF16: boolean; run: WriterOptions['run'] }>,
) {
  const { isWhole = true, job, hasF16 = true, run = async () => 'text' } = more
  const asked = vi.fn(async () => hasF16)
  const writer = createWriter({
    entry: WRITER,
    library: { get: () => ({ installed: new Map([[WRITER.id, { ...WHOLE, isWhole }]]) }) as never },
    session: { get: () => ({ job }) as never },
    run,
    hasF16: asked,
  })
  return { writer, asked }
}

/** Runs until it is given up. */
const endless = (_input: WriterInput, signal: AbortSignal): Promise<string> =>
  new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(new ZoetropeError('cancelled', 'Cancelled.'))),
  )

it.each([
  [{}, true],
  [{ isWhole: false }, false],
  [{ job: {} }, false],
  [{ hasF16: false }, false],
])('with %j it can write: %s', async (more, can) => {
  expect(await writerWith(more).writer.canWrite()).toBe(can)
})

it('asks the GPU once, and not before it is there', async () => {
  const { writer, asked } = writerWith({})
  await writer.canWrite()
  await writer.canWrite()
  expect(asked).toHaveBeenCalledTimes(1)
  const absent = writerWith({ isWhole: false })
  await absent.writer.canWrite()
  expect(absent.asked).not.toHaveBeenCalled()
})

it('is told what to do, by which model and in which type', async () => {
  const run = vi.fn<WriterOptions['run']>(async () => 'longer')
  const { writer } = writerWith({ run })
  expect(await writer.write('Rewrite it.', 'a fox', new AbortController().signal)).toBe('longer')
  expect(run.mock.calls[0]?.[0]).toEqual({
    model: 'qwen3-0.6b',
    dtype: 'q4f16',
    task: 'Rewrite it.',
    prompt: 'a fox',
  })
})

it('ends by its own signal, by stop, and before another', async () => {
  const { writer } = writerWith({ run: endless })
  const stop = new AbortController()
  const first = writer.write('', 'a', stop.signal)
  stop.abort()
  await expect(first).rejects.toMatchObject({ code: 'cancelled' })
  const second = writer.write('', 'b', new AbortController().signal)
  const third = writer.write('', 'c', new AbortController().signal)
  await expect(second).rejects.toMatchObject({ code: 'cancelled' })
  writer.stop()
  await expect(third).rejects.toMatchObject({ code: 'cancelled' })
})

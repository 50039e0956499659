// Writes a text with a downloaded instruct model: opened for it, and freed again.
import { openTextWriter } from '../models/writer/text-writer'
import { ZoetropeError } from '../protocol/errors'
import type { WriterInput } from '../protocol/writer'
import { storedFiles } from '../storage/stored-folder'

/** @throws ZoetropeError where the model is not whole in this browser, or breaks down; the signal's reason */
export async function writeText(
  { model, dtype, task, prompt }: WriterInput,
  signal: AbortSignal,
): Promise<string> {
  const files = await storedFiles(model)
  signal.throwIfAborted()
  try {
    const writer = await openTextWriter(files, dtype)
    try {
      signal.throwIfAborted()
      return await writer.write(task, prompt, signal)
    } finally {
      await writer.release()
    }
  } catch (cause) {
    signal.throwIfAborted()
    throw new ZoetropeError(
      'engine-broken',
      `The model that writes prompts, ${model}, did not run here (${cause instanceof Error ? cause.message : String(cause)}). Check its files under Models, or delete it and download it again.`,
      { cause },
    )
  }
}

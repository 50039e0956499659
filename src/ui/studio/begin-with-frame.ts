import type { ClipRecord } from '../../protocol/gallery'
import { goTo } from '../room'
import type { Words } from '../text/en'
import { fileNameFor } from '../words'
import { continuationOf } from './continuation'
import { settingsToReuse } from './settings-of'
import type { Studio } from './studio'

async function takeFrame(studio: Studio, { id, facts }: ClipRecord, seconds: number): Promise<string> {
  const { file } = await studio.clips.export(id, 'still', seconds)
  const name = fileNameFor(facts.prompt, facts.seed, 'png')
  await studio.form.pictures.take('first', new File([file], name, { type: file.type }))
  goTo('create')
  return name
}

/** The frame of a clip at a time becomes the picture that the next one begins with. */
export async function beginWithFrame(
  studio: Studio,
  words: Words,
  clip: ClipRecord,
  seconds: number,
): Promise<void> {
  studio.announcer.say(words.picture.taken(await takeFrame(studio, clip, seconds)))
}

/**
 * The next clip goes on where this one ends, with its prompt and its settings, but another seed: from the end that is
 * kept beside it, or else from the last frame of its file.
 */
export async function continueClip(studio: Studio, words: Words, clip: ClipRecord): Promise<void> {
  const { form, session, announcer } = studio
  const { picture: text } = words
  const model = session.get().engine?.model
  const { numFrames, fps } = clip.facts
  const continuation = continuationOf(clip, model)
  if (continuation) form.setContinuation(continuation)
  else await takeFrame(studio, clip, (numFrames - 0.5) / fps)
  const { seed: _seed, ...settings } = settingsToReuse(clip.facts)
  form.recall(settings)
  goTo('create')
  if (continuation) return announcer.say(text.continued)
  announcer.say(clip.facts.model === model?.id ? text.continuedByFile : text.continuedByOther)
}

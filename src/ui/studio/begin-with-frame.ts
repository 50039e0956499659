import type { ClipRecord } from '../../protocol/gallery'
import { goTo } from '../room'
import type { Words } from '../text/en'
import { fileNameFor } from '../words'
import { settingsOf } from './settings-of'
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

/** The next clip begins where this one ends: with its last frame, its prompt and its settings, but another seed. */
export async function continueClip(studio: Studio, words: Words, clip: ClipRecord): Promise<void> {
  const { numFrames, fps } = clip.facts
  await takeFrame(studio, clip, (numFrames - 0.5) / fps)
  const { seed: _seed, ...settings } = settingsOf(clip.facts)
  studio.form.recall(settings)
  studio.announcer.say(words.picture.continued)
}

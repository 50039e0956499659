import { expect, it } from 'vitest'
import { createAnnouncer } from '../../../../src/ui/studio/announcer'

it('says why what a person asked for failed, and nothing of its own where it did not', async () => {
  const announcer = createAnnouncer()
  await announcer.attempt(async () => announcer.say('The link is copied.'))
  expect(announcer.get().announcement).toEqual({ text: 'The link is copied.' })
  await announcer.attempt(async () => {
    throw new DOMException('Write permission denied.', 'NotAllowedError')
  })
  expect(announcer.get().announcement).toEqual({ text: 'Write permission denied.' })
})

it('leaves a way back for as long as it is offered, and says the last news afterwards', () => {
  const announcer = createAnnouncer()
  const undo = { label: 'Undo', act: () => undefined }
  announcer.say('Deleted.', undo)
  announcer.say('Stopped.')
  announcer.say('The video is done.')
  expect(announcer.get().announcement).toEqual({ text: 'Deleted.', action: undo })
  announcer.say('2 deleted.', undo)
  expect(announcer.get().announcement?.text).toBe('2 deleted.')
  announcer.hush()
  expect(announcer.get().announcement).toEqual({ text: 'The video is done.' })
  announcer.hush()
  expect(announcer.get().announcement).toBeUndefined()
})

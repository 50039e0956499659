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

import { describe, expect, it } from 'vitest'
import { framesAhead } from '../../../src/protocol/live'
import { FramePlayer } from '../../../src/ui/live/frame-player'

const FPS = 16
const CHUNK = 12

/**
 * Plays a film whose chunks take `seconds` each, for `chunks` chunks; the times at which frames were shown.
 */
function play(seconds: number, chunks: number) {
  const shown: { index: number; at: number }[] = []
  let now = 0
  const player = new FramePlayer({
    fps: FPS,
    chunkFrames: CHUNK,
    draw: ({ index }) => shown.push({ index, at: now }),
  })
  const states = new Set<string>()
  let index = 0
  const end = chunks * seconds + 5
  for (let tick = 0; now < end; tick++) {
    now = tick / 60
    while (index < chunks * CHUNK && now >= seconds * (1 + Math.floor(index / CHUNK)))
      player.push({ index: index++, width: 2, height: 2, i420: new Uint8Array(6) }, now)
    if (index === chunks * CHUNK) player.end()
    player.tick(now)
    states.add(player.playing)
  }
  return { shown, player, states }
}

const gaps = (shown: readonly { at: number }[]): number[] =>
  shown.slice(1).map(({ at }, i) => at - shown[i]!.at)

describe('a film while it is made', () => {
  it('shows its first frame at once, and every frame in order', () => {
    const { shown } = play(0.5, 6)
    expect(shown[0]!.at).toBeCloseTo(0.5, 1)
    expect(shown.map(({ index }) => index)).toEqual(Array.from({ length: 6 * CHUNK }, (_, i) => i))
  })

  it('plays at its own rate where it is made quicker than that', () => {
    const { shown, player, states } = play(0.5, 8)
    expect(player.speed).toBeCloseTo(1.5, 1)
    const steady = gaps(shown).slice(2 * CHUNK)
    expect(Math.max(...steady)).toBeLessThan(1.5 / FPS)
    expect(states).not.toContain('slower')
  })

  it('plays slower all along where it is made a little slower', () => {
    const { shown, player, states } = play(1, 10)
    expect(player.speed).toBeCloseTo(0.75, 1)
    expect(states).toContain('slower')
    const later = gaps(shown).slice(4 * CHUNK, 8 * CHUNK)
    const mean = later.reduce((sum, gap) => sum + gap, 0) / later.length
    expect(mean).toBeGreaterThan(1.2 / FPS)
    expect(Math.max(...later)).toBeLessThan(6 / FPS)
  })

  it('waits for each chunk where it is made much slower', () => {
    const { shown, states } = play(3, 4)
    expect(states).toContain('waiting')
    const long = gaps(shown).filter((gap) => gap > 1)
    expect(long.length).toBe(3)
    expect(shown).toHaveLength(4 * CHUNK)
  })

  it.each([
    [4, 2],
    [12, 2],
    [32, 1.2],
  ])(
    'says one speed of a film that waits to be watched: chunks of %i frames, %f × real time',
    (chunkFrames, speed) => {
      const shown: { index: number; at: number }[] = []
      const said: string[] = []
      let now = 0
      let watched: number | undefined
      const player = new FramePlayer({
        fps: FPS,
        chunkFrames,
        draw: ({ index }) => shown.push({ index, at: now }),
        onWatched: (frames) => (watched = frames),
      })
      // Twice as fast as real time, as far as it may be made: see `Steering`.
      const seconds = chunkFrames / FPS / 2
      let made = 0
      let due: number | undefined = seconds
      for (let tick = 0; now < 30; tick++) {
        now = tick / 60
        if (due === undefined && (watched ?? made) >= made - framesAhead(FPS, chunkFrames))
          due = now + seconds
        if (due !== undefined && now >= due) {
          for (const end = made + (made === 0 ? 1 : chunkFrames); made < end; made++)
            player.push({ index: made, width: 2, height: 2, i420: new Uint8Array(6) }, now)
          due = undefined
        }
        player.tick(now)
        if (now > 5) said.push(`${player.playing}, ${player.speed! > 0.8 * speed ? 'as fast' : player.speed}`)
      }
      expect([...new Set(said)]).toEqual(['real-time, as fast'])
      const later = gaps(shown.filter(({ at }) => at > 5))
      expect(Math.max(...later)).toBeLessThan(1.5 / FPS)
    },
  )

  it('says at once how far it was watched, and then about once a second', () => {
    const watched: number[] = []
    const player = new FramePlayer({
      fps: FPS,
      chunkFrames: 4,
      draw: () => undefined,
      onWatched: (n) => watched.push(n),
    })
    for (let i = 0; i < 48; i++) player.push({ index: i, width: 2, height: 2, i420: new Uint8Array(6) }, 0)
    player.end()
    for (let tick = 0; tick < 240; tick++) player.tick(tick / 60)
    expect(watched[0]).toBe(1)
    expect(watched.length).toBeGreaterThanOrEqual(3)
    expect(watched).toEqual([...watched].sort((a, b) => a - b))
  })
})

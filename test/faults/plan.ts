// A fault at every point of a job: it is run once undisturbed, which counts its points, and then again for each of
// them.

/** A point of a job where something can go wrong: the nth of its class, from 0 on. */
export interface FaultPoint {
  /** "denoise submit", "write". */
  readonly class: string
  readonly nth: number
}

/** What a world under test asks at each point. */
export interface FaultPlan {
  /** Whether it goes wrong here. */
  reach(name: string): boolean
}

export interface CountingPlan extends FaultPlan {
  /** Points by class, in the order in which their classes came. */
  readonly counts: ReadonlyMap<string, number>
}

/** All goes well. */
export function countPoints(): CountingPlan {
  const counts = new Map<string, number>()
  return {
    counts,
    reach(name) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
      return false
    },
  }
}

export interface FailingPlan extends FaultPlan {
  /** It came to that point. */
  readonly happened: boolean
}

/**
 * All goes well but at one point.
 * @param times that it goes wrong there in a row: at this point and at the next ones of its class
 */
export function failAt(point: FaultPoint, times = 1): FailingPlan {
  let seen = 0
  let happened = false
  return {
    get happened() {
      return happened
    },
    reach(name) {
      if (name !== point.class) return false
      const isDue = seen >= point.nth && seen < point.nth + times
      seen += 1
      happened ||= isDue
      return isDue
    },
  }
}

/** The points to try: of each class all, or so many, the first and the last among them. */
export function pointsOf(counts: ReadonlyMap<string, number>, most = Infinity): FaultPoint[] {
  return [...counts].flatMap(([name, count]) => {
    const wanted = Math.min(count, most)
    const nth = (i: number): number =>
      wanted === 1 ? Math.floor(count / 2) : Math.round((i * (count - 1)) / (wanted - 1))
    return Array.from({ length: wanted }, (_, i) => ({ class: name, nth: nth(i) }))
  })
}

/** Points of a class in `npm test`, and in `npm run test:faults`. */
export function pointsEach(short: number, long: number): number {
  return import.meta.env.MODE === 'faults' ? long : short
}

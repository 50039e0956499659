// The lines of a run's journal, and what they add up to.
import { CheckedJson } from '../../weights/sources/checked-json'

/** Of the journal and of what is saved beside it. */
export const FORMAT = 1

export interface PartHash {
  readonly bytes: number
  readonly sha256: string
}

/** Bytes under a name, in one of two files that take turns: the save before stays until the next is whole. */
export interface SaveLine {
  readonly kind: 'save'
  readonly name: string
  readonly slot: 0 | 1
  /** JSON of the saver. */
  readonly about: unknown
  readonly parts: readonly PartHash[]
}

export type RunLine =
  /** What the run is; a later one replaces it. */
  | { readonly kind: 'run'; readonly format: number; readonly facts: unknown }
  | SaveLine
  /** The next frame, at the end of those before. */
  | { readonly kind: 'frame'; readonly bytes: number; readonly sha256: string }
  /** Only the first frames are left. */
  | { readonly kind: 'cut'; readonly frames: number }

export interface RunLines {
  readonly facts: unknown
  /** The last two saves of each name, the newest first. */
  readonly saves: ReadonlyMap<string, readonly SaveLine[]>
  readonly frames: readonly PartHash[]
}

const KINDS = ['run', 'save', 'frame', 'cut'] as const
const NAME = /^[a-z]+\d*$/
const SHA256 = /^[0-9a-f]{64}$/
const MOST_FRAMES = 1e6

function partOf(at: CheckedJson): PartHash {
  return {
    bytes: at.get('bytes').integer(0, Number.MAX_SAFE_INTEGER),
    sha256: at.get('sha256').text(SHA256, 'a SHA-256'),
  }
}

function raw(record: unknown, key: string): unknown {
  return Reflect.get(record as object, key)
}

/** The saves of a name with a newer one. */
export function withSave(saves: readonly SaveLine[], line: SaveLine): SaveLine[] {
  return [line, ...saves.filter(({ slot }) => slot !== line.slot)].slice(0, 2)
}

/**
 * `'newer'` where another version of the app wrote it; undefined where it says of no run.
 * @throws WeightsError where a line is not one of ours
 */
export function replayRun(records: readonly unknown[]): RunLines | 'newer' | undefined {
  let facts: unknown
  const saves = new Map<string, readonly SaveLine[]>()
  let frames: PartHash[] = []
  for (const record of records) {
    const at = new CheckedJson(record, "A run's journal")
    switch (at.get('kind').oneOf(KINDS)) {
      case 'run':
        if (at.get('format').integer(1, Number.MAX_SAFE_INTEGER) > FORMAT) return 'newer'
        facts = raw(record, 'facts')
        break
      case 'save': {
        const name = at.get('name').text(NAME, 'a name')
        const line: SaveLine = {
          kind: 'save',
          name,
          slot: at.get('slot').oneOf([0, 1]),
          about: raw(record, 'about'),
          parts: at.get('parts').items().map(partOf),
        }
        saves.set(name, withSave(saves.get(name) ?? [], line))
        break
      }
      case 'frame':
        frames.push(partOf(at))
        break
      case 'cut':
        frames = frames.slice(0, at.get('frames').integer(0, MOST_FRAMES))
        break
    }
  }
  return facts === undefined ? undefined : { facts, saves, frames }
}

// What --resume needs of a run that was interrupted: the browser's profile, which holds the run itself, and the wish. A
// run that is over leaves nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import type { GenerateArguments } from './arguments'
import { UsageError } from './usage-error'

/** Where a run's film and its end go, and what makes them. */
type Places = Pick<GenerateArguments, 'out' | 'keepEnd' | 'models' | 'choices'>

/** What is kept of a run's arguments; the run itself has the rest. */
export interface Wish extends Places {
  /** Of its page: another port would be another origin, with other files. */
  readonly port: number
  /** Of the process that makes it. */
  readonly pid: number
  /** When that began, where it is known. */
  readonly pidSince?: string
  /** Milliseconds since 1970. */
  readonly begunAt: number
}

export interface KeptFolder {
  readonly profile: string
  /** From then on its run may be continued. */
  write(wish: Wish): void
  /** Removes it all. */
  remove(): void
}

export interface InterruptedFolder extends KeptFolder {
  readonly wish: Wish
}

const WISH = 'run.json'
/** Older ones than these are given up. */
const MOST = 3
const MOST_DAYS = 7
const DAY_MS = 24 * 3600 * 1000

/** Where programs of this system keep what they can make again. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const named = platform === 'win32' ? env['LOCALAPPDATA'] : env['XDG_CACHE_HOME']
  if (named !== undefined && named !== '') return join(named, 'zoetrope')
  return join(homedir(), platform === 'darwin' ? 'Library/Caches' : '.cache', 'zoetrope')
}

/**
 * When a process began, as Linux counts it: a later one may have its number, as after the restart of a container.
 */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] // its name may have spaces
  } catch {
    return undefined
  }
}

/** Whether another process of that number is there, which began then. */
function isAlive(pid: number, since: string | undefined): boolean {
  if (pid === process.pid) return false // the list is read before this one has a run
  const found = startOf(pid)
  if (found !== undefined && since !== undefined && found !== since) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // there, and another user's
  }
}

function pidOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1))
}

function kept(folder: string): KeptFolder {
  return {
    profile: join(folder, 'profile'),
    write: (wish) => writeFileSync(join(folder, WISH), JSON.stringify(wish)),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  }
}

function readWish(folder: string): Wish | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, WISH), 'utf8')) as Wish
  } catch {
    return undefined
  }
}

/** Runs that were interrupted, the newest first. Clears away what is too old, or was never begun. */
export function interruptedFolders(
  root = join(cacheFolder(), 'runs'),
  now = Date.now(),
): InterruptedFolder[] {
  if (!existsSync(root)) return []
  const found = readdirSync(root)
    .map((name) => ({ ...kept(join(root, name)), name, wish: readWish(join(root, name)) }))
    .filter(({ name, wish }) => !isAlive(wish?.pid ?? pidOf(name), wish?.pidSince))
    .sort((a, b) => (b.wish?.begunAt ?? 0) - (a.wish?.begunAt ?? 0))
  return found.flatMap(({ wish, name: _name, ...folder }, i) => {
    if (wish !== undefined && i < MOST && now - wish.begunAt < MOST_DAYS * DAY_MS)
      return [{ ...folder, wish }]
    folder.remove()
    return []
  })
}

/** A new folder for this process. */
export function newFolder(root = join(cacheFolder(), 'runs'), now = Date.now()): KeptFolder {
  const folder = join(root, `${now}-${process.pid}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return kept(folder)
}

/** What is kept of the arguments, so that it means the same in any folder. */
export function wishOf({ out, keepEnd, models, choices }: Places, port: number): Wish {
  const pidSince = startOf(process.pid)
  return {
    out,
    ...(keepEnd !== undefined && { keepEnd }),
    models: models.map((model) => (existsSync(model) ? resolve(model) : model)),
    choices,
    port,
    pid: process.pid,
    ...(pidSince !== undefined && { pidSince }),
    begunAt: Date.now(),
  }
}

/**
 * The arguments of --resume with what was kept: another --out or --keep-end replaces the run's own.
 * @throws UsageError where the run keeps no end to write
 */
export function withWish(
  asked: GenerateArguments,
  { out, keepEnd, models, choices }: Wish,
): GenerateArguments {
  if (asked.keepEnd !== undefined && keepEnd === undefined)
    throw new UsageError(
      'The interrupted run was begun without --keep-end, so its last frame is not kept. Leave out --keep-end.',
    )
  return {
    ...asked,
    models,
    choices,
    out: asked.out === '' ? out : asked.out,
    ...(keepEnd !== undefined && { keepEnd: asked.keepEnd ?? keepEnd }),
  }
}

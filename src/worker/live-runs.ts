import type { LiveChange } from '../protocol/live'
import type { LiveRun } from '../protocol/engine'

/** The films that are being made, by the page's names for them. A change may come before its film has begun. */
export class LiveRuns {
  private readonly runs = new Map<string, LiveRun>()
  private readonly early = new Map<string, LiveChange[]>()

  /** Announces a film that is about to begin. */
  expect(key: string): void {
    this.early.set(key, [])
  }

  begin(key: string, run: LiveRun): void {
    this.runs.set(key, run)
    for (const change of this.early.get(key) ?? []) run.change(change)
    this.early.delete(key)
  }

  end(key: string): void {
    this.runs.delete(key)
    this.early.delete(key)
  }

  change(key: string, change: LiveChange): void {
    const run = this.runs.get(key)
    if (run) run.change(change)
    else this.early.get(key)?.push(change)
  }
}

// Files of the user's own, found again by handles that the browser keeps.
import type { NamedFile } from '../../protocol/model-source'
import type { Picked } from './picked'

export interface DiskSet {
  key: string
  title: string
  bytes: number
}

export interface DiskMemory {
  list(): Promise<DiskSet[]>
  /** Undefined where the browser gave no handles. */
  remember(picked: Picked): Promise<DiskSet | undefined>
  forget(key: string): Promise<void>
  /**
   * Undefined where the person has not allowed it. A browser asks only in answer to a press, so `mayAsk` is true
   * there alone.
   */
  files(key: string, mayAsk: boolean): Promise<NamedFile[] | undefined>
}

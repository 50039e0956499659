import type { PageStorage } from '../../../../src/ui/kept'

/** A storage of the browser. */
export class Memory implements PageStorage {
  readonly items = new Map<string, string>()
  getItem = (key: string): string | null => this.items.get(key) ?? null
  setItem = (key: string, value: string): void => void this.items.set(key, value)
}

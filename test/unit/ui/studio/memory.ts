import type { Drawer } from '../../../../src/ui/kept'

/** A drawer of the browser. */
export class Memory implements Drawer {
  readonly items = new Map<string, string>()
  getItem = (key: string): string | null => this.items.get(key) ?? null
  setItem = (key: string, value: string): void => void this.items.set(key, value)
}

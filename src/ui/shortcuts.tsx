import { useEffect } from 'react'
import { Dialog } from './dialog'
import { isCommand } from './hooks'
import type { Words } from './text/en'
import { useWords } from './text/language'

export type ShortcutName = keyof Words['shortcuts']['rows']

const COMMAND = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl'

const KEYS: Readonly<Record<ShortcutName, readonly string[]>> = {
  generate: [COMMAND, '↵'],
  stop: ['Esc'],
  prompt: ['/'],
  gallery: ['g'],
  create: ['c'],
  models: ['m'],
  random: ['r'],
  play: ['Space'],
  frames: ['←', '→'],
  help: ['?'],
}

export interface ShortcutSheetProps {
  /** Whether single letters are commands: who speaks to the machine may not want it. */
  isOn: boolean
  onTurn(isOn: boolean): void
  onClose(): void
}

export function ShortcutSheet({ isOn, onTurn, onClose }: ShortcutSheetProps) {
  const { shortcuts } = useWords()
  const rows = Object.entries(shortcuts.rows) as [ShortcutName, string][]
  return (
    <Dialog title={shortcuts.title} onClose={onClose} isSmall>
      <dl className="keys">
        {rows.map(([name, text]) => (
          <div key={name}>
            <dt>{text}</dt>
            <dd>
              {KEYS[name].map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label className="switch">
        <input type="checkbox" checked={isOn} onChange={(event) => onTurn(event.target.checked)} />
        {shortcuts.single}
      </label>
    </Dialog>
  )
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  )
}

/** Single letters, outside of fields and dialogs. */
export function useShortcuts(commands: Readonly<Record<string, () => void>>, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return
    const onKey = (event: KeyboardEvent): void => {
      const { key, ctrlKey, metaKey, altKey, target } = event
      if (!isCommand(event) || ctrlKey || metaKey || altKey || isWriting(target)) return
      if (document.querySelector('dialog[open]') !== null) return
      const command = commands[key]
      if (command === undefined) return
      event.preventDefault()
      command()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [commands, isOn])
}

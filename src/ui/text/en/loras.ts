import { count } from './numbers'

export const loras = {
  loras: {
    label: 'LoRAs',
    one: 'LoRA',
    about: 'styles, people, fewer steps',
    inUse: (number: number) => `${number} in use`,
    add: 'Add a LoRA',
    adding: 'Copying into this browser…',
    orDrop: 'or drop its file on the page; it is kept in this browser',
    addBundled: (title: string) => `Add ${title}, which comes with this page`,
    titles: {} as Readonly<Record<string, string>>,
    strength: (name: string) => `Strength of ${name}`,
    remove: (name: string) => `Remove ${name} from this browser`,
    triggers: 'Trigger words:',
    addWord: (word: string) => `Add “${word}” to the prompt`,
    applied: (applied: number, of: number) => `${applied} of ${count(of, 'layer')} applied.`,
    leftOut: 'Left out, as the model has no place for them',
    missing: (names: string) => `The recipe also used ${names}, which is not in this browser. Add it here.`,
    without: 'Continue without',
    added: (name: string) => `${name} was added to your LoRAs.`,
  },
}

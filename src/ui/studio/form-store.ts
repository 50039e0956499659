// What the person typed and set, kept across reloads. What nobody touched follows the model's defaults.
import { limitsWithUpscaler, type Limits } from '../../protocol/limits'
import type { StudioInput } from './studio-input'
import { SETTING_NAMES, type SettingName, type SettingsInput } from '../../protocol/settings'
import { keepDraft, readDraft, type Draft } from '../draft'
import { initialForm, type FormValues } from '../form'
import type { PageStorage } from '../kept'
import type { Session } from '../session-state'
import { createStore, type Store } from '../store'
import { sizeFor } from './picture-sizes'
import type { Continuation } from './continuation'
import { createControlStore, type ControlStore } from './control-store'
import { createFormPictures, type FormPictures, type FormPicturesNeeds, type Place } from './form-pictures'
import { asFile, type GivenInput } from './given'
import { FORM_PICTURE } from './pictures'

export interface FormStore extends Pick<Store<Draft>, 'get' | 'subscribe'> {
  /** The form as it is shown. */
  values(limits: Limits): FormValues
  change(more: Partial<FormValues>): void
  setSeedRandom(isRandom: boolean): void
  /** Shows the seed that a run has drawn; one that the person has fixed stays. */
  showSeed(seed: number): void
  /** Takes settings over from a clip or a recipe; of all that they have, or of some. */
  recall(settings: SettingsInput, names?: readonly SettingName[]): void
  /** Back to the model's defaults; the prompt stays. */
  reset(name?: SettingName): void
  /** Nothing was ever set for the model in use. */
  isUntouched(): boolean
  /** Settings that differ from the model's defaults. */
  touched(): ReadonlySet<SettingName>
  /** Those that a clip begins and ends with, of models that take them. */
  readonly pictures: FormPictures
  /** The clip that the next one goes on from, in the place of a first picture; of the model in use. */
  continuation(): Continuation | undefined
  setContinuation(continuation: Continuation | undefined): void
  /** Whether that keeps the colours of the first clip of the row. */
  setHoldsColours(holdsColours: boolean): void
  /** An upscaler of the user's own, for any model; it stays as long as the tab. */
  upscaler(): File | undefined
  setUpscaler(upscaler: File | undefined): void
  /** What the clip follows, of models that take a control. */
  readonly control: ControlStore
  /** Takes over the files of a clip, and leaves out what it had none of. @throws ZoetropeError where one is no picture */
  recallFiles(files: Pick<GivenInput, 'image' | 'lastImage' | 'control'>): Promise<void>
  /** For a run: only what was set, for the model may still be opening, and the rest follows its defaults. */
  input(): StudioInput
}

/** Settings that came before a model was open: they are the first model's. */
const ANY = '*'

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

/** Without the choices that only other models, or another upscaler, offer. */
function offered(
  { decoder, upscale, ...changes }: Partial<FormValues>,
  { hasTinyDecoder, upscales }: Pick<Limits, 'hasTinyDecoder' | 'upscales'>,
): Partial<FormValues> {
  return {
    ...changes,
    ...(decoder !== undefined && hasTinyDecoder && { decoder }),
    ...(upscale !== undefined && upscales.some((each) => String(each) === upscale) && { upscale }),
  }
}

export function createFormStore(
  session: Pick<Session, 'get' | 'subscribe'>,
  storage: PageStorage | undefined,
  needs: FormPicturesNeeds,
): FormStore {
  const store = createStore<Draft>(readDraft(storage))
  const model = (): string => session.get().engine?.model.id ?? ANY
  const set = (more: Partial<Draft>): void => {
    store.set(more)
    keepDraft(storage, store.get())
  }
  const ownChanges = (): Partial<FormValues> => {
    const { changes } = store.get()
    return { ...changes[model()], ...changes[ANY] }
  }

  let upscaler: File | undefined
  const control = createControlStore()
  const pictures = createFormPictures(needs, {
    chosen: () => store.get().pictures,
    // A picture takes the place of a clip that was to go on.
    choose: (ids) => set({ pictures: ids, ...(ids.includes(FORM_PICTURE) && { continuation: undefined }) }),
    changed: () => store.set({}), // calls the listeners
  })
  /** As the engine chooses it, where nobody has set one. */
  const sizeOfPicture = (): Partial<FormValues> => {
    const { width, height } = ownChanges()
    const card = session.get().engine?.model
    const picture = pictures.get('first') ?? (card?.takesControl ? pictures.get('last') : undefined)
    const isOfVideo = card?.takesControl === true && control.get().video !== undefined
    if (width !== undefined || height !== undefined || !card?.takesPicture || !picture || isOfVideo) return {}
    const size = sizeFor(picture, card)
    return size ? { width: String(size.width), height: String(size.height) } : {}
  }
  const continuation = (): Continuation | undefined => {
    const { continuation: chosen } = store.get()
    return chosen?.model === model() ? chosen : undefined
  }
  const sizeOfRow = (): Partial<FormValues> => {
    const { width, height } = continuation() ?? {}
    return width === undefined ? {} : { width: String(width), height: String(height) }
  }
  let lastModel = model()
  session.subscribe(() => {
    const now = model()
    if (now === lastModel) return
    lastModel = now
    const { [ANY]: early, ...changes } = store.get().changes
    if (now !== ANY && early !== undefined)
      set({ changes: { ...changes, [now]: { ...changes[now], ...early } } })
  })

  return {
    get: store.get,
    subscribe: store.subscribe,
    values(limits) {
      const { prompt, seed } = store.get()
      const own = { ...initialForm(limits), ...sizeOfPicture(), ...offered(ownChanges(), limits) }
      return { ...own, ...sizeOfRow(), prompt, seed }
    },
    change({ prompt, seed, ...more }) {
      const { changes } = store.get()
      const isChanged = Object.keys(more).length > 0
      set({
        ...(prompt !== undefined && { prompt }),
        ...(seed !== undefined && { seed }),
        ...(isChanged && { changes: { ...changes, [model()]: { ...changes[model()], ...more } } }),
      })
    },
    setSeedRandom: (isSeedRandom) => set({ isSeedRandom }),
    showSeed(seed) {
      if (store.get().isSeedRandom) set({ seed: String(seed) })
    },
    recall(settings, names = SETTING_NAMES) {
      const given = Object.fromEntries(
        names.flatMap((name) => {
          const text = asText(settings[name])
          return text === undefined ? [] : [[name, text]]
        }),
      ) as Partial<FormValues>
      this.change(given)
      if (given.seed !== undefined) this.setSeedRandom(false)
    },
    reset(name) {
      const { changes } = store.get()
      const { [model()]: own, [ANY]: _early, ...others } = changes
      if (name === undefined) return set({ changes: others, isSeedRandom: true, seed: '' })
      if (name === 'seed') return set({ isSeedRandom: true })
      const rest = Object.fromEntries(Object.entries(own ?? {}).filter(([each]) => each !== name))
      set({ changes: { ...others, [model()]: rest } })
    },
    isUntouched: () => !(model() in store.get().changes) && Object.keys(ownChanges()).length === 0,
    touched() {
      const { defaults } = session.get().engine?.model ?? {}
      const given = Object.entries(ownChanges()) as [SettingName, string][]
      return new Set(
        given
          .filter(([name, value]) => defaults === undefined || String(Reflect.get(defaults, name)) !== value)
          .map(([name]) => name),
      )
    },
    input() {
      const { prompt, seed, isSeedRandom, holdsColours } = store.get()
      const {
        limits: own,
        takesPicture = false,
        takesLastPicture = false,
        takesControl = false,
      } = session.get().engine?.model ?? {}
      const before = continuation()
      const picture = before ? undefined : pictures.get('first')?.file
      const lastPicture = pictures.get('last')?.file
      const limits = own && upscaler ? limitsWithUpscaler(own) : own
      return {
        ...(limits === undefined ? ownChanges() : offered(ownChanges(), limits)),
        ...sizeOfRow(),
        prompt,
        seed: isSeedRandom ? '' : seed,
        ...(picture !== undefined && takesPicture && { image: picture }),
        ...(before && { continues: before.clip, ...(holdsColours === true && { holdsColours }) }),
        ...((picture !== undefined || before !== undefined || takesControl) &&
          lastPicture !== undefined &&
          takesLastPicture && { lastImage: lastPicture }),
        ...(upscaler !== undefined && { upscaler }),
        ...(takesControl && control.input(picture !== undefined || lastPicture !== undefined)),
      }
    },
    control,
    async recallFiles({ image, lastImage, control: given = {} }) {
      control.recall(given)
      const put = async (place: Place, file: Blob | undefined): Promise<void> =>
        file ? pictures.take(place, asFile(file, 'picture')) : pictures.leaveOut(place)
      await Promise.all([put('first', image), put('last', lastImage)])
    },
    pictures,
    continuation,
    setContinuation(next) {
      if (next) pictures.leaveOut('first')
      set({ continuation: next })
    },
    setHoldsColours: (holdsColours) => set({ holdsColours }),
    upscaler: () => upscaler,
    setUpscaler(next) {
      upscaler = next
      if (next === undefined) this.reset('upscale')
      store.set({}) // calls the listeners
    },
  }
}

import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import type { CatalogueEntry } from '../catalogue/catalogue'
import type { TimeEstimate } from '../protocol/estimate'
import { CreateRoom } from './create/create-room'
import { Footer } from './footer'
import { useOffline, useStore } from './hooks'
import { useInstall } from './install'
import { keep, readKept } from './kept'
import { DropTarget } from './library/drop-target'
import { filesOfHandles, type Picked } from './library/picked'
import { DISK } from './library/model-library'
import { useRescue } from './live/use-rescue'
import { readLoraHeader } from './loras/header'
import { Masthead } from './masthead'
import { AskFirst, type Question } from './question'
import { goTo, useRoom } from './room'
import type { Updates } from './service-worker'
import { ShortcutSheet, useShortcuts } from './shortcuts'
import { sayOnceOpen, sayRecipe } from './studio/say-recipe'
import type { Studio } from './studio/studio'
import { useRunNews } from './studio/run-news'
import { useTabSignals } from './tab-signals'
import { keepLanguage, loadWords, WordsProvider, type Language } from './text/language'
import type { Words } from './text/en'
import { useTheme } from './theme'
import { Toast } from './toast'
import { UpdateBanner } from './update-banner'

const rooms = {
  gallery: () => import('./gallery/gallery-room'),
  check: () => import('./check/check-room'),
  models: () => import('./library/panel'),
  help: () => import('./help/help-panel'),
  film: () => import('./live/live-canvas'),
}
const GalleryRoom = lazy(async () => ({ default: (await rooms.gallery()).GalleryRoom }))
const CheckRoom = lazy(async () => ({ default: (await rooms.check()).CheckRoom }))
const ModelPanel = lazy(async () => ({ default: (await rooms.models()).ModelPanel }))
const HelpPanel = lazy(async () => ({ default: (await rooms.help()).HelpPanel }))

const SINGLE_KEYS = 'zoetrope.single-keys'
const OFFERED = 'zoetrope.install-offered'
const CLIPS_BEFORE_INSTALL = 3

type Sheet = 'models' | 'help' | 'shortcuts'

export interface AppProps {
  studio: Studio
  updates: Updates | undefined
  words: Words
  onWords(words: Words): void
}

/** A film or a file of settings, and not the files of a model. */
function isRecipeFile({ name, file }: Picked['files'][number]): boolean {
  return file.type.startsWith('video/') || /\.(mp4|mov|m4v|webm)$/i.test(name)
}

function isPicture({ name, file }: Picked['files'][number]): boolean {
  return file.type.startsWith('image/') || /\.(png|jpe?g|webp|avif|gif|bmp)$/i.test(name)
}

/** Files that change a model, and are none. */
async function areLoras(files: Picked['files']): Promise<boolean> {
  if (files.length > 16) return false
  const headers = await Promise.all(files.map(readLoraHeader))
  return headers.every(({ isLora }) => isLora)
}

function asFile({ name, file }: Picked['files'][number]): File {
  return file instanceof File ? file : new File([file], name, { type: file.type })
}

export function App({ studio, updates, words: firstWords, onWords }: AppProps) {
  const { session, library, announcer, storage } = studio
  const [words, setWords] = useState(firstWords)
  const [theme, setTheme] = useTheme(storage)
  const room = useRoom()
  const [sheet, setSheet] = useState<Sheet>()
  const [question, setQuestion] = useState<Question>()
  const { job } = useStore(session)
  const { announcement } = useStore(library)
  const isOffline = useOffline()
  const install = useInstall()
  const isOpen = useStore(session).engine !== undefined
  useEffect(() => {
    // Fetches the other rooms and the film player once the model is open, so that they appear without delay.
    if (isOpen) for (const fetchRoom of Object.values(rooms)) void fetchRoom().catch(() => undefined)
  }, [isOpen])
  useTabSignals(studio, job !== undefined, words)
  useRunNews(studio, words)
  useRescue(studio, words)

  const chooseLanguage = (language: Language): void => {
    keepLanguage(storage, language)
    void loadWords(language).then(setWords)
  }
  useEffect(() => {
    document.documentElement.lang = words.code
    onWords(words)
  }, [words, onWords])

  useEffect(() => {
    const { link } = studio
    if (link === undefined) return
    if (link.ok)
      void announcer.attempt(async () => {
        const reading = await link.restored
        const { engine } = session.get()
        sayRecipe(announcer, words, reading, engine?.model.id)
        // Whether the recipe is of another model shows when one is open.
        if (engine === undefined && reading.model !== undefined)
          sayOnceOpen(session, announcer, words, reading)
      })
    else announcer.say(words.recipe.damaged)
    history.replaceState(null, '', location.pathname + location.search)
    // Once, when the page opens.
  }, [])

  useEffect(() => updates?.onFailed(() => announcer.say(words.update.noCopy)), [announcer, updates, words])

  const [hasKeys, setKeys] = useState(() => readKept(storage, SINGLE_KEYS) !== false)
  const turnKeys = (isOn: boolean): void => {
    keep(storage, SINGLE_KEYS, isOn)
    setKeys(isOn)
  }
  const openModels = useCallback(() => setSheet('models'), [])
  useShortcuts(
    useMemo(
      () => ({
        '?': () => setSheet('shortcuts'),
        m: openModels,
        g: () => goTo('gallery'),
        c: () => goTo('create'),
        r: () => studio.form.setSeedRandom(true),
        '/': () => {
          goTo('create')
          setTimeout(() => document.getElementById('prompt')?.focus(), 0)
        },
      }),
      [openModels, studio],
    ),
    hasKeys,
  )

  /** Another model stops a running video: not without a question. */
  const switchModel = useCallback(
    (change: () => void): void => {
      if (session.get().job === undefined) return change()
      setQuestion({
        title: words.models.switchTitle,
        text: words.models.switchText,
        yes: words.models.switchYes,
        no: words.models.switchNo,
        onYes: change,
      })
    },
    [session, words],
  )

  /** Of a video with a model's own settings, on this machine. */
  const timeOf = useCallback(
    ({ id, defaults }: CatalogueEntry): TimeEstimate | undefined => {
      const { engine } = session.get()
      return engine && studio.estimates.predict(id, engine.adapter, defaults)
    },
    [session, studio],
  )

  const takeFiles = useCallback(
    async (dropped: Promise<Picked>): Promise<void> => {
      const { files } = await dropped.catch(() => ({ files: [] }))
      const [only] = files
      if (only !== undefined && files.length === 1 && isPicture(only)) {
        const { engine } = session.get()
        if (engine !== undefined && !engine.model.takesPicture)
          return announcer.say(words.picture.notTaken(engine.model.title))
        goTo('create')
        if (!(await studio.takePicture('first', asFile(only)))) return
        return announcer.say(words.picture.taken(only.name))
      }
      if (files.length > 0 && (await areLoras(files))) {
        await studio.loras.add(files)
        goTo('create')
        return announcer.say(words.loras.added(files.map(({ name }) => name).join(', ')))
      }
      if (only !== undefined && files.every(isRecipeFile)) {
        const reading = await studio.files.read(only.file)
        if (reading === undefined && session.get().engine?.model.takesControl === true) {
          studio.form.control.setVideo(asFile(only))
          goTo('create')
          return announcer.say(words.control.taken(only.name))
        }
        if (reading === undefined) return announcer.say(words.recipe.none)
        const restored = await studio.take(reading)
        goTo('create')
        return sayRecipe(announcer, words, restored, session.get().engine?.model.id)
      }
      switchModel(
        () => void library.useFiles(dropped).then(() => library.get().errors.has(DISK) && setSheet('models')),
      )
    },
    [announcer, session, library, studio, switchModel, words],
  )

  // What another app has shared comes once, when it is known what the model takes.
  useEffect(() => {
    if (!isOpen) return
    const { searchParams } = new URL(location.href)
    void studio
      .sharedPicture()
      .then((file) => file && takeFiles(Promise.resolve({ files: [{ name: file.name, file }], handles: [] })))
    const given = ['shared', 'prompt'].filter((name) => searchParams.has(name))
    if (given.length === 0) return
    for (const name of given) searchParams.delete(name)
    history.replaceState(
      null,
      '',
      `${location.pathname}${searchParams.size > 0 ? `?${searchParams}` : ''}${location.hash}`,
    )
  }, [isOpen, studio, takeFiles])

  // Offered once, to someone who has made a few clips.
  const { clips } = useStore(studio.clips)
  const isWorth = install !== undefined && job === undefined && clips.length >= CLIPS_BEFORE_INSTALL
  useEffect(() => {
    if (!isWorth || readKept(storage, OFFERED) === true) return
    keep(storage, OFFERED, true)
    announcer.say(words.install.text, { label: words.install.yes, act: () => install?.() })
  }, [isWorth, install, storage, announcer, words])

  // A film that the system opens with the installed page.
  useEffect(() => {
    window.launchQueue?.setConsumer(({ files }) => {
      if (files.length > 0) void takeFiles(filesOfHandles(files))
    })
  }, [takeFiles])

  return (
    <WordsProvider value={words}>
      <div className="page">
        <Masthead
          studio={studio}
          room={room}
          isOffline={isOffline}
          onModels={openModels}
          onHelp={() => setSheet('help')}
        />
        {room === 'create' ? (
          <CreateRoom studio={studio} onChooseModel={openModels} onAsk={setQuestion} />
        ) : (
          <Suspense fallback={<main className="gallery" aria-busy="true" />}>
            {room === 'gallery' ? <GalleryRoom studio={studio} /> : <CheckRoom studio={studio} />}
          </Suspense>
        )}
        <Footer
          theme={theme}
          onTheme={setTheme}
          onLanguage={chooseLanguage}
          onShortcuts={() => setSheet('shortcuts')}
          onInstall={install}
        />
        <p className="visually-hidden" aria-live="polite">
          {announcement}
        </p>
        <DropTarget onDrop={(dropped) => void takeFiles(dropped)} />
        {sheet === 'models' && (
          <Suspense fallback={null}>
            <ModelPanel
              library={library}
              entries={studio.entries}
              writer={studio.writer.entry}
              timeOf={timeOf}
              onSwitch={switchModel}
              onClose={() => setSheet(undefined)}
            />
          </Suspense>
        )}
        {sheet === 'shortcuts' && (
          <ShortcutSheet isOn={hasKeys} onTurn={turnKeys} onClose={() => setSheet(undefined)} />
        )}
        {sheet === 'help' && (
          <Suspense fallback={null}>
            <HelpPanel studio={studio} onClose={() => setSheet(undefined)} onAsk={setQuestion} />
          </Suspense>
        )}
        {question !== undefined && <AskFirst question={question} onClose={() => setQuestion(undefined)} />}
        {updates !== undefined && <UpdateBanner updates={updates} isRunning={job !== undefined} />}
        <Toast announcer={announcer} />
      </div>
    </WordsProvider>
  )
}

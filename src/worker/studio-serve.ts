import { toFailure } from '../protocol/errors'
import {
  lasts,
  type ClipFacts,
  type ClipRecord,
  type StudioCommand,
  type StudioReply,
  type StudioRequest,
} from '../protocol/gallery'
import { bareUnlessVideo } from '../protocol/looks-like-video'
import type { barePicture } from '../media/picture/bare'
import { clipEndBytes, clipEndSha256, readClipEnd } from '../media/clip-end-file'
import type { exportClip } from '../media/export/export-clip'
import type { RecipeReading } from '../protocol/recipe'
import type { rescueFilm } from '../media/rescue-film'
import type { backUp, bringBack } from '../storage/gallery/backup'
import { bareGiven, type Bare } from '../storage/gallery/bare-given'
import type { Film } from '../storage/gallery/clip-files'
import type { DraftFilms } from '../storage/gallery/draft-films'
import type { Gallery } from '../storage/gallery/gallery'
import { answerCommands, unknownCommand } from './serve-requests'

/** What the studio's worker works with. */
export interface StudioTools {
  gallery(): Promise<Gallery>
  /** Where the disk refuses a clip, it is kept in memory. */
  spare: Gallery
  backUp: typeof backUp
  bringBack: typeof bringBack
  barePicture: typeof barePicture
  exportClip: typeof exportClip
  /** Undefined where nothing is kept. */
  drafts(): Promise<DraftFilms | undefined>
  rescueFilm: typeof rescueFilm
  posterOf(mp4: Blob): Promise<Blob | undefined>
  readRecipe(file: Blob): Promise<RecipeReading | undefined>
  now(): number
}

const unsaved = (clip: ClipRecord): ClipRecord => ({ ...clip, isUnsaved: true })

/** Answers the page's commands about clips and files. */
export function serveStudio(
  tools: StudioTools,
  post: (reply: StudioReply) => void,
): (command: StudioCommand) => void {
  const { spare, now } = tools

  const ofAll = async (work: (gallery: Gallery) => Promise<void>): Promise<void> => {
    const main = await tools.gallery()
    await work(main)
    if (main !== spare) await work(spare)
  }

  const listed = async (): Promise<ClipRecord[]> => {
    const main = await tools.gallery()
    const clips = await main.list()
    if (main === spare) return clips
    return [...(await spare.list()).map(unsaved), ...clips].sort((a, b) => b.madeAt - a.madeAt)
  }

  const galleryOf = async (id: string): Promise<Gallery> =>
    (await spare.list()).some((clip) => clip.id === id) ? spare : tools.gallery()
  const fileOf = async (id: string): Promise<Blob> => (await galleryOf(id)).file(id, 'mp4')

  /** A file as it is kept; undefined where it cannot be read, which is no reason to lose its clip. */
  const bare: Bare = (file) =>
    bareUnlessVideo(
      file,
      async (picture) => (await tools.barePicture(picture, 'picture').catch(() => undefined))?.file,
    )

  /** On the disk, or, where that is full, in memory. */
  const keep = async (facts: ClipFacts, film: Film): Promise<ClipRecord> => {
    const main = await tools.gallery()
    try {
      return await main.keep(facts, film, now())
    } catch (error) {
      if (main === spare) throw error
      console.warn('A clip is kept in memory:', toFailure(error).message)
      return unsaved(await spare.keep(facts, film, now()))
    }
  }

  /** Drafts of films that are in memory alone, by their clips. */
  const draftOf = new Map<string, string>()

  /** Else a film that was deleted would come back at the next visit. */
  const discardDrafts = async (clips: readonly string[]): Promise<void> => {
    const names = clips.flatMap((clip) => draftOf.get(clip) ?? [])
    // What is gone already was rescued by another tab.
    for (const name of names) await (await tools.drafts())?.discard(name).catch(() => undefined)
  }

  /** Keeps the films whose making was cut short; those that hold no frame are gone. */
  const rescue = async (): Promise<number> => {
    const drafts = await tools.drafts()
    let count = 0
    await drafts?.takeLeft(async (fragments, name) => {
      const film = await tools.rescueFilm(fragments)
      if (film === undefined) return true
      const mp4 = new Blob([film.mp4], { type: 'video/mp4' })
      const poster = await tools.posterOf(mp4).catch(() => undefined)
      const clip = await keep(film.facts, { mp4, poster })
      count += 1
      const isSafe = lasts(clip, (await tools.gallery()).place)
      if (!isSafe) draftOf.set(clip.id, name)
      return isSafe
    })
    return count
  }

  const answer = async (request: StudioRequest, signal: AbortSignal): Promise<void> => {
    const { id } = request
    switch (request.type) {
      case 'list':
        return post({ type: 'listed', id, clips: await listed(), place: (await tools.gallery()).place })
      case 'keep': {
        const mp4 = new Blob([request.mp4], { type: 'video/mp4' })
        const poster = await tools.posterOf(mp4).catch(() => undefined)
        const { latents, picture, given = [], end } = request
        const film = {
          mp4,
          poster,
          picture: picture && (await bare(picture)),
          given: await bareGiven(given, bare),
          latents: latents && new Blob([latents]),
          end: end && { content: new Blob([clipEndBytes(end)]), sha256: await clipEndSha256(end) },
        }
        const clip = await keep(request.facts, film)
        return post({ type: 'clip-kept', id, clip, place: (await tools.gallery()).place })
      }
      case 'file':
        return post({ type: 'file', id, file: await fileOf(request.clip) })
      case 'picture':
        return post({
          type: 'file',
          id,
          file: await (await galleryOf(request.clip)).file(request.clip, 'picture'),
        })
      case 'given':
        return post({ type: 'given', id, files: await (await galleryOf(request.clip)).given(request.clip) })
      case 'end': {
        const file = await (await galleryOf(request.clip)).file(request.clip, 'end')
        const end = await readClipEnd(new Uint8Array(await file.arrayBuffer()), 'The end of the clip')
        return post({ type: 'end', id, end })
      }
      case 'star':
        await ofAll((gallery) => gallery.change(request.clip, { isStarred: request.isStarred }))
        return post({ type: 'changed', id })
      case 'remove':
        await ofAll((gallery) => gallery.remove(request.clips, now()))
        await discardDrafts(request.clips)
        return post({ type: 'changed', id })
      case 'restore':
        await ofAll((gallery) => gallery.restore(request.clips))
        return post({ type: 'changed', id })
      case 'purge':
        await ofAll((gallery) => gallery.purge(request.before))
        return post({ type: 'changed', id })
      case 'erase':
        await ofAll((gallery) => gallery.clear())
        await (await tools.drafts())?.clear()
        return post({ type: 'changed', id })
      case 'export': {
        const clip = (await listed()).find((each) => each.id === request.clip)
        const mp4 = await fileOf(request.clip)
        if (clip === undefined) throw new Error('The clip is no longer in the gallery.')
        if (request.format === 'latents') {
          const file = await (await galleryOf(clip.id)).file(clip.id, 'latents')
          return post({ type: 'exported', id, exported: { file, ending: 'safetensors' } })
        }
        const exported = await tools.exportClip(mp4, clip.facts, request.format, {
          seconds: request.seconds,
          onProgress: (done) => post({ type: 'progress', id, done }),
          signal,
        })
        return post({ type: 'exported', id, exported })
      }
      case 'read':
        return post({ type: 'read', id, reading: await tools.readRecipe(request.file) })
      case 'take-picture':
        return post({
          type: 'picture-taken',
          id,
          picture: await tools.barePicture(request.file, request.name),
        })
      case 'backup': {
        const onDone = (done: number): void => {
          signal.throwIfAborted()
          post({ type: 'progress', id, done })
        }
        const all = {
          list: listed,
          file: async (...[clip, part]: Parameters<Gallery['file']>) =>
            (await galleryOf(clip)).file(clip, part),
          given: async (clip: string) => (await galleryOf(clip)).given(clip),
        }
        return post({ type: 'backed-up', id, ...(await tools.backUp(all, onDone)) })
      }
      case 'draft':
        await (await tools.drafts())?.append(request.bytes, request.isFirst)
        return post({ type: 'changed', id })
      case 'settle': {
        const draft = await (await tools.drafts())?.settle(request.isOver)
        if (draft !== undefined && request.clip !== undefined) draftOf.set(request.clip, draft)
        return post({ type: 'changed', id })
      }
      case 'rescue':
        return post({ type: 'rescued', id, count: await rescue() })
      case 'import':
        return post({
          type: 'imported',
          id,
          ...(await tools.bringBack(await tools.gallery(), request.file, bare)),
        })
      default:
        throw unknownCommand(request)
    }
  }

  return answerCommands(answer, post)
}

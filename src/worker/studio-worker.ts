// Clips and files in their own thread: the gallery's storage, and what takes long (decoding, packing, zipping).
import { exportClip } from '../media/export/export-clip'
import { posterOf } from '../media/export/poster'
import { barePicture } from '../media/picture/bare'
import { readRecipeFile } from '../media/recipe-file'
import { rescueFilm } from '../media/rescue-film'
import type { StudioCommand } from '../protocol/gallery'
import type { ReadyReply } from '../protocol/requests'
import { backUp, bringBack } from '../storage/gallery/backup'
import { clipsInMemory } from '../storage/gallery/clip-files'
import { indexInMemory, indexOnDisk, markOnDisk, openIndex } from '../storage/gallery/clip-index'
import { draftsOnDisk, type DraftFilms } from '../storage/gallery/draft-films'
import { createGallery, type Gallery } from '../storage/gallery/gallery'
import { clipsOnDisk } from '../storage/gallery/opfs-clips'
import { serveStudio } from './studio-serve'

const spare = createGallery(clipsInMemory(), indexInMemory())
let opened: Promise<Gallery> | undefined
let drafts: Promise<DraftFilms> | undefined

async function openGallery(): Promise<Gallery> {
  const files = await clipsOnDisk()
  return createGallery(files, await openIndex(indexOnDisk, markOnDisk()))
}

/** What cannot be opened is tried again: a full disk may have room by then. */
async function gallery(): Promise<Gallery> {
  opened ??= openGallery()
  try {
    return await opened
  } catch {
    opened = undefined
    return spare
  }
}

async function draftFilms(): Promise<DraftFilms | undefined> {
  drafts ??= draftsOnDisk()
  try {
    return await drafts
  } catch {
    drafts = undefined
    return undefined
  }
}

const handle = serveStudio(
  {
    gallery,
    spare,
    backUp,
    bringBack,
    barePicture,
    exportClip,
    drafts: draftFilms,
    rescueFilm,
    posterOf,
    readRecipe: readRecipeFile,
    now: Date.now,
  },
  (reply) => postMessage(reply),
)

addEventListener('message', (event: MessageEvent<StudioCommand>) => handle(event.data))
postMessage({ type: 'ready', id: 0 } satisfies ReadyReply)

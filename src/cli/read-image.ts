import { readFileSync, statSync } from 'node:fs'
import { basename } from 'node:path'
import { checkPictureBytes, readPictureHeader } from '../media/picture/header'
import { ZoetropeError } from '../protocol/errors'
import { UsageError } from './usage-error'

/** A file on its way to the page, which reads it. */
export interface GivenFile {
  readonly name: string
  readonly base64: string
}

/** @throws UsageError where there is no such file, or it is no picture, or one that is too large */
export function readImage(path: string, option = '--image'): GivenFile {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat?.isFile())
    throw new UsageError(`There is no picture at ${path}. ${option} names a PNG, JPEG, WebP or AVIF file.`)
  const name = basename(path)
  try {
    checkPictureBytes(stat.size, name)
    const bytes = readFileSync(path)
    readPictureHeader(new Uint8Array(bytes), name)
    return { name, base64: bytes.toString('base64') }
  } catch (error) {
    throw error instanceof ZoetropeError ? new UsageError(error.message) : error
  }
}

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findBox, listBoxes } from '../../../src/media/mp4-boxes'

export interface Mp4Facts {
  width: number
  height: number
  frames: number
  /** Seconds. */
  duration: number
  boxes: string[]
}

/** Read from the boxes by ourselves. */
export function inspectBoxes(bytes: Uint8Array): Mp4Facts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = (...path: string[]): number => {
    const box = findBox(bytes, path)
    if (box === undefined) throw new Error(`The file has no ${path.join('/')}.`)
    return box.bodyStart
  }
  const header = at('moov', 'trak', 'tkhd')
  const time = at('moov', 'trak', 'mdia', 'mdhd')
  const sizes = at('moov', 'trak', 'mdia', 'minf', 'stbl', 'stsz')
  return {
    width: view.getUint32(header + 76) / 65536,
    height: view.getUint32(header + 80) / 65536,
    frames: view.getUint32(sizes + 8),
    duration: view.getUint32(time + 16) / view.getUint32(time + 12),
    boxes: listBoxes(bytes).map((box) => box.type),
  }
}

/** The same by ffprobe, which decodes every frame; undefined where it is not installed. */
export function inspectWithFfprobe(bytes: Uint8Array): Omit<Mp4Facts, 'boxes'> | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'zoetrope-'))
  try {
    const file = join(folder, 'clip.mp4')
    writeFileSync(file, bytes)
    const probe = spawnSync(
      'ffprobe',
      ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', file],
      { encoding: 'utf8' },
    )
    if (probe.error !== undefined) return undefined
    if (probe.stderr !== '' || probe.status !== 0) throw new Error(`ffprobe: ${probe.stderr}`)
    const { streams } = JSON.parse(probe.stdout) as {
      streams: { width: number; height: number; nb_read_frames: string; duration: string }[]
    }
    const [stream] = streams
    if (stream === undefined || streams.length !== 1)
      throw new Error(`ffprobe found ${streams.length} streams.`)
    return {
      width: stream.width,
      height: stream.height,
      frames: Number(stream.nb_read_frames),
      duration: Number(stream.duration),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

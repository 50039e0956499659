import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The frames of a picture or film, decoded by ffmpeg: red, green and blue, row by row. */
export function decodedFrames(
  name: string,
  bytes: Uint8Array,
): { width: number; height: number; frames: Uint8Array[] } {
  const folder = mkdtempSync(join(tmpdir(), 'zoetrope-'))
  try {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    const probe = spawnSync('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', file], {
      encoding: 'utf8',
    })
    const { streams } = JSON.parse(probe.stdout) as { streams: { width: number; height: number }[] }
    const { width = 0, height = 0 } = streams[0] ?? {}
    const args = [
      '-v',
      'error',
      '-i',
      file,
      '-fps_mode',
      'passthrough',
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-',
    ]
    const decoded = spawnSync('ffmpeg', args, { maxBuffer: 1 << 28 })
    if (decoded.status !== 0) throw new Error(`ffmpeg: ${decoded.stderr.toString()}`)
    const size = width * height * 3
    const count = decoded.stdout.length / size
    return {
      width,
      height,
      frames: Array.from({ length: count }, (_, i) => decoded.stdout.subarray(i * size, (i + 1) * size)),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

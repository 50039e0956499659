// Makes the thumbnails of the page's examples: each is run with the bundled model, and its film becomes a still and a
// moving WebP; those of other examples are removed.
// Needs ffmpeg. Run it anew where the model or the examples change: npx tsx tools/example-thumbnails.ts
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { examplesFor } from '../src/catalogue/examples'

const SIDE = 96
const STILL_AT = 0.9 // seconds

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error(`${command} ended with status ${status}.`)
}

const EXAMPLES = examplesFor('mini')
const OUT = 'public/examples'
const wanted = EXAMPLES.flatMap(({ thumbnail: name }) =>
  name ? [`${name}.webp`, `${name}-moving.webp`] : [],
)
for (const file of readdirSync(OUT)) if (!wanted.includes(file)) rmSync(join(OUT, file))

const folder = mkdtempSync(join(tmpdir(), 'zoetrope-examples-'))
try {
  for (const { prompt, seed, thumbnail } of EXAMPLES) {
    if (thumbnail === undefined) continue
    const film = join(folder, `${thumbnail}.mp4`)
    run('npm', ['run', '--silent', 'generate', '--', prompt, '--seed', String(seed), '--out', film])
    const scale = ['-vf', `scale=${SIDE}:${SIDE}:flags=lanczos`]
    const out = join(OUT, thumbnail)
    const moving = ['-c:v', 'libwebp_anim', '-loop', '0', '-q:v', '55', '-compression_level', '6']
    run('ffmpeg', ['-v', 'error', '-y', '-i', film, ...scale, ...moving, `${out}-moving.webp`])
    const still = ['-frames:v', '1', '-c:v', 'libwebp', '-q:v', '75']
    run('ffmpeg', [
      '-v',
      'error',
      '-y',
      '-ss',
      String(STILL_AT),
      '-i',
      film,
      ...scale,
      ...still,
      `${out}.webp`,
    ])
  }
} finally {
  rmSync(folder, { recursive: true })
}

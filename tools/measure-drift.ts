// How colour and sharpness change over a row of clips that go on from each other: makes the row with `npm run generate`,
// once as it comes and once with the first clip's colours held, and prints a table of the clips' last frames.
// npx tsx tools/measure-drift.ts "a boat" --model FOLDER [--image FILE] [--clips 5] [other options of generate]
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readClipEndFile } from '../src/cli/read-clip-end'
import type { ClipEnd } from '../src/protocol/clip-end'

interface Look {
  /** Of red, green and blue, from −1 to 1. */
  readonly mean: readonly [number, number, number]
  readonly deviation: number
  /** The mean of the absolute difference of a pixel and its four neighbours' mean. */
  readonly sharpness: number
}

function lookOf({ width, height, frame }: ClipEnd): Look {
  const at = (x: number, y: number, c: number): number => frame[(y * width + x) * 3 + c]!
  const mean = [0, 1, 2].map((c) => {
    let sum = 0
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) sum += at(x, y, c)
    return sum / (width * height)
  }) as [number, number, number]
  let squares = 0
  let edges = 0
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      for (let c = 0; c < 3; c++) {
        const own = at(x, y, c)
        squares += (own - mean[c]!) ** 2
        edges += Math.abs(own - (at(x - 1, y, c) + at(x + 1, y, c) + at(x, y - 1, c) + at(x, y + 1, c)) / 4)
      }
    }
  }
  const count = (width - 2) * (height - 2) * 3
  return { mean, deviation: Math.sqrt(squares / count), sharpness: edges / count }
}

function generate(args: readonly string[]): void {
  const { status } = spawnSync('npm', ['run', '-s', 'generate', '--', ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error('A clip was not made; the reason is above.')
}

/** The number after `--clips`, and the arguments without it, and the arguments of the first clip alone. */
function readArguments(args: readonly string[]): { clips: number; all: string[]; first: string[] } {
  const rest = [...args]
  const take = (name: string): string[] => {
    const at = rest.indexOf(name)
    return at < 0 ? [] : rest.splice(at, 2)
  }
  const [, clips = '5'] = take('--clips')
  return { clips: Number(clips), first: take('--image'), all: rest }
}

const { clips, all, first } = readArguments(process.argv.slice(2))
const folder = mkdtempSync(join(tmpdir(), 'zoetrope-drift-'))
try {
  console.log(
    '| clip | colours | red | green | blue | deviation | sharpness |\n|---|---|---|---|---|---|---|',
  )
  for (const held of [[], ['--hold-colours']]) {
    for (let i = 0; i <= clips; i++) {
      const end = (n: number): string => join(folder, `${held.length}-${n}.safetensors`)
      const before = i === 0 ? first : ['--continue', end(i - 1), ...held]
      generate([...all, ...before, '--keep-end', end(i), '--out', join(folder, 'clip.mp4')])
      const { mean, deviation, sharpness } = lookOf(await readClipEndFile(end(i)))
      const numbers = [...mean, deviation, sharpness].map((value) => value.toFixed(4))
      console.log(`| ${i} | ${held.length > 0 ? 'held' : 'as they come'} | ${numbers.join(' | ')} |`)
    }
  }
} finally {
  rmSync(folder, { recursive: true })
}

// npm run synthesize: writes a model's files with weights from a formula, in the published sizes and layouts.
import { linkSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { tokenizerDocuments } from '../models/umt5/tokenizer-json'
import { mixOf, readArguments, type DitFormat, type SynthesizeArguments } from './synthesize/arguments'
import { writePlanned } from './synthesize/fill'
import { clipVisionShapes } from './synthesize/clip-shapes'
import { imageDitShapes } from './synthesize/image-shapes'
import { ditGguf, safetensorsFile, shardedFiles, umt5Gguf, type Mix } from './synthesize/layouts'
import { ditName, llamaName, vae22DiffusersName, vaeDiffusersName } from './synthesize/names'
import type { PlannedFile } from './synthesize/planned-file'
import { ditShapes, umt5Shapes, vaeShapes } from './synthesize/shapes'
import type { ModelName } from './synthesize/sizes'
import { torchFile } from './synthesize/torch-writer'
import { vae22Shapes } from './synthesize/vae22-shapes'
import { mixedVaceFile, vaceModuleFiles } from './synthesize/vace-files'
import { syntheticVocabulary } from './synthesize/vocabulary'
import { HelpWanted, UsageError } from './usage-error'

type NamedFormat = 'safetensors-f16' | `gguf-${Mix}`

/** As the published files are called. */
const DIT_FILES: Readonly<Record<ModelName, Readonly<Record<NamedFormat, string>>>> = {
  'wan2.1-t2v-1.3b': {
    'safetensors-f16': 'wan2.1_t2v_1.3B_fp16.safetensors',
    'gguf-q8_0': 'Wan2.1-T2V-1.3B-Q8_0.gguf',
    'gguf-q5_k_m': 'Wan2.1-T2V-1.3B-Q5_K_M.gguf',
    'gguf-q4_k_m': 'Wan2.1-T2V-1.3B-Q4_K_M.gguf',
  },
  'wan2.2-ti2v-5b': {
    'safetensors-f16': 'wan2.2_ti2v_5B_fp16.safetensors',
    'gguf-q8_0': 'Wan2.2-TI2V-5B-Q8_0.gguf',
    'gguf-q5_k_m': 'Wan2.2-TI2V-5B-Q5_K_M.gguf',
    'gguf-q4_k_m': 'Wan2.2-TI2V-5B-Q4_K_M.gguf',
  },
  'fun-inp-1.3b': {
    'safetensors-f16': 'wan2.1_fun_inp_1.3B_fp16.safetensors',
    'gguf-q8_0': 'Wan2.1-Fun-1.3B-InP-Q8_0.gguf',
    'gguf-q5_k_m': 'Wan2.1-Fun-1.3B-InP-Q5_K_M.gguf',
    'gguf-q4_k_m': 'Wan2.1-Fun-1.3B-InP-Q4_K_M.gguf',
  },
  'vace-1.3b': {
    'safetensors-f16': 'wan2.1_vace_1.3B_fp16.safetensors',
    'gguf-q8_0': 'wan2.1-vace-1.3b-q8_0.gguf',
    'gguf-q5_k_m': 'wan2.1-vace-1.3b-q5_k_m.gguf',
    'gguf-q4_k_m': 'wan2.1-vace-1.3b-q4_k_m.gguf',
  },
}

const DIFFUSERS_FILE = 'diffusion_pytorch_model'
const VACE_MODULE = {
  base: 'wan2.1_t2v_1.3B_fp16.safetensors',
  module: 'wan2.1_Vace_1_3B_module.safetensors',
}

function ditFiles(format: DitFormat, { model, sizes, names }: SynthesizeArguments): PlannedFile[] {
  const shapes = sizes.image ? imageDitShapes(sizes.dit, sizes.image) : ditShapes(sizes.dit)
  const rename = (original: string): string => ditName(original, names)
  switch (format) {
    case 'shards-f16':
      return shardedFiles(DIFFUSERS_FILE, shapes, rename)
    case 'generator-f16':
      return [
        torchFile('self_forcing_dmd.pt', shapes, (original) => `model.${rename(original)}`, {
          dtype: 'F16',
          inside: 'generator_ema',
        }),
      ]
    case 'safetensors-f16': {
      const name = names === 'diffusers' ? `${DIFFUSERS_FILE}.safetensors` : DIT_FILES[model][format]
      return [safetensorsFile(name, shapes, rename)]
    }
    case 'safetensors-mixed':
      return [mixedVaceFile(`${DIFFUSERS_FILE}.safetensors`, shapes, rename)]
    case 'module-bf16':
      return vaceModuleFiles(VACE_MODULE, shapes, rename)
    default:
      return [ditGguf(DIT_FILES[model][format], shapes, mixOf(format))]
  }
}

/** diffusers' VAE lies in a folder of its own, beside a DiT of the same file name. */
function vaeFile({ vae: format, sizes: { vae, vae22 } }: SynthesizeArguments): PlannedFile {
  const same = (original: string): string => original
  const shapes = vae22 ? vae22Shapes(vae22) : vaeShapes(vae!)
  if (format === 'diffusers') {
    const layers = (vae?.numResBlocks ?? 0) + 2
    return safetensorsFile(`vae/${DIFFUSERS_FILE}.safetensors`, shapes, (original) =>
      vae22 ? vae22DiffusersName(original) : vaeDiffusersName(original, layers),
    )
  }
  if (format === 'pth') return torchFile(vae22 ? 'Wan2.2_VAE.pth' : 'Wan2.1_VAE.pth', shapes, same)
  return safetensorsFile(vae22 ? 'wan2.2_vae.safetensors' : 'wan_2.1_vae.safetensors', shapes, same)
}

function sharedFiles(args: SynthesizeArguments): PlannedFile[] {
  const {
    sizes: { textEncoder },
    parts,
    umt5,
  } = args
  const files: PlannedFile[] = []
  const vocabulary = syntheticVocabulary(textEncoder.vocabSize)
  if (parts.includes('umt5')) {
    const mix = mixOf(umt5)
    files.push(
      umt5Gguf(
        `umt5-xxl-encoder-${mix.toUpperCase()}.gguf`,
        umt5Shapes(textEncoder),
        textEncoder,
        mix,
        llamaName,
        vocabulary,
      ),
    )
  }
  if (parts.includes('vae')) files.push(vaeFile(args))
  if (parts.includes('clip') && args.sizes.clip)
    files.push(
      safetensorsFile('clip_vision_h.safetensors', clipVisionShapes(args.sizes.clip), (original) => original),
    )
  if (parts.includes('tokenizer')) {
    const bytes = new TextEncoder().encode(
      JSON.stringify(tokenizerDocuments('tokenizer.json', vocabulary).tokenizer),
    )
    files.push({ name: 'tokenizer.json', size: bytes.length, pieces: [{ offset: 0, bytes }], tensors: [] })
  }
  return files
}

/** Each set of files that makes up a model, by its folder: one DiT and the shared files. */
function plannedSets(args: SynthesizeArguments): Map<string, PlannedFile[]> {
  const shared = sharedFiles(args)
  if (!args.parts.includes('dit')) return new Map([[args.out, shared]])
  const folder = (format: DitFormat): string => (args.dit.length === 1 ? args.out : join(args.out, format))
  return new Map(args.dit.map((format) => [folder(format), [...ditFiles(format, args), ...shared]]))
}

/** Bytes below which the work is done before the threads are ready. */
const SMALL = 256e6

async function main(): Promise<void> {
  const args = readArguments(process.argv.slice(2))
  const sets = plannedSets(args)
  const paths = new Map<PlannedFile, string>()
  const links = new Map<string, string>()
  for (const [folder, files] of sets) {
    mkdirSync(folder, { recursive: true })
    for (const file of files) {
      const path = join(folder, file.name)
      mkdirSync(dirname(path), { recursive: true })
      const twin = paths.get(file)
      if (twin === undefined) paths.set(file, path)
      else links.set(path, twin)
    }
  }
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(2)
  const total = [...paths.keys()].reduce((sum, { size }) => sum + size, 0)
  const began = performance.now()
  let bytes = 0
  let shown = 0
  await writePlanned(
    new Map(Array.from(paths, ([file, path]) => [path, file])),
    total < SMALL ? 0 : args.threads,
    (part) => {
      bytes += part
      if (bytes < shown + total / 20) return
      shown = bytes
      console.log(
        `${gigabytes(bytes)} of ${gigabytes(total)} GB in ${((performance.now() - began) / 1000).toFixed(0)} s`,
      )
    },
  )
  for (const [path, twin] of links) {
    rmSync(path, { force: true })
    linkSync(twin, path)
  }
  for (const [file, path] of paths) console.log(`${path}: ${file.size} bytes`)
  const { user, system } = process.cpuUsage() // of all threads
  const seconds = `${((performance.now() - began) / 1000).toFixed(1)} s (${((user + system) / 1e6).toFixed(0)} s of processor time)`
  console.log(`${gigabytes(total)} GB in ${seconds}; a model in each of ${[...sets.keys()].join(', ')}`)
}

try {
  await main()
} catch (error) {
  console[error instanceof HelpWanted ? 'log' : 'error'](
    error instanceof Error ? error.message : String(error),
  )
  process.exitCode = error instanceof HelpWanted ? 0 : error instanceof UsageError ? 2 : 1
}

// Opens a weight file by its contents, whatever its extension.
import type { ByteSource } from '../sources/byte-source'
import { WeightsError } from '../error'
import { GGUF_MAGIC, openGguf } from './gguf'
import { openSafetensors } from './safetensors'
import { withF8Scales } from './scaled-f8'
import { openSharded } from './sharded'
import { openTorch } from './torch-zip'
import type { WeightFile } from '../weight-file'

export type FileFormat = 'safetensors' | 'gguf' | 'torch' | 'sharded'

export interface OpenedWeights {
  readonly format: FileFormat
  /** `isGguf` is true of a GGUF file. */
  readonly file: WeightFile
}

/** Other kinds of files, recognised by their first bytes. */
const OTHERS: readonly (readonly [starts: readonly string[], what: string])[] = [
  [['version https://git-lfs'], 'is a pointer of Git LFS, not the file itself; download the file'],
  [
    ['<!DOCTYPE', '<!doctype', '<html', '<HTML', '<?xml'],
    'is a web page, not weights; the link may need a log-in, or point to a page about the file',
  ],
  [
    ['\u0080\u0002\u008a\nl\u00fc'],
    'was saved by PyTorch before 1.6; save it again with torch.save, or choose safetensors',
  ],
  [['\u0080'], 'is a bare pickle, which Zoetrope does not read; choose safetensors, or a file of torch.save'],
  [['\u001f\u008b', '7z', 'BZh', 'Rar!'], 'is compressed; unpack it first'],
]

function formatOf(head: Uint8Array<ArrayBuffer>, size: number): FileFormat | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  if (head.length >= 4 && view.getUint32(0, true) === GGUF_MAGIC) return 'gguf'
  if (head.length >= 4 && view.getUint32(0, true) === 0x04034b50) return 'torch' // "PK"
  if (head.length > 8 && head[8] === 0x7b && view.getBigUint64(0, true) <= BigInt(size)) return 'safetensors'
  if (/^\s*\{/.test(String.fromCharCode(...head))) return 'sharded'
  return undefined
}

/**
 * Opens safetensors, GGUF, a zip checkpoint of PyTorch, or an index.json over several of these. fp8 weights come
 * multiplied by their scales.
 * @param beside opens the file of this name in the same folder; only an index needs it
 * @throws WeightsError with what the file is instead, or what is wrong with it
 */
export async function openWeights(
  source: ByteSource,
  beside?: (path: string) => Promise<ByteSource>,
): Promise<OpenedWeights> {
  const { name, size } = source
  const head = await source.read(0, Math.min(size, 64))
  const format = formatOf(head, size)
  switch (format) {
    case 'safetensors':
      return { format, file: withF8Scales(await openSafetensors(source)) }
    case 'gguf':
      return { format, file: await openGguf(source) }
    case 'torch':
      return { format, file: withF8Scales(await openTorch(source)) }
    case 'sharded': {
      if (!beside)
        throw new WeightsError(
          name,
          `${name} is an index of several files, which are not beside it; choose the folder, or the files themselves.`,
        )
      const open = async (path: string): Promise<WeightFile> => openPart(await beside(path))
      return { format, file: withF8Scales(await openSharded(source, open)) }
    }
    case undefined: {
      const text = String.fromCharCode(...head)
      const what =
        OTHERS.find(([starts]) => starts.some((start) => text.trimStart().startsWith(start)))?.[1] ??
        'is not a weight file that Zoetrope reads (safetensors, GGUF, or .pt and .pth of PyTorch)'
      throw new WeightsError(name, `${name} ${size === 0 ? 'is empty; load it again' : what}.`)
    }
  }
}

/**
 * Opens one of the files of an index, which must not be an index itself. Its scales stay as they are, since they may
 * be in another file.
 */
async function openPart(source: ByteSource): Promise<WeightFile> {
  const format = formatOf(await source.read(0, Math.min(source.size, 64)), source.size)
  if (format === 'safetensors') return openSafetensors(source)
  if (format === 'torch') return openTorch(source)
  throw new WeightsError(
    source.name,
    `${source.name} is one of several files and must be safetensors or a checkpoint of PyTorch. Load it again.`,
  )
}

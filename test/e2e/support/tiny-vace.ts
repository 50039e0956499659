// A tiny VACE in the files that people have, and a mask for it.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32, deflateSync } from 'node:zlib'
import { asSafetensors, comfyTextEncoder, SHAPES, VACE_SHAPES } from '../../support/raw-model'

export function writeTinyVace(folder: string): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'wan2.1_vace_1.3B_fp16.safetensors'), asSafetensors(VACE_SHAPES))
  writeFileSync(join(folder, 'umt5-fp16.safetensors'), comfyTextEncoder())
  writeFileSync(join(folder, 'wan_2.1_vae.safetensors'), asSafetensors(SHAPES.vae))
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** A grey PNG, white in its left half. */
export function halfMask(width: number, height: number): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head[8] = 8 // bits, of greys
  const row = Buffer.from([0, ...Array.from({ length: width }, (_, x) => (x < width / 2 ? 255 : 0))])
  const rows = Buffer.concat(Array.from({ length: height }, () => row))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

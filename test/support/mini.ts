// The bundled model and its goldens; or, with MINI_RUN, those of a folder with `model` and `golden`: an export to be
// looked at before it is bundled.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import type { WeightFile } from '../../src/weights/weight-file'
import { fileSource, OWN_GOLDENS } from './golden'

const RUN = process.env['MINI_RUN']

export const MINI = RUN ? join(RUN, 'model') : join(import.meta.dirname, '../../public/models/mini')

/** Never of GOLDEN_DIR, which knows nothing of these weights. */
const GOLDENS = RUN ? join(RUN, 'golden') : OWN_GOLDENS

function pathOf(name: string): string {
  return join(GOLDENS, `${name}.golden.safetensors`)
}

export function hasMiniGolden(name: string): boolean {
  return existsSync(pathOf(name))
}

/** `pipeline_mini`, say. */
export function openMiniGolden(name: string): Promise<WeightFile> {
  return openSafetensors(fileSource(pathOf(name)))
}

// Which adapters and storage types the GPU tests run on.
import type { Storage } from '../../src/gpu/device'
import { installedAdapters, type AdapterName } from './adapter'

export interface GpuCase {
  readonly name: string
  readonly adapter: AdapterName
  readonly storage: Storage
}

/**
 * f32 on every software adapter, f16 on lavapipe, which alone has shader-f16. `ZOETROPE_GPU=system` takes the
 * machine's own GPU.
 */
export function gpuCases(): GpuCase[] {
  if (process.env['ZOETROPE_GPU'] === 'system') {
    return (['f32', 'f16'] as const).map((storage) => ({
      name: `system ${storage}`,
      adapter: 'system',
      storage,
    }))
  }
  const adapters = installedAdapters()
  if (adapters.length === 0)
    throw new Error('No software GPU found: install Chromium (SwiftShader) or Mesa 25 (lavapipe).')
  return adapters.flatMap((adapter) =>
    (adapter === 'llvmpipe' ? (['f32', 'f16'] as const) : (['f32'] as const)).map((storage) => ({
      name: `${adapter} ${storage}`,
      adapter,
      storage,
    })),
  )
}

/** The cases of the quickest adapter here: for what does not depend on the adapter. */
export function quickCases(): GpuCase[] {
  const cases = gpuCases()
  const quick = cases.filter(({ adapter }) => adapter === 'llvmpipe')
  return quick.length > 0 ? quick : cases
}

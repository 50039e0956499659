// The GPU of the tests: Dawn in Node on a software Vulkan driver, or on the machine's own GPU by Vulkan, Metal or
// D3D12.
import { existsSync } from 'node:fs'
import { delimiter } from 'node:path'

/**
 * `swiftshader` has no shader-f16; `llvmpipe` (Mesa's lavapipe, 25 or newer) has; `system` is the machine's own GPU.
 */
export type AdapterName = 'swiftshader' | 'llvmpipe' | 'system'

const DRIVERS: Record<Exclude<AdapterName, 'system'>, readonly string[]> = {
  swiftshader: [
    '/usr/lib/chromium/vk_swiftshader_icd.json',
    '/opt/google/chrome/vk_swiftshader_icd.json',
    '/opt/microsoft/msedge/vk_swiftshader_icd.json',
  ],
  llvmpipe: [
    '/usr/share/vulkan/icd.d/lvp_icd.json',
    '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json',
    '/usr/share/vulkan/icd.d/lvp_icd.aarch64.json',
  ],
}

function driverFile(name: keyof typeof DRIVERS): string | undefined {
  return DRIVERS[name].find((path) => existsSync(path))
}

/** The software adapters whose drivers are on this machine. */
export function installedAdapters(): AdapterName[] {
  return (['swiftshader', 'llvmpipe'] as const).filter((name) => driverFile(name) !== undefined)
}

let ready: Promise<typeof import('webgpu')> | undefined

/** Vulkan reads which drivers there are once: all software ones, or for `system` its own choice. */
function dawn(name: AdapterName): Promise<typeof import('webgpu')> {
  ready ??= (async () => {
    const drivers = (['swiftshader', 'llvmpipe'] as const)
      .map(driverFile)
      .filter((path) => path !== undefined)
    if (name !== 'system' && drivers.length > 0) process.env['VK_ICD_FILENAMES'] = drivers.join(delimiter)
    process.env['XDG_RUNTIME_DIR'] ??= '/tmp'
    const webgpu = await import('webgpu')
    Object.assign(globalThis, webgpu.globals)
    return webgpu
  })()
  return ready
}

/** Dawn's backend for the machine's own GPU; the software adapters are Vulkan's. */
const BACKENDS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'metal', win32: 'd3d12' }

const kept: GPU[] = [] // Dawn frees an instance with its GPU object, even while a device of it lives.

/** `navigator.gpu` of the named adapter. */
export async function nodeGpu(name: AdapterName): Promise<GPU> {
  const { create } = await dawn(name)
  const filter = name === 'system' ? [] : [`adapter=${name === 'swiftshader' ? 'SwiftShader' : 'llvmpipe'}`]
  const gpu = create([
    `backend=${(name === 'system' && BACKENDS[process.platform]) || 'vulkan'}`,
    ...filter,
    'enable-dawn-features=allow_unsafe_apis,vulkan_enable_f16_on_nvidia',
    'disable-dawn-features=timestamp_quantization',
  ])
  kept.push(gpu)
  return gpu
}

/** A GPU that checks all and runs nothing, and has every feature. */
export async function nullGpu(): Promise<GPU> {
  const { create } = await import('webgpu')
  const gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis'])
  kept.push(gpu)
  return gpu
}

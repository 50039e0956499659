import type { Failure } from '../protocol/errors'

/** The globals that decide whether this browser can run Zoetrope. */
export interface Surroundings {
  isSecureContext: boolean
  hasGpu: boolean
  hasVideoEncoder: boolean
}

export function surroundings(): Surroundings {
  return {
    isSecureContext: globalThis.isSecureContext,
    hasGpu: 'gpu' in navigator,
    hasVideoEncoder: 'VideoEncoder' in globalThis,
  }
}

/** What is missing, in words, and what to do; undefined where all is there. */
export function findMissing({ isSecureContext, hasGpu, hasVideoEncoder }: Surroundings): Failure | undefined {
  if (!isSecureContext) {
    return {
      code: 'no-webgpu',
      message:
        'This page was loaded over plain http, where browsers turn WebGPU off. Open it over https, or from localhost.',
    }
  }
  if (!hasGpu) {
    return {
      code: 'no-webgpu',
      message:
        'This browser has no WebGPU, which Zoetrope needs to make video on your own graphics processor. Open this page in a current Chrome or Edge, in Safari 26, or in Firefox 141 on Windows or 145 on a Mac.',
    }
  }
  if (!hasVideoEncoder) {
    return {
      code: 'codec-missing',
      message:
        'This browser cannot encode video (it has no WebCodecs). Open this page in a current Chrome, Edge, Firefox or Safari.',
    }
  }
  return undefined
}

/** Safari deletes what a page stored when it was not visited for a week, but for pages that are installed. */
export function isForgetful(): boolean {
  const { userAgent } = navigator
  const isSafari = /Safari\//.test(userAgent) && !/Chrom|Edg|Firefox/.test(userAgent)
  return isSafari && !matchMedia('(display-mode: standalone)').matches
}

// The texts of the micro-kernels that multiply and add; the fastest depends on the compiler.
import type { Storage } from '../src/gpu/device'
import fmaShader from './peak_fma.wgsl?raw'

/** Some drivers pack f16 pairs only in vectors of two. */
export const WIDTHS = [4, 2] as const
/** A software `fma` may take many times as long as two operations. */
export const TURNS = ['fma(a, m, c)', 'a * m + c'] as const

/** The micro-kernel in vectors of `width`; an invocation does `64·width` FLOP a loop. */
export function fmaCode(
  scalar: Storage,
  width: (typeof WIDTHS)[number] = 4,
  turn: (typeof TURNS)[number] = TURNS[0],
): string {
  return [
    scalar === 'f16' ? 'enable f16;' : '',
    `alias scalar = ${scalar};`,
    `alias vector = vec${width}<${scalar}>;`,
    `fn turn(a: vector, m: vector, c: vector) -> vector { return ${turn}; }`,
    fmaShader,
  ].join('\n')
}

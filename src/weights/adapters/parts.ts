// The endings of tensors' names in adapters' files.

const PARTS = [
  'down',
  'up',
  'upBias',
  'alpha',
  'diff',
  'biasDiff',
  'modulationDiff',
  'magnitude',
  'hada_w1_a',
  'hada_w1_b',
  'hada_w2_a',
  'hada_w2_b',
  'lokr_w1',
  'lokr_w1_a',
  'lokr_w1_b',
  'lokr_w2',
  'lokr_w2_a',
  'lokr_w2_b',
] as const
export type Part = (typeof PARTS)[number]

/** PEFT may put the adapter's name before the last word. */
const NAMED = String.raw`(?:\.(?!bias$)[\w-]+)?`

const ENDINGS: readonly (readonly [ending: RegExp, part: Part])[] = [
  [/\.(?:lora_B|lora_up)(?:\.[\w-]+)?\.bias$/, 'upBias'],
  [new RegExp(String.raw`\.(?:lora_A|lora_down)${NAMED}(?:\.weight)?$`), 'down'],
  [new RegExp(String.raw`\.(?:lora_B|lora_up)${NAMED}(?:\.weight)?$`), 'up'],
  [/(?:_lora|\.lora|\.lora_linear_layer)\.down(?:\.weight)?$/, 'down'],
  [/(?:_lora|\.lora|\.lora_linear_layer)\.up(?:\.weight)?$/, 'up'],
  [/\.alpha$/, 'alpha'],
  [/\.(?:diff|w_norm)$/, 'diff'],
  [/\.(?:diff_b|b_norm)$/, 'biasDiff'],
  [/\.diff_m$/, 'modulationDiff'],
  [new RegExp(String.raw`\.(?:dora_scale|lora_magnitude_vector${NAMED}(?:\.weight)?)$`), 'magnitude'],
]

/** Kinds of adapters that are not read, by a tensor that only they have. */
const UNKNOWN: readonly (readonly [ending: RegExp, algorithm: string])[] = [
  [/\.(?:oft_blocks|oft_diag|oft_[rR])(?:\.[\w-]+)*$/, 'OFT'],
  [/\.boft_[\w]+(?:\.[\w-]+)*$/, 'BOFT'],
  [/\.[ab][12]\.weight$/, 'GLoRA'],
  [/\.bm[12]\.weight$/, 'GLoRA'],
  [/\.(?:lora_mid\.weight|lokr_t[12]|hada_t[12])$/, 'a Tucker decomposition'],
  [/\.(?:on_input|ia3_l(?:\.[\w-]+)*)$/, 'IA3'],
  [/\.vera_lambda_[bd](?:\.[\w-]+)*$/, 'VeRA'],
  [/\.(?:set_weight|reshape_weight)$/, 'replaced weights'],
]

export interface NamedPart {
  /** The name before the ending. */
  readonly path: string
  readonly part: Part | { readonly unknown: string; readonly ending: string }
}

/** Splits a tensor's name; `undefined` where no adapter has such an ending. */
export function splitName(name: string): NamedPart | undefined {
  const own = /\.((?:hada|lokr)_w[12](?:_[ab])?)$/.exec(name)
  const exact = PARTS.find((each) => each === own?.[1])
  if (own && exact !== undefined) return { path: name.slice(0, own.index), part: exact }
  for (const [ending, part] of ENDINGS) {
    const at = name.search(ending)
    if (at >= 0) return { path: name.slice(0, at), part }
  }
  for (const [ending, unknown] of UNKNOWN) {
    const at = name.search(ending)
    if (at >= 0) return { path: name.slice(0, at), part: { unknown, ending: name.slice(at + 1) } }
  }
  return undefined
}

// A tokenizer.json from a stranger, written anew of what umT5's has: the library trusts its documents, and a regular
// expression of a file can take for ever.
import { WeightsError } from '../../weights/error'
import { showText, showValue, type JsonLimits } from '../../weights/formats/bounded-json'
import { MAX_PIECES } from './tokenizer-json'

export const TOKENIZER_JSON: JsonLimits = {
  bytes: 64 << 20,
  depth: 8,
  containers: MAX_PIECES + 20_000,
  values: 4 * MAX_PIECES,
}
/** UTF-16 units of a piece. */
const MAX_PIECE = 512
const MAX_ADDED = 10_000
const MAX_STEPS = 16

/** Those that tokenizers of T5 are published with; each takes time in proportion to the text. */
const REGEXES: ReadonlySet<string> = new Set([' {2,}', ' +', '\\s+', '\\s{2,}'])
const PLAIN_STEPS: ReadonlySet<string> = new Set(['NFC', 'NFD', 'NFKC', 'NFKD', 'Lowercase', 'StripAccents'])

type Json = Readonly<Record<string, unknown>>
type Fail = (problem: string) => never

function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function vocabulary(value: unknown, fail: Fail): [string, number][] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_PIECES)
    return fail(`has ${Array.isArray(value) ? value.length : 'no'} pieces and must have 1 to ${MAX_PIECES}`)
  return value.map((piece: unknown, id): [string, number] => {
    const [text, score] = Array.isArray(piece) ? (piece as unknown[]) : []
    if (typeof text !== 'string' || text.length > MAX_PIECE || typeof score !== 'number')
      return fail(
        `has as piece ${id} ${showValue(piece)}, which must be a text of at most ${MAX_PIECE} characters and a number`,
      )
    return [text, score]
  })
}

function addedTokens(value: unknown, pieces: number, fail: Fail): Json[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > MAX_ADDED)
    return fail(`has as its added tokens ${showValue(value)}, which must be a list of at most ${MAX_ADDED}`)
  return value.map((token: unknown): Json => {
    const { id, content, special, lstrip, rstrip, single_word, normalized } = isRecord(token) ? token : {}
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= pieces + MAX_ADDED)
      return fail(`has an added token with the id ${showValue(id)}`)
    if (typeof content !== 'string' || content === '' || content.length > MAX_PIECE)
      return fail(`has as the text of added token ${id as number} ${showValue(content)}`)
    return {
      id,
      content,
      single_word: single_word === true,
      lstrip: lstrip === true,
      rstrip: rstrip === true,
      normalized: normalized === true,
      special: special === true,
    }
  })
}

function replacement({ pattern, content }: Json, fail: Fail): Json {
  const { Regex: regex, String: text } = isRecord(pattern) ? pattern : {}
  if (typeof content !== 'string' || content.length > MAX_PIECE)
    return fail(`replaces text by ${showValue(content)}`)
  if (typeof text === 'string' && text !== '' && text.length <= MAX_PIECE)
    return { type: 'Replace', pattern: { String: text }, content }
  if (typeof regex === 'string' && REGEXES.has(regex))
    return { type: 'Replace', pattern: { Regex: regex }, content }
  return fail(`replaces text by the pattern ${showValue(regex ?? text)}, which is not umT5's and is not run`)
}

/** Steps within a step come out one after the other. */
function normalizers(value: unknown, fail: Fail): Json[] {
  if (value === undefined || value === null) return []
  const { type, normalizers: inner, ...rest } = isRecord(value) ? value : {}
  if (type === 'Sequence' && Array.isArray(inner) && inner.length <= MAX_STEPS)
    return inner.flatMap((each) => normalizers(each, fail))
  if (type === 'Precompiled') return [{ type, precompiled_charsmap: null }]
  if (type === 'Strip')
    return [{ type, strip_left: rest['strip_left'] === true, strip_right: rest['strip_right'] === true }]
  if (type === 'Replace') return [replacement(rest, fail)]
  if (typeof type === 'string' && PLAIN_STEPS.has(type)) return [{ type }]
  return fail(`prepares text by ${showValue(type ?? value)}, which is not umT5's`)
}

function preTokenizers(value: unknown, fail: Fail): Json[] {
  if (value === undefined || value === null) return []
  const { type, pretokenizers: inner, ...rest } = isRecord(value) ? value : {}
  if (type === 'Sequence' && Array.isArray(inner) && inner.length <= MAX_STEPS)
    return inner.flatMap((each) => preTokenizers(each, fail))
  if (type === 'WhitespaceSplit') return [{ type }]
  if (type !== 'Metaspace') return fail(`splits text by ${showValue(type ?? value)}, which is not umT5's`)
  const { replacement: mark = '▁', prepend_scheme: scheme, add_prefix_space: prefix } = rest
  if (typeof mark !== 'string' || [...mark].length !== 1)
    return fail(`writes ${showValue(mark)} for a space, which must be one character`)
  const isScheme = scheme === 'always' || scheme === 'never' || scheme === 'first'
  return [
    {
      type,
      replacement: mark,
      prepend_scheme: isScheme ? scheme : prefix === false ? 'never' : 'always',
      split: true,
    },
  ]
}

function sequence(key: 'normalizers' | 'pretokenizers', steps: readonly Json[], fail: Fail): Json | null {
  if (steps.length > MAX_STEPS) return fail(`has ${steps.length} ${key}; the most allowed is ${MAX_STEPS}`)
  return steps.length === 0 ? null : steps.length === 1 ? steps[0]! : { type: 'Sequence', [key]: steps }
}

/**
 * The same tokenizer, of known parts alone.
 * @param source name of the file, for messages
 * @throws WeightsError where it is not a sound Unigram tokenizer, or works in a way that no T5 does
 */
export function checkedTokenizer(source: string, json: unknown): Json {
  const fail: Fail = (problem) => {
    throw new WeightsError(source, `${source} ${problem}. Choose the tokenizer.json of the same model.`)
  }
  const model = isRecord(json) ? json['model'] : undefined
  if (!isRecord(json) || !isRecord(model) || model['type'] !== 'Unigram')
    return fail('is not a Unigram tokenizer, which umT5 needs')
  const vocab = vocabulary(model['vocab'], fail)
  const unknown = model['unk_id']
  if (!Number.isInteger(unknown) || (unknown as number) < 0 || (unknown as number) >= vocab.length)
    return fail(
      `has as its unknown piece ${showValue(unknown)}, which must be a number below ${vocab.length}`,
    )
  const bad = vocab.find(([, score]) => !Number.isFinite(score))
  if (bad) return fail(`has for the piece ${showText(bad[0])} the score ${bad[1]}`)
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(json['added_tokens'], vocab.length, fail),
    normalizer: sequence('normalizers', normalizers(json['normalizer'], fail), fail),
    pre_tokenizer: sequence('pretokenizers', preTokenizers(json['pre_tokenizer'], fail), fail),
    post_processor: null, // eos is put behind by `Tokenizer`
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: { type: 'Unigram', unk_id: unknown, vocab, byte_fallback: false },
  }
}

/** The names of the three special pieces, with T5's own where a config has none. */
export function checkedConfig(source: string, config: unknown): Json {
  if (!isRecord(config))
    throw new WeightsError(
      source,
      `${source} is not a JSON object. Choose the tokenizer_config.json of the same model.`,
    )
  const name = (key: string, otherwise: string): string => {
    const value = config[key]
    const text = isRecord(value) ? value['content'] : value
    return typeof text === 'string' && text !== '' && text.length <= MAX_PIECE ? text : otherwise
  }
  return {
    tokenizer_class: 'T5Tokenizer',
    eos_token: name('eos_token', '</s>'),
    pad_token: name('pad_token', '<pad>'),
    unk_token: name('unk_token', '<unk>'),
    extra_ids: 0,
    additional_special_tokens: [],
  }
}

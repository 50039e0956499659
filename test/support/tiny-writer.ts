// A causal language model of a few words, in the files that transformers.js reads: after each word comes a certain
// other one. Its keys and values do nothing, but grow as those of a real one.
import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { bytes, integer, message, text } from '../../src/models/umt5/protobuf-fields'

/** What it says, whatever it is asked. */
export const SAID =
  'a red fox walks slowly through deep fresh snow between tall birches while its breath hangs in cold air'
/** Of Qwen's chat template, by which transformers.js shows it what it is asked. */
const TURNS = ['<unk>', '<|im_end|>', '<|im_start|>', 'system', 'user', 'assistant']
const WORDS = [...TURNS, ...SAID.split(' ')]
const [UNKNOWN, END, ANSWER] = [0, 1, 5]
const FLOAT = 1
const INT64 = 7

// Field numbers are those of onnx.proto.

/** Sizes that change from call to call have names. */
function value(
  graph: BinaryWriter,
  field: number,
  name: string,
  type: number,
  shape: (number | string)[],
): void {
  message(graph, field, (w) => {
    text(w, 1, name)
    message(w, 2, (of) =>
      message(of, 1, (tensor) => {
        integer(tensor, 1, type)
        message(tensor, 2, (dims) => {
          for (const size of shape)
            message(dims, 1, (dim) => (typeof size === 'number' ? integer(dim, 1, size) : text(dim, 2, size)))
        })
      }),
    )
  })
}

function weight(graph: BinaryWriter, name: string, type: number, shape: number[], content: Uint8Array): void {
  message(graph, 5, (w) => {
    for (const size of shape) integer(w, 1, size)
    integer(w, 2, type)
    text(w, 8, name)
    bytes(w, 9, content)
  })
}

function node(
  graph: BinaryWriter,
  op: string,
  inputs: string[],
  output: string,
  attributes: Record<string, number> = {},
): void {
  message(graph, 1, (w) => {
    for (const input of inputs) text(w, 1, input)
    text(w, 2, output)
    text(w, 4, op)
    for (const [name, number] of Object.entries(attributes))
      message(w, 5, (attribute) => {
        text(attribute, 1, name)
        integer(attribute, 3, number)
        integer(attribute, 20, 2) // an int
      })
  })
}

/** Which word comes after each; twenty is certain enough for any temperature. */
function table(): Float32Array {
  const size = WORDS.length
  const logits = new Float32Array(size * size)
  for (let word = 0; word < size; word++) {
    const next = word < ANSWER ? UNKNOWN : word === ANSWER ? TURNS.length : word + 1
    logits[word * size + (next === size ? END : next)] = 200
  }
  return logits
}

function model(): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  integer(writer, 1, 8) // IR version
  message(writer, 7, (graph) => {
    node(graph, 'Gather', ['table', 'input_ids'], 'logits')
    node(graph, 'Cast', ['input_ids'], 'ids', { to: FLOAT })
    node(graph, 'Reshape', ['ids', 'cells'], 'news')
    for (const kind of ['key', 'value'])
      node(graph, 'Concat', [`past_key_values.0.${kind}`, 'news'], `present.0.${kind}`, { axis: 2 })
    text(graph, 2, 'tiny-writer')
    weight(graph, 'table', FLOAT, [WORDS.length, WORDS.length], new Uint8Array(table().buffer))
    weight(graph, 'cells', INT64, [4], new Uint8Array(BigInt64Array.of(1n, 1n, -1n, 1n).buffer))
    value(graph, 11, 'input_ids', INT64, ['batch', 'new'])
    value(graph, 11, 'attention_mask', INT64, ['batch', 'all'])
    for (const kind of ['key', 'value'])
      value(graph, 11, `past_key_values.0.${kind}`, FLOAT, ['batch', 1, 'past', 1])
    value(graph, 12, 'logits', FLOAT, ['batch', 'new', WORDS.length])
    for (const kind of ['key', 'value']) value(graph, 12, `present.0.${kind}`, FLOAT, ['batch', 1, 'all', 1])
  })
  message(writer, 8, (opset) => {
    text(opset, 1, '')
    integer(opset, 2, 20)
  })
  return new Uint8Array(writer.finish())
}

const TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|> ' + message.role + ' ' + message.content + ' <|im_end|> ' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|> assistant' }}{% endif %}"

const json = (content: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(content))

/** By the names in the repository. */
export function tinyWriterFiles(): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  return new Map([
    [
      'config.json',
      json({
        model_type: 'qwen3',
        architectures: ['Qwen3ForCausalLM'],
        num_hidden_layers: 1,
        num_attention_heads: 1,
        num_key_value_heads: 1,
        head_dim: 1,
        hidden_size: 1,
        vocab_size: WORDS.length,
        eos_token_id: END,
      }),
    ],
    ['generation_config.json', json({ eos_token_id: END, pad_token_id: END })],
    [
      'tokenizer.json',
      json({
        version: '1.0',
        added_tokens: WORDS.slice(0, 3).map((content, id) => ({ id, content, special: true })),
        normalizer: null,
        pre_tokenizer: { type: 'WhitespaceSplit' },
        post_processor: null,
        decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
        model: {
          type: 'WordPiece',
          unk_token: '<unk>',
          continuing_subword_prefix: '##',
          max_input_chars_per_word: 100,
          vocab: Object.fromEntries(WORDS.map((word, id) => [word, id])),
        },
      }),
    ],
    [
      'tokenizer_config.json',
      json({
        tokenizer_class: 'PreTrainedTokenizer',
        unk_token: '<unk>',
        eos_token: '<|im_end|>',
        pad_token: '<|im_end|>',
        chat_template: TEMPLATE,
      }),
    ],
    ['onnx/model.onnx', model()],
  ])
}

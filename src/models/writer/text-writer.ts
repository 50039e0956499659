// A small instruct model by transformers.js, from files that are at hand, on the page's one onnxruntime.
import type { WriterDtype } from '../../protocol/writer'
import { openRuntime } from '../blocks/onnx-runtime'

export interface TextWriter {
  /** Answers a prompt by its instructions. @throws the signal's reason */
  write(task: string, prompt: string, signal: AbortSignal): Promise<string>
  release(): Promise<void>
}

/** transformers.js takes this in the place of a runtime of its own. */
const RUNTIME = Symbol.for('onnxruntime')
/** No request leaves for it: all that the library fetches is answered from the files. */
const HOST = 'https://files.invalid/'
const NAME = 'writer'
/** A paragraph of ninety words, in either language, with room. */
const MOST_TOKENS = 320
/** What its authors advise where it does not think aloud. */
const SAMPLING = { do_sample: true, temperature: 0.7, top_k: 20, top_p: 0.8 } as const

function nameIn(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}

/** Loaded late: it looks for a runtime as it is loaded. */
async function openLibrary(files: ReadonlyMap<string, Blob>) {
  Reflect.set(globalThis, RUNTIME, await openRuntime())
  const library = await import('@huggingface/transformers')
  Object.assign(library.env, {
    allowLocalModels: false,
    allowRemoteModels: true,
    useBrowserCache: false,
    useWasmCache: false,
    remoteHost: HOST,
    remotePathTemplate: '{model}/',
    fetch: async (url: string | URL) => {
      const file = files.get(nameIn(String(url)))
      return file ? new Response(file) : new Response(null, { status: 404 })
    },
  })
  return library
}

/** What a model that may think aloud answers in the end. */
function answerIn(text: string): string {
  return text.replace(/^[\s\S]*<\/think>/, '').trim()
}

/** @param files by their names, without folders: config.json, tokenizer.json, tokenizer_config.json, the ONNX file */
export async function openTextWriter(
  files: ReadonlyMap<string, Blob>,
  dtype: WriterDtype,
): Promise<TextWriter> {
  const { AutoConfig, AutoModelForCausalLM, AutoTokenizer, InterruptableStoppingCriteria } =
    await openLibrary(files)
  const config = await AutoConfig.from_pretrained(NAME)
  const layers = Number(Reflect.get(config, 'num_hidden_layers') ?? 0)
  // The keys and values of what is written so far stay on the GPU.
  const onGpu = Object.fromEntries(
    Array.from({ length: layers }, (_, i) => [`present.${i}.key`, `present.${i}.value`])
      .flat()
      .map((name) => [name, 'gpu-buffer' as const]),
  )
  const tokenizer = await AutoTokenizer.from_pretrained(NAME)
  const model = await AutoModelForCausalLM.from_pretrained(NAME, {
    config,
    dtype,
    device: 'auto',
    session_options: { executionProviders: ['webgpu'], preferredOutputLocation: onGpu },
  })
  return {
    async write(task, prompt, signal) {
      const inputs = tokenizer.apply_chat_template(
        [
          { role: 'system', content: task },
          { role: 'user', content: prompt },
        ],
        { add_generation_prompt: true, return_dict: true, enable_thinking: false } as never,
      ) as unknown as { input_ids: { dims: number[] } }
      const stop = new InterruptableStoppingCriteria()
      const interrupt = (): void => stop.interrupt()
      signal.addEventListener('abort', interrupt, { once: true })
      try {
        const output = (await model.generate({
          ...inputs,
          ...SAMPLING,
          max_new_tokens: MOST_TOKENS,
          stopping_criteria: stop,
        } as never)) as unknown as { slice(...ranges: unknown[]): never }
        signal.throwIfAborted()
        const written = output.slice(null, [inputs.input_ids.dims.at(-1), null])
        return answerIn(tokenizer.batch_decode(written, { skip_special_tokens: true })[0] ?? '')
      } finally {
        signal.removeEventListener('abort', interrupt)
      }
    },
    release: async () => void (await model.dispose()),
  }
}

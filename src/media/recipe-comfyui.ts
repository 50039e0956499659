// The graph that ComfyUI writes into its videos: nodes by number, inputs that are values or lead to other nodes.
import { shortName, type RecipeReading } from '../protocol/recipe'

type Loose = Readonly<Record<string, unknown>>
interface Node {
  kind: string
  inputs: Loose
}

const MOST_NODES = 2000
const MOST_PASSED = 500
const SAMPLERS: Readonly<Record<string, string>> = {
  uni_pc: 'unipc',
  uni_pc_bh2: 'unipc',
  unipc: 'unipc',
  'dpm++': 'dpm++',
  dpmpp_2m: 'dpm++',
  euler: 'euler',
}
/** Features of a graph that Zoetrope does not support. */
const NOT_HERE = /lora|controlnet|clipvision|imagetovideo|vace|loadimage|upscale|interpolat/i

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nodesOf(graph: Loose): Map<string, Node> {
  const nodes = new Map<string, Node>()
  for (const [id, node] of Object.entries(graph).slice(0, MOST_NODES)) {
    if (!isObject(node) || typeof node['class_type'] !== 'string' || !isObject(node['inputs'])) continue
    nodes.set(id, { kind: node['class_type'], inputs: node['inputs'] })
  }
  return nodes
}

/** A value, or the text at the end of the lines that lead from it. No node is passed through twice. */
function textAt(
  nodes: ReadonlyMap<string, Node>,
  from: unknown,
  passed = new Set<Node>(),
): string | undefined {
  if (typeof from === 'string') return from
  const node = Array.isArray(from) && typeof from[0] !== 'object' ? nodes.get(String(from[0])) : undefined
  if (node === undefined || passed.has(node) || passed.size >= MOST_PASSED) return undefined
  passed.add(node)
  for (const name of ['text', 'positive_prompt', 'string', 'value', 'conditioning', 'positive', 'prompt']) {
    const text = name in node.inputs ? textAt(nodes, node.inputs[name], passed) : undefined
    if (text !== undefined) return text
  }
  return undefined
}

function numberIn(nodes: Iterable<Node>, kinds: RegExp, names: readonly string[]): number | undefined {
  for (const { kind, inputs } of nodes) {
    if (!kinds.test(kind)) continue
    const found = names.map((name) => inputs[name]).find((value) => typeof value === 'number')
    if (typeof found === 'number') return found
  }
  return undefined
}

export function readComfyUi(graph: Loose): RecipeReading | undefined {
  const nodes = nodesOf(graph)
  const all = [...nodes.values()]
  const sampling = /sampler/i
  const sampler = all.find(({ kind, inputs }) => sampling.test(kind) && 'positive' in inputs)
  const texts = all.find(({ inputs }) => typeof inputs['positive_prompt'] === 'string')?.inputs
  const prompt = (sampler && textAt(nodes, sampler.inputs['positive'])) ?? texts?.['positive_prompt']
  if (typeof prompt !== 'string') return undefined
  const negative = (sampler && textAt(nodes, sampler.inputs['negative'])) ?? texts?.['negative_prompt']
  const solver = sampler?.inputs['sampler_name'] ?? sampler?.inputs['scheduler']
  const known = typeof solver === 'string' ? SAMPLERS[solver.toLowerCase()] : undefined
  const picture = /latent|emptyembeds|imagesize/i
  const settings = {
    prompt,
    negativePrompt: typeof negative === 'string' ? negative : undefined,
    seed: numberIn(all, sampling, ['seed', 'noise_seed']),
    numInferenceSteps: numberIn(all, sampling, ['steps']),
    guidanceScale: numberIn(all, sampling, ['cfg']),
    shift: numberIn(all, /shift|sampling|sampler/i, ['shift']),
    width: numberIn(all, picture, ['width']),
    height: numberIn(all, picture, ['height']),
    numFrames: numberIn(all, picture, ['length', 'num_frames']),
    sampler: known,
  }
  const leftOut = all.filter(({ kind }) => NOT_HERE.test(kind)).map(({ kind }) => shortName(kind))
  if (typeof solver === 'string' && known === undefined) leftOut.push(`sampler ${shortName(solver)}`)
  return {
    origin: 'comfyui',
    settings: Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)),
    leftOut: [...new Set(leftOut)].slice(0, 12),
  }
}

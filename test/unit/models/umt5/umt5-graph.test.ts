import { describe, expect, it } from 'vitest'
import { encodeModel, type Graph } from '../../../../src/models/umt5/onnx-model'
import {
  finalGraph,
  layerGraph,
  uniformFormats,
  valueBytes,
  type LinearFormat,
} from '../../../../src/models/umt5/graph'

const XXL = {
  vocabSize: 256384,
  dim: 4096,
  dimAttn: 4096,
  dimFfn: 10240,
  numHeads: 64,
  numLayers: 24,
  numBuckets: 32,
  maxDistance: 128,
}
const FORMATS: readonly LinearFormat[] = ['f32', 'q8', 'q4']

type Field = number | Uint8Array

/** A protobuf message as its fields by number: a reader of its own, so that writer and test do not share a mistake. */
function fields(bytes: Uint8Array): Map<number, Field[]> {
  const found = new Map<number, Field[]>()
  let at = 0
  const varint = (): number => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(BigInt.asIntN(64, value))
    }
  }
  while (at < bytes.length) {
    const tag = varint()
    const wire = tag & 7
    let field: Field
    if (wire === 0) field = varint()
    else if (wire === 2) {
      const length = varint()
      field = bytes.subarray(at, (at += length))
    } else if (wire === 5)
      field = new DataView(bytes.buffer, bytes.byteOffset + at, (at += 4) && 4).getFloat32(0, true)
    else throw new Error(`Wire type ${wire} at byte ${at}.`)
    found.set(tag >>> 3, [...(found.get(tag >>> 3) ?? []), field])
  }
  return found
}

const text = (field: Field | undefined): string => new TextDecoder().decode(field as Uint8Array)
const inner = (message: Map<number, Field[]>, field: number): Map<number, Field[]>[] =>
  (message.get(field) ?? []).map((bytes) => fields(bytes as Uint8Array))

/** Every input of a node is an input of the graph, a constant, or computed by an earlier node. */
function checkOrder(graph: Graph): void {
  const known = new Set([...graph.inputs, ...graph.constants].map(({ name }) => name))
  for (const node of graph.nodes) {
    for (const name of node.inputs) expect(known, `${node.op} → ${node.output}`).toContain(name)
    expect(known).not.toContain(node.output)
    known.add(node.output)
  }
  for (const { name } of graph.outputs) expect(known).toContain(name)
}

describe.each(FORMATS)('layerGraph %s', (format) => {
  const graph = layerGraph(XXL, 7, uniformFormats(format))

  it('is in order and uses every input', () => {
    checkOrder(graph)
    const used = new Set(graph.nodes.flatMap((node) => node.inputs))
    for (const { name } of graph.inputs) expect(used).toContain(name)
  })

  it('has the bytes of one layer as inputs', () => {
    const perWeight = { f32: 4, q8: 1 + 4 / 32, q4: 0.5 + 8 / 32 }[format]
    const weights = 4 * 4096 * 4096 + 3 * 4096 * 10240
    const rest = 4 * (7 * 4096 + 64 * 7 * 7 + 2 * 4096)
    expect(graph.inputs.reduce((sum, value) => sum + valueBytes(value), 0)).toBe(weights * perWeight + rest)
  })

  it('is a small ONNX model that says what it needs', () => {
    const bytes = encodeModel(graph)
    expect(bytes.length).toBeLessThan(6000)
    const model = fields(bytes)
    expect(model.get(1)).toEqual([8])
    expect(
      inner(model, 8).map((opset) => [text(opset.get(1)?.[0] ?? new Uint8Array()), opset.get(2)?.[0]]),
    ).toEqual([
      ['', 20],
      ['com.microsoft', 1],
    ])
    const [main] = inner(model, 7)
    expect(inner(main!, 1).map((node) => text(node.get(4)?.[0]))).toEqual(graph.nodes.map(({ op }) => op))
    const values = inner(main!, 11).map((value) => {
      const [tensor] = inner(inner(value, 2)[0]!, 1)
      const shape = inner(inner(tensor!, 2)[0]!, 1).map((dim) => dim.get(1)?.[0])
      return { name: text(value.get(1)?.[0]), dtype: tensor!.get(1)?.[0] === 1 ? 'float32' : 'uint8', shape }
    })
    expect(values).toEqual(graph.inputs)
  })
})

describe('encodeModel', () => {
  it('writes each kind of attribute, and negative integers', () => {
    const attributes = { axis: -1, epsilon: { float: 0.5 }, approximate: 'tanh', perm: [0, 2, 1] }
    const graph: Graph = {
      name: 'g',
      inputs: [],
      outputs: [],
      constants: [{ name: 'c', values: [7, -1] }],
      nodes: [{ op: 'X', inputs: [], output: 'y', attributes }],
    }
    const [main] = inner(fields(encodeModel(graph)), 7)
    const [axis, epsilon, approximate, perm] = inner(inner(main!, 1)[0]!, 5)
    expect([axis!.get(3), axis!.get(20)]).toEqual([[-1], [2]])
    expect([epsilon!.get(2), epsilon!.get(20)]).toEqual([[0.5], [1]])
    expect([text(approximate!.get(4)?.[0]), approximate!.get(20)]).toEqual(['tanh', [3]])
    expect([perm!.get(8), perm!.get(20)]).toEqual([[0, 2, 1], [7]])
    const [constant] = inner(main!, 5)
    expect([constant!.get(1), constant!.get(2), constant!.get(7), text(constant!.get(8)?.[0])]).toEqual([
      [2],
      [7],
      [7, -1],
      'c',
    ])
  })

  it('writes the final norm', () => checkOrder(finalGraph(XXL, 3)))
})

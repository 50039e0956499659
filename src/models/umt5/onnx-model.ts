import { BinaryWriter } from '@bufbuild/protobuf/wire'
import { bytes, float, integer, message, text } from './protobuf-fields'

/** The used element types, as numbered in onnx.proto's TensorProto.DataType. */
const DATA_TYPES = { float32: 1, uint8: 2, int64: 7, float16: 10 } as const

export interface GraphValue {
  readonly name: string
  readonly dtype: keyof typeof DATA_TYPES
  readonly shape: readonly number[]
}

/** An int64 vector known when the graph is built, such as the target of a Reshape. */
export interface GraphConstant {
  readonly name: string
  readonly values: readonly number[]
}

/** A weight that is part of the model. */
export interface GraphWeight extends GraphValue {
  readonly bytes: Uint8Array
}

/** Integers are ints; an attribute that is a float in the operator's schema is written `{ float: 1e-6 }`. */
export type Attribute = number | string | readonly number[] | { readonly float: number }

export interface GraphNode {
  readonly op: string
  /** Operator set; the default is ONNX's own, `com.microsoft` has MatMulNBits. */
  readonly domain?: 'com.microsoft'
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, Attribute>>
}

export interface Graph {
  readonly name: string
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
  readonly constants: readonly GraphConstant[]
  readonly weights?: readonly GraphWeight[]
  /** Ordered so that every input is computed before its use. */
  readonly nodes: readonly GraphNode[]
}

const IR_VERSION = 8
const OPSET = 20 // the first with Gelu

// Field numbers are those of onnx.proto.

function opset(writer: BinaryWriter, domain: string, version: number): void {
  message(writer, 8, (w) => {
    text(w, 1, domain)
    integer(w, 2, version)
  })
}

function value(writer: BinaryWriter, field: number, { name, dtype, shape }: GraphValue): void {
  message(writer, field, (w) => {
    text(w, 1, name)
    message(w, 2, (type) =>
      message(type, 1, (tensor) => {
        integer(tensor, 1, DATA_TYPES[dtype])
        message(tensor, 2, (dims) => {
          for (const size of shape) message(dims, 1, (dim) => integer(dim, 1, size))
        })
      }),
    )
  })
}

function constant(writer: BinaryWriter, { name, values }: GraphConstant): void {
  message(writer, 5, (w) => {
    integer(w, 1, values.length)
    integer(w, 2, DATA_TYPES.int64)
    for (const item of values) integer(w, 7, item)
    text(w, 8, name)
  })
}

function weight(writer: BinaryWriter, { name, dtype, shape, bytes: content }: GraphWeight): void {
  message(writer, 5, (w) => {
    for (const size of shape) integer(w, 1, size)
    integer(w, 2, DATA_TYPES[dtype])
    text(w, 8, name)
    bytes(w, 9, content)
  })
}

function attribute(writer: BinaryWriter, name: string, given: Attribute): void {
  message(writer, 5, (w) => {
    text(w, 1, name)
    if (typeof given === 'number') {
      integer(w, 3, given)
      integer(w, 20, 2)
    } else if (typeof given === 'string') {
      text(w, 4, given)
      integer(w, 20, 3)
    } else if ('float' in given) {
      float(w, 2, given.float)
      integer(w, 20, 1)
    } else {
      for (const item of given) integer(w, 8, item)
      integer(w, 20, 7)
    }
  })
}

function node(writer: BinaryWriter, { op, domain, inputs, output, attributes = {} }: GraphNode): void {
  message(writer, 1, (w) => {
    for (const name of inputs) text(w, 1, name)
    text(w, 2, output)
    text(w, 3, output)
    text(w, 4, op)
    for (const [name, given] of Object.entries(attributes)) attribute(w, name, given)
    if (domain !== undefined) text(w, 7, domain)
  })
}

/** The bytes of an ONNX model, for `InferenceSession.create`. */
export function encodeModel(graph: Graph): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  integer(writer, 1, IR_VERSION)
  text(writer, 2, 'zoetrope')
  message(writer, 7, (w) => {
    for (const item of graph.nodes) node(w, item)
    text(w, 2, graph.name)
    for (const item of graph.constants) constant(w, item)
    for (const item of graph.weights ?? []) weight(w, item)
    for (const item of graph.inputs) value(w, 11, item)
    for (const item of graph.outputs) value(w, 12, item)
  })
  opset(writer, '', OPSET)
  opset(writer, 'com.microsoft', 1)
  return new Uint8Array(writer.finish())
}

import type { Attribute, GraphConstant, GraphNode } from '../../src/models/umt5/onnx-model'

/** A graph under construction: adding an operation returns the name of its output. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = []
  readonly constants: GraphConstant[] = []

  add(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.push({ op, inputs, output: `n${this.nodes.length}`, attributes })
  }

  /** Adds one of onnxruntime's own operators. */
  addOwn(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>>): string {
    return this.push({ op, domain: 'com.microsoft', inputs, output: `n${this.nodes.length}`, attributes })
  }

  /** An int64 vector, such as the target of a Reshape. */
  ints(...values: number[]): string {
    const name = `c${this.constants.length}`
    this.constants.push({ name, values })
    return name
  }

  reshape(x: string, ...shape: number[]): string {
    return this.add('Reshape', [x, this.ints(...shape)])
  }

  transpose(x: string, ...perm: number[]): string {
    return this.add('Transpose', [x], { perm })
  }

  /** Names the result `y`, as the comparison expects. */
  finish(result: string): { nodes: readonly GraphNode[]; constants: readonly GraphConstant[] } {
    const nodes = this.nodes.map((node) => (node.output === result ? { ...node, output: 'y' } : node))
    return { nodes, constants: this.constants }
  }

  private push(node: GraphNode): string {
    this.nodes.push(node)
    return node.output
  }
}

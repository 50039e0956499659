// What lib/matrix_* makes of a GPU's matrices, with arrays of one invocation in their place: no adapter here has the
// units.
import { describe, expect, it } from 'vitest'
import { MATRIX_SHAPES } from '../../src/gpu/matrix-units'
import { shaderFile } from '../../src/gpu/shader-source'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'

const SIDE = 16

/** `subgroup_matrix_left<f16, 16, 8>`: columns, then rows. */
function withArrays(text: string): string {
  return text
    .replace(/^(enable|diagnostic).*$/gm, '')
    .replace(
      /subgroup_matrix_\w+<f(?:16|32), (\d+), (\d+)>/g,
      (_, columns: string, rows: string) => `array<f32, ${Number(columns) * Number(rows)}>`,
    )
}

/** out = out + a · b, each 16 × 16. */
function shader(shape: string): string {
  const [M, N, K] = shape.split('x').map((size) => `${size}u`)
  return `
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

fn left_part(source: u32, row: u32, k: u32) -> LeftPart {
  var part: LeftPart;
  for (var i = 0u; i < ${M} * ${K}; i++) { part[i] = a[(row + i / ${K}) * ${SIDE}u + k + i % ${K}]; }
  return part;
}

fn right_part(source: u32, k: u32, column: u32) -> RightPart {
  var part: RightPart;
  for (var i = 0u; i < ${K} * ${N}; i++) { part[i] = b[(k + i / ${N}) * ${SIDE}u + column + i % ${N}]; }
  return part;
}

fn sums_part(row: u32, column: u32) -> SumsPart {
  var part: SumsPart;
  for (var i = 0u; i < ${M} * ${N}; i++) { part[i] = out[(row + i / ${N}) * ${SIDE}u + column + i % ${N}]; }
  return part;
}

fn put_part(part: SumsPart, row: u32, column: u32) {
  var own = part;
  for (var i = 0u; i < ${M} * ${N}; i++) { out[(row + i / ${N}) * ${SIDE}u + column + i % ${N}] = own[i]; }
}

fn subgroupMatrixMultiplyAccumulate(x: LeftPart, y: RightPart, sums: SumsPart) -> SumsPart {
  var left = x; var right = y; var result = sums;
  for (var i = 0u; i < ${M} * ${N}; i++) {
    for (var k = 0u; k < ${K}; k++) { result[i] += left[i / ${N} * ${K} + k] * right[k * ${N} + i % ${N}]; }
  }
  return result;
}

@compute @workgroup_size(1)
fn main() {
  put_sums(multiply_add(left(0u, 0u, 0u), right(0u, 0u, 0u), read_sums(0u, 0u)), 0u, 0u);
}
${withArrays(shaderFile(`lib/matrix_${shape}.wgsl`))}
${shaderFile(`attention/sums_${shape}.wgsl`)}`
}

async function run(
  device: GPUDevice,
  code: string,
  data: readonly Float32Array<ArrayBuffer>[],
): Promise<Float32Array> {
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  })
  const buffers = data.map((values) => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC
    const buffer = device.createBuffer({ size: values.byteLength, usage })
    device.queue.writeBuffer(buffer, 0, values)
    return buffer
  })
  const readable = device.createBuffer({
    size: data[2]!.byteLength,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  )
  pass.dispatchWorkgroups(1)
  pass.end()
  encoder.copyBufferToBuffer(buffers[2]!, 0, readable, 0, data[2]!.byteLength)
  device.queue.submit([encoder.finish()])
  await readable.mapAsync(GPUMapMode.READ)
  const found = new Float32Array(readable.getMappedRange().slice(0))
  for (const buffer of [...buffers, readable]) buffer.destroy()
  return found
}

describe.each(quickCases().slice(0, 1))('matrices of 16 × 16 on $name', (gpuCase) => {
  it.each(MATRIX_SHAPES)('made of %s', async (shape) => {
    const { gpu } = await testGpu(gpuCase)
    // Small whole numbers: their sums are exact in any order.
    const [a, b, c] = [1, 2, 3].map((seed) =>
      randomFloats(SIDE * SIDE, seed).map((value) => Math.round(8 * value)),
    )
    const found = await run(gpu.device, shader(shape), [a!, b!, c!])
    const expected = c!.map((sum, i) => {
      const [row, column] = [Math.floor(i / SIDE), i % SIDE]
      for (let k = 0; k < SIDE; k++) sum += a![row * SIDE + k]! * b![k * SIDE + column]!
      return sum
    })
    expect(found).toEqual(expected)
  })
})

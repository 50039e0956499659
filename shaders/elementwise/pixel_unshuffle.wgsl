// y[row, column, (c factor + dy) factor + dx] = scale · x[factor row + dy, factor column + dx, c] + offset
// x [factor H, factor W, C] scalar -> y [H, W, factor^2 C] scalar
// One invocation writes one element: grid (ceil(H W factor^2 C / INVOCATIONS), 1, 1).
// Both sides of x are multiples of the factor.
// Reference: test/reference/pixel_shuffle.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  height: u32,
  width: u32,
  channels: u32,
  factor: u32,
  scale: f32,
  offset: f32,
}

@group(0) @binding(0) var<storage, read> x: array<scalar>;
@group(0) @binding(1) var<storage, read_write> y: array<scalar>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  let places = params.factor * params.factor;
  let all = params.channels * places;
  if (i >= params.height * params.width * all) {
    return;
  }
  let inside = i % places;
  let c = i % all / places;
  let column = i / all % params.width * params.factor + inside % params.factor;
  let row = i / all / params.width * params.factor + inside / params.factor;
  let at = (row * params.width * params.factor + column) * params.channels + c;
  y[i] = scalar(params.scale * f32(x[at]) + params.offset);
}

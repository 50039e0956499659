// patches[q, p, (c·s + e)·s + d] = frame[q·s + d, p·s + e, c]
// frame [H s, W s, C] scalar -> patches [H, W, C s s] scalar
// One invocation copies one element: grid (ceil(H W C s s / INVOCATIONS), 1, 1).
// Within a patch the row d is fastest, then the column e.
// Reference: test/reference/patches.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  width: u32,
  channels: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> frame: array<scalar>;
@group(0) @binding(1) var<storage, read_write> patches: array<scalar>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.count) {
    return;
  }
  let s = params.size;
  let depth = params.channels * s * s;
  let within = at % depth;
  let pixel = at / depth;
  let row = pixel / params.width * s + within % s;
  let column = pixel % params.width * s + within / s % s;
  patches[at] = frame[(row * params.width * s + column) * params.channels + within / (s * s)];
}

// y[i] = a[i] + b[i mod m]
// a [n] f32, b [m] f32 -> y [n] f32
// One invocation computes one element: grid (ceil(n / 64), 1, 1).
// m divides n: b is repeated over the rows of a.
// Reference: the formula itself, in test/kernels/add_broadcast.test.ts
struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  period: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * 64u + lane;
  if (at < params.count) {
    y[at] = a[at] + b[at % params.period];
  }
}

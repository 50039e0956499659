// y[p, c] = act(x[p, c] / max(‖x[p]‖₂, eps) * sqrt(C) * gamma[c]); act is SiLU if silu = 1, else the identity
// x [H, W, C] scalar, gamma [C] f32 -> y [H, W, C] scalar; pixels p = H W.
// One workgroup normalises INVOCATIONS / LANES pixels with LANES invocations each: grid (ceil(H W LANES / INVOCATIONS), 1, 1).
// LANES and INVOCATIONS are powers of two, LANES the smaller.
// Reference: test/reference/channel_rms_norm.ts
//! given scalar, LANES, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  pixels: u32,
  channels: u32,
  silu: u32,
  eps: f32,
}

@group(0) @binding(0) var<storage, read> x: array<scalar>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<scalar>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> sh_sum: array<f32, INVOCATIONS>;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) invocation: u32) {
  let pixel = (workgroup.x + params.grid_origin.x) * (INVOCATIONS / LANES) + invocation / LANES;
  let lane = invocation % LANES;
  let channels = select(0u, params.channels, pixel < params.pixels);
  let start = pixel * params.channels;
  var squares = 0.0;
  for (var c = lane; c < channels; c += LANES) {
    let value = f32(x[start + c]);
    squares += value * value;
  }
  if (LANES > 1u) { // else no barrier at all, which software GPUs pay for dearly
    sh_sum[invocation] = squares;
    for (var width = LANES / 2u; width > 0u; width /= 2u) {
      workgroupBarrier();
      if (lane < width) {
        sh_sum[invocation] += sh_sum[invocation + width];
      }
    }
    workgroupBarrier();
    squares = sh_sum[invocation - lane];
  }
  let inverse = sqrt(f32(params.channels)) / max(sqrt(squares), params.eps);
  for (var c = lane; c < channels; c += LANES) {
    var value = f32(x[start + c]) * inverse * gamma[c];
    if (params.silu != 0u) {
      value /= 1.0 + exp(-value);
    }
    y[start + c] = scalar(value);
  }
}

// scales = max |x| / 127 of a head's columns, codes = round(x / scales)
// x [L, D] scalar -> codes [M, D / 4] u32, four int8 to a word, scales [M, N] f32; D is N head_dim; rows from x_row on, to codes_row and scales_row on
// One invocation rounds one head of one row: grid (ceil(count / INVOCATIONS), 1, 1), count = rows of x times N.
// head_dim is a multiple of 4; a head of zeros has the scale 0 and the codes 0.
// Reference: test/reference/quantise_heads.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  heads: u32,
  head_dim: u32,
  x_row: u32,
  codes_row: u32,
  scales_row: u32,
}

@group(0) @binding(0) var<storage, read> x: array<scalar>;
@group(0) @binding(1) var<storage, read_write> codes: array<u32>;
@group(0) @binding(2) var<storage, read_write> scales: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.count) {
    return;
  }
  let row = at / params.heads;
  let head = at % params.heads;
  let start = ((row + params.x_row) * params.heads + head) * params.head_dim;
  var highest = 0.0;
  for (var i = 0u; i < params.head_dim; i++) {
    highest = max(highest, abs(f32(x[start + i])));
  }
  let step = highest / 127.0;
  let inverse = select(0.0, 127.0 / highest, highest > 0.0);
  let words = params.head_dim / 4u;
  let goal = ((row + params.codes_row) * params.heads + head) * words;
  for (var i = 0u; i < words; i++) {
    let four_at = start + 4u * i;
    let four = vec4<f32>(f32(x[four_at]), f32(x[four_at + 1u]), f32(x[four_at + 2u]), f32(x[four_at + 3u]));
    let whole = vec4<u32>(vec4<i32>(clamp(round(four * inverse), vec4<f32>(-127.0), vec4<f32>(127.0)))) & vec4<u32>(255u);
    codes[goal + i] = whole.x | (whole.y << 8u) | (whole.z << 16u) | (whole.w << 24u);
  }
  scales[(row + params.scales_row) * params.heads + head] = step;
}

// y = codes · scales
// codes [L, D / 4] u32, four int8 to a word, scales [L, N] f32 -> y [L, D] scalar
// One invocation restores one word: grid (ceil(words / INVOCATIONS), 1, 1), words = L D / 4.
// A head is head_words words, a row row_words.
// Reference: test/reference/quantise_heads.ts
//! given scalar, INVOCATIONS

struct Params {
  grid_origin: vec3<u32>,
  words: u32,
  row_words: u32,
  head_words: u32,
}

@group(0) @binding(0) var<storage, read> codes: array<u32>;
@group(0) @binding(1) var<storage, read> scales: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<scalar>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = (workgroup.x + params.grid_origin.x) * INVOCATIONS + lane;
  if (at >= params.words) {
    return;
  }
  let scale = scales[at / params.head_words];
  let word = codes[at];
  for (var i = 0u; i < 4u; i++) {
    y[4u * at + i] = scalar(f32(extractBits(bitcast<i32>(word), 8u * i, 8u)) * scale);
  }
}

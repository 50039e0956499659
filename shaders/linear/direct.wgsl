// For loops that multiply straight from the bindings, on adapters that are a CPU: eight inputs of a token and eight weights of
// four rows at a time, each eight as two fours; cols is a multiple of 4. Indexes count in fours, eights or blocks and grow by
// addition: a division, or a shift by what is not a number in the text, is done lane by lane there.

// Where a token's inputs begin, in fours; past the last token, the last one is read.
fn token_begin(token: u32) -> u32 {
  return min(token, params.tokens - 1u) * (params.cols / 4u);
}

// Zeros past the token's last input.
fn load_x8(begin: u32, eight: u32) -> mat2x4<f32> {
  let four = 2u * eight;
  let second = vec4<f32>(x[begin + four + 1u]);
  return mat2x4<f32>(vec4<f32>(x[begin + four]), select(vec4<f32>(), second, 4u * four + 4u < params.cols));
}

// Where four rows of weights begin, in eights and in blocks.
struct WeightRows {
  eights: vec4<u32>,
  blocks: vec4<u32>,
}

// Past the last row, the last one is read.
fn weight_rows(first: u32) -> WeightRows {
  let rows = min(first + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u));
  return WeightRows(rows * (params.stride / 8u), rows * (params.stride / 32u));
}

// Eight weights of four rows: a column for each row.
struct WeightTile {
  first: mat4x4<f32>,
  second: mat4x4<f32>,
}

fn load_w8(rows: WeightRows, eight: u32) -> WeightTile {
  let block = rows.blocks + vec4<u32>(eight >> 2u);
  let at = rows.eights + vec4<u32>(eight);
  let w0 = load_weight8(at.x, block_scale(block.x));
  let w1 = load_weight8(at.y, block_scale(block.y));
  let w2 = load_weight8(at.z, block_scale(block.z));
  let w3 = load_weight8(at.w, block_scale(block.w));
  return WeightTile(mat4x4<f32>(w0[0], w1[0], w2[0], w3[0]), mat4x4<f32>(w0[1], w1[1], w2[1], w3[1]));
}

fn products(x: mat2x4<f32>, w: WeightTile) -> vec4<f32> {
  return x[0] * w.first + x[1] * w.second;
}

// What the tiles of `linear` load: four lines (tokens of x, or outputs of w) at four inputs, a vector for each input.
// Zeros past the last token, output and input: a q4 weight past the last input would be its block's minimum.

fn load_token(token: u32, col: u32) -> vec4<f32> {
  if (token < params.tokens && col < params.cols) {
    return load_x4(token, col);
  }
  return vec4<f32>();
}

fn load_weight(row: u32, col: u32) -> vec4<f32> {
  if (row < params.rows && col < params.stride) {
    return load_weight4(row, col);
  }
  return vec4<f32>();
}

fn x_block(token: u32, col: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(load_token(token, col), load_token(token + 1u, col), load_token(token + 2u, col), load_token(token + 3u, col)));
}

fn weight_block(row: u32, col: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(load_weight(row, col), load_weight(row + 1u, col), load_weight(row + 2u, col), load_weight(row + 3u, col)));
}

// A vector of four sums out of 8 × 8, by switch: a matrix indexed by a variable may land in memory.
fn column(sums: mat4x4<f32>, i: u32) -> vec4<f32> {
  switch i {
    case 0u: { return sums[0]; }
    case 1u: { return sums[1]; }
    case 2u: { return sums[2]; }
    default: { return sums[3]; }
  }
}

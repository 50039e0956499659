// Inputs of a token in fours; cols is a multiple of 4.
//! given x_scalar
alias x_element = vec4<x_scalar>;

// Four inputs from the `at`th on, as they lie in memory.
fn fetch_x4(at: u32) -> vec4<x_scalar> {
  return x[at / 4u];
}

// The same, from column `col` on: zeros past the last.
fn unpack_x4(fetched: vec4<x_scalar>, col: u32) -> vec4<f32> {
  return select(vec4<f32>(), vec4<f32>(fetched), col < params.cols);
}

// Inputs of a token one by one, of any number of columns.
//! given x_scalar
alias x_element = x_scalar;

// Four inputs from the `at`th on, as they lie in memory.
fn fetch_x4(at: u32) -> vec4<x_scalar> {
  return vec4<x_scalar>(x[at], x[at + 1u], x[at + 2u], x[at + 3u]);
}

// The same, from column `col` on: zeros past the last.
fn unpack_x4(fetched: vec4<x_scalar>, col: u32) -> vec4<f32> {
  return select(vec4<f32>(), vec4<f32>(fetched), vec4<u32>(0u, 1u, 2u, 3u) + col < vec4<u32>(params.cols));
}

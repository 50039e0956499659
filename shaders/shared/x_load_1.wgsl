// Four inputs of a token from column `col` on, of any number of columns; zeros past the last.
alias x_element = x_scalar;

fn load_x4(token: u32, col: u32) -> vec4<f32> {
  let left = params.cols - min(col, params.cols);
  let at = token * params.cols + col;
  return select(vec4<f32>(), vec4<f32>(f32(x[at]), f32(x[at + 1u]), f32(x[at + 2u]), f32(x[at + 3u])), vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(left));
}

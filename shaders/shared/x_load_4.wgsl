// Four inputs of a token from column `col` on; cols and col are multiples of 4.
alias x_element = vec4<x_scalar>;

fn load_x4(token: u32, col: u32) -> vec4<f32> {
  return vec4<f32>(x[(token * params.cols + col) / 4u]);
}

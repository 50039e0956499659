// Four weights of a row from column `col` on, a multiple of 4. Two f16 a word.
fn load_weight4(row: u32, col: u32) -> vec4<f32> {
  let at = (row * params.stride + col) / 2u;
  return vec4<f32>(unpack2x16float(weight[at]), unpack2x16float(weight[at + 1u]));
}

// Four weights of a row from column `col` on, a multiple of 4. int8 times the f16 scale of their block of 32.
alias weight_words = u32;

fn load_weight4(row: u32, col: u32) -> vec4<f32> {
  let at = row * params.stride + col;
  let block = at / 32u;
  let scale = unpack2x16float(scales[block / 2u])[block % 2u];
  return vec4<f32>(unpack4xI8(weight[at / 4u])) * scale;
}

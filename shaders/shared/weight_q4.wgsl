// Four weights of a row from column `col` on, a multiple of 4. A nibble times the f16 scale of their block of 32, plus its minimum.
alias weight_words = u32;

fn load_weight4(row: u32, col: u32) -> vec4<f32> {
  let at = row * params.stride + col;
  let scale_min = unpack2x16float(scales[at / 32u]);
  let half_word = weight[at / 8u] >> (4u * (at % 8u));
  let nibbles = (vec4<u32>(half_word) >> vec4<u32>(0u, 4u, 8u, 12u)) & vec4<u32>(15u);
  return vec4<f32>(nibbles) * scale_min.x + scale_min.y;
}

// Four weights of a row from column `col` on, a multiple of 4. Two f16 a word.
alias weight_words = vec2<u32>;

fn load_weight4(row: u32, col: u32) -> vec4<f32> {
  let words = weight[(row * params.stride + col) / 4u];
  return vec4<f32>(unpack2x16float(words.x), unpack2x16float(words.y));
}

// A row's weights are int8 times the f16 scale of their block of 32.
alias weight_words = u32;

// Four weights from the `at`th on, a multiple of 4, as they lie in memory: fetched early, they are on their way while
// others are multiplied.
fn fetch_weight4(at: u32) -> vec2<u32> {
  return vec2<u32>(weight[at / 4u], scales[at / 64u]);
}

fn unpack_weight4(fetched: vec2<u32>, at: u32) -> vec4<f32> {
  let scale = unpack2x16float(fetched.y >> (16u * (at / 32u % 2u))).x;
  return vec4<f32>(unpack4xI8(fetched.x)) * scale;
}

// 16 weights of a row from column `col` on, a multiple of 16, as int8.
fn load_weight_int8(row: u32, col: u32) -> vec4<u32> {
  let at = (row * params.stride + col) / 4u;
  return vec4<u32>(weight[at], weight[at + 1u], weight[at + 2u], weight[at + 3u]);
}

// What an int8 of that block is multiplied by, and what is added then.
fn load_scale_min(row: u32, col: u32) -> vec2<f32> {
  let block = (row * params.stride + col) / 32u;
  return vec2<f32>(unpack2x16float(scales[block / 2u])[block % 2u], 0.0);
}

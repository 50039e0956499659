// A row's weights are int8 times the f16 scale of their block of 32.
alias weight_words = u32;
alias weight_four = u32;

// Four weights from the `at`th on, a multiple of 4, as they lie in memory: fetched early, they are on their way while
// others are multiplied.
fn fetch_weight4(at: u32) -> weight_four {
  return weight[at / 4u];
}

// The word with the scale of a block.
fn fetch_scale(at: u32) -> u32 {
  return scales[at / 64u];
}

fn unpack_weight4(fetched: weight_four, scale: u32, at: u32) -> vec4<f32> {
  return vec4<f32>(unpack4xI8(fetched)) * scale_min_of(scale, at).x;
}

// 16 weights from the `at`th on, a multiple of 16, as they lie in memory.
fn fetch_weight16(at: u32) -> vec4<u32> {
  return vec4<u32>(weight[at / 4u], weight[at / 4u + 1u], weight[at / 4u + 2u], weight[at / 4u + 3u]);
}

fn int8_of(fetched: vec4<u32>) -> vec4<u32> {
  return fetched;
}

// What an int8 is multiplied by, and what is added then.
fn scale_min_of(fetched: u32, at: u32) -> vec2<f32> {
  return vec2<f32>(unpack2x16float(fetched >> (16u * (at / 32u % 2u))).x, 0.0);
}

// For loops that multiply straight from the bindings: the scale of a block of 32, and eight weights as two fours.
fn block_scale(block: u32) -> f32 {
  let pair = unpack2x16float(scales[block >> 1u]);
  return select(pair.x, pair.y, (block & 1u) == 1u);
}

// Bytes taken where they are: the lower three as 128 more than they mean, the highest with its sign.
fn bytes_of(word: u32) -> vec4<f32> {
  let bytes = vec4<u32>(word ^ 0x00808080u) & vec4<u32>(0xffu, 0xff00u, 0xff0000u, 0xff000000u);
  return vec4<f32>(vec4<i32>(bytes)) * vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24) - vec4<f32>(128.0, 128.0, 128.0, 0.0);
}

fn load_weight8(eight: u32, scale: f32) -> mat2x4<f32> {
  return scale * mat2x4<f32>(bytes_of(weight[2u * eight]), bytes_of(weight[2u * eight + 1u]));
}

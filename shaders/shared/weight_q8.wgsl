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

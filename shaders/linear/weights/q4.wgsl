// A row's weights are nibbles times the f16 scale of their block of 32, plus its minimum.
alias weight_words = u32;
alias weight_four = u32;

// Four weights from the `at`th on, a multiple of 4, as they lie in memory, and four others: fetched early, they are on their
// way while others are multiplied.
fn fetch_weight4(at: u32) -> weight_four {
  return weight[at / 8u];
}

// The scale and minimum of a block.
fn fetch_scale(at: u32) -> u32 {
  return scales[at / 32u];
}

fn unpack_weight4(fetched: weight_four, scale: u32, at: u32) -> vec4<f32> {
  let scale_min = unpack2x16float(scale);
  let half_word = fetched >> (4u * (at % 8u));
  let nibbles = (vec4<u32>(half_word) >> vec4<u32>(0u, 4u, 8u, 12u)) & vec4<u32>(15u);
  return vec4<f32>(nibbles) * scale_min.x + scale_min.y;
}

// Four nibbles of a half word as four bytes.
fn spread(half_word: u32) -> u32 {
  let pairs = (half_word | (half_word << 8u)) & 0x00ff00ffu;
  return (pairs | (pairs << 4u)) & 0x0f0f0f0fu;
}

// 16 weights from the `at`th on, a multiple of 16, as they lie in memory.
fn fetch_weight16(at: u32) -> vec2<u32> {
  return vec2<u32>(weight[at / 8u], weight[at / 8u + 1u]);
}

fn int8_of(fetched: vec2<u32>) -> vec4<u32> {
  return vec4<u32>(spread(fetched.x & 0xffffu), spread(fetched.x >> 16u), spread(fetched.y & 0xffffu), spread(fetched.y >> 16u));
}

// What an int8 is multiplied by, and what is added then.
fn scale_min_of(fetched: u32, at: u32) -> vec2<f32> {
  return unpack2x16float(fetched);
}

// For loops that multiply straight from the bindings: the scale and minimum of a block of 32, and eight weights as two fours.
fn block_scale(block: u32) -> vec2<f32> {
  return unpack2x16float(scales[block]);
}

// Nibbles taken where they are, the highest as 8 less than it means.
fn load_weight8(eight: u32, scale: vec2<f32>) -> mat2x4<f32> {
  let words = vec4<u32>(weight[eight] ^ 0x80000000u);
  let low = vec4<f32>(vec4<i32>(words & vec4<u32>(0xfu, 0xf0u, 0xf00u, 0xf000u))) * vec4<f32>(1.0, 0x1p-4, 0x1p-8, 0x1p-12);
  let high = vec4<f32>(vec4<i32>(words & vec4<u32>(0xf0000u, 0xf00000u, 0xf000000u, 0xf0000000u))) * vec4<f32>(0x1p-16, 0x1p-20, 0x1p-24, 0x1p-28);
  return mat2x4<f32>(low * scale.x + scale.y, (high + vec4<f32>(0.0, 0.0, 0.0, 8.0)) * scale.x + scale.y);
}

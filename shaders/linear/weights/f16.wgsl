// A row's weights are f16, two a word.
alias weight_words = vec2<u32>;
alias weight_four = vec2<u32>;

// Four weights from the `at`th on, a multiple of 4, as they lie in memory: fetched early, they are on their way while
// others are multiplied.
fn fetch_weight4(at: u32) -> weight_four {
  return weight[at / 4u];
}

// They have no scale.
fn fetch_scale(at: u32) -> u32 {
  return 0u;
}

fn unpack_weight4(fetched: weight_four, scale: u32, at: u32) -> vec4<f32> {
  return vec4<f32>(unpack2x16float(fetched.x), unpack2x16float(fetched.y));
}

// For loops that multiply straight from the bindings, eight weights as two fours; they have no scale.
fn block_scale(block: u32) -> f32 {
  return 1.0;
}

fn load_weight8(eight: u32, scale: f32) -> mat2x4<f32> {
  let first = weight[2u * eight];
  let second = weight[2u * eight + 1u];
  return mat2x4<f32>(vec4<f32>(unpack2x16float(first.x), unpack2x16float(first.y)), vec4<f32>(unpack2x16float(second.x), unpack2x16float(second.y)));
}

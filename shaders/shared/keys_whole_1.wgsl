// Four columns of a head of one query, key or value, from a single binding; zeros past the end. Heads of any width.
#import read_q_1

fn load_k(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  var values = vec4<f32>();
  if (key < params.keys) {
    let at = key * params.dim + head_start + column;
    for (var i = 0u; i < 4u && column + i < params.head_dim; i++) {
      values[i] = f32(k[at + i]);
    }
  }
  return values;
}

fn load_v(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  var values = vec4<f32>();
  if (key < params.keys) {
    let at = key * params.dim + head_start + column;
    for (var i = 0u; i < 4u && column + i < params.head_dim; i++) {
      values[i] = f32(v[at + i]);
    }
  }
  return values;
}

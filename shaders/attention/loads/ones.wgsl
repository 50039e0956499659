// Four columns of a head of one query, key or value, read one by one: heads of any width. Zeros past the last line and past
// the head.
//! given scalar
alias x_element = scalar;
const WIDTH = 1u;

fn read_q(query: u32, column: u32, head_start: u32) -> vec4<f32> {
  var values = vec4<f32>();
  if (query < params.queries) {
    let at = query * params.dim + head_start + column;
    for (var i = 0u; i < 4u && column + i < params.head_dim; i++) {
      values[i] = f32(q[at + i]);
    }
  }
  return values;
}

fn load_k(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  var values = vec4<f32>();
  if (key < params.keys) {
    for (var i = 0u; i < 4u && column + i < params.head_dim; i++) {
      values[i] = f32(k_at(key, head_start + column + i));
    }
  }
  return values;
}

fn load_v(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  var values = vec4<f32>();
  if (key < params.keys) {
    for (var i = 0u; i < 4u && column + i < params.head_dim; i++) {
      values[i] = f32(v_at(key, head_start + column + i));
    }
  }
  return values;
}

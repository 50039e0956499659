// Four columns of a head of one query, key or value at once: heads are a multiple of 4 wide. A query has zeros past the
// head's last column; past the last line any line is read in its place, and must not be counted.
//! given scalar
alias x_element = vec4<scalar>;
const WIDTH = 4u;

fn read_q(query: u32, column: u32, head_start: u32) -> vec4<f32> {
  let values = vec4<f32>(q[(min(query, params.queries - 1u) * params.dim + head_start + column) / WIDTH]);
  return select(vec4<f32>(), values, column < params.head_dim);
}

fn load_k(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  return vec4<f32>(k_at(min(key, params.keys - 1u), head_start + column));
}

fn load_v(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  return vec4<f32>(v_at(min(key, params.keys - 1u), head_start + column));
}

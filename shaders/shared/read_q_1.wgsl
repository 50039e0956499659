// Four columns of a head of one query, read one by one; zeros past the last query and past the head.
alias x_element = scalar;

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

// Four columns of a head of one query; zeros past the head's last column, and past the end any line stands for another.
alias x_element = vec4<scalar>;

fn read_q(query: u32, column: u32, head_start: u32) -> vec4<f32> {
  let values = vec4<f32>(q[(min(query, params.queries - 1u) * params.dim + head_start + column) / 4u]);
  return select(vec4<f32>(), values, column < params.head_dim);
}

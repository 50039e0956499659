// Four f16 columns of a head of one query, out of eight; past the end any line stands for another.
alias x_element = vec4<u32>;

fn read_q(query: u32, column: u32, head_start: u32) -> vec4<f32> {
  let eight = q[(min(query, params.queries - 1u) * params.dim + head_start + column) / 8u];
  return vec4<f32>(bitcast<vec4<f16>>(select(eight.xy, eight.zw, column % 8u == 4u)));
}

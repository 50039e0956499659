enable f16;
// Four f16 columns of a head of one query, key or value, out of eight: heads are a multiple of 8 wide. Past the last line any
// line is read in its place, and must not be counted.
alias x_element = vec4<u32>;
const WIDTH = 8u;

fn four_of(eight: x_element, column: u32) -> vec4<f32> {
  return vec4<f32>(bitcast<vec4<f16>>(select(eight.xy, eight.zw, column % WIDTH == 4u)));
}

fn read_q(query: u32, column: u32, head_start: u32) -> vec4<f32> {
  return four_of(q[(min(query, params.queries - 1u) * params.dim + head_start + column) / WIDTH], column);
}

fn load_k(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  return four_of(k_at(min(key, params.keys - 1u), head_start + column), column);
}

fn load_v(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  return four_of(v_at(min(key, params.keys - 1u), head_start + column), column);
}

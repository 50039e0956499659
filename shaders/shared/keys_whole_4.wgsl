// Four columns of a head of one query, key or value, from a single binding. Heads are a multiple of 4 wide.
// A query has zeros past the head's last column; past the end any line stands for another, and is not to be counted.
#import read_q_4

fn load_k(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  return vec4<f32>(k[(min(key, params.keys - 1u) * params.dim + head_start + column) / 4u]);
}

fn load_v(key: u32, column: u32, head_start: u32) -> vec4<f32> {
  return vec4<f32>(v[(min(key, params.keys - 1u) * params.dim + head_start + column) / 4u]);
}

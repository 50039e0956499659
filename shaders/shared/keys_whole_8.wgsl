// Eight f16 columns of a head of one query, key or value, from a single binding, as they lie there. Heads are a multiple of
// 8 wide; past the end any line stands for another, and is not to be counted.
#import read_q_8

fn fetch_k8(key: u32, column: u32, head_start: u32) -> vec4<u32> {
  return k[(min(key, params.keys - 1u) * params.dim + head_start + column) / 8u];
}

fn fetch_v8(key: u32, column: u32, head_start: u32) -> vec4<u32> {
  return v[(min(key, params.keys - 1u) * params.dim + head_start + column) / 8u];
}

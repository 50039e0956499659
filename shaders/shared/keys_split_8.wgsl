// Eight f16 columns of a head of one query, key or value, from two bindings, the first keys and the rest, as they lie there.
// Heads are a multiple of 8 wide; past the end any line stands for another, and is not to be counted.
#import read_q_8

fn fetch_k8(key: u32, column: u32, head_start: u32) -> vec4<u32> {
  let line = min(key, params.keys - 1u);
  if (line < params.first_keys) {
    return k[(line * params.dim + head_start + column) / 8u];
  }
  return k_rest[((line - params.first_keys) * params.dim + head_start + column) / 8u];
}

fn fetch_v8(key: u32, column: u32, head_start: u32) -> vec4<u32> {
  let line = min(key, params.keys - 1u);
  if (line < params.first_keys) {
    return v[(line * params.dim + head_start + column) / 8u];
  }
  return v_rest[((line - params.first_keys) * params.dim + head_start + column) / 8u];
}

// FMA rate: every invocation turns 8 independent vec4 sums LOOPS times. `scalar` is f32 or f16, set before this text.
@group(0) @binding(0) var<storage, read_write> out: array<f32>;

override LOOPS: u32 = 64;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = vec4<scalar>(scalar(0.5) + scalar(id.x & 7u) * scalar(0.01));
  let c = vec4<scalar>(scalar(0.25));
  var a0 = vec4<scalar>(scalar(id.x & 3u)); var a1 = a0 + c; var a2 = a1 + c; var a3 = a2 + c;
  var a4 = a3 + c; var a5 = a4 + c; var a6 = a5 + c; var a7 = a6 + c;
  for (var i = 0u; i < LOOPS; i++) {
    a0 = fma(a0, m, c); a1 = fma(a1, m, c); a2 = fma(a2, m, c); a3 = fma(a3, m, c);
    a4 = fma(a4, m, c); a5 = fma(a5, m, c); a6 = fma(a6, m, c); a7 = fma(a7, m, c);
  }
  let s = a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7;
  out[id.x] = f32(s.x + s.y + s.z + s.w);
}

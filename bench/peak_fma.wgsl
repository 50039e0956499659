// Multiply-add rate: every invocation turns 8 independent sums four times in each of LOOPS turns
// of a loop: on adapters that are a CPU the loop itself costs as much as one. `scalar`, `vector` of them and
// `turn`, which is a·m + c, are set before this text.
@group(0) @binding(0) var<storage, read_write> out: array<f32>;

override LOOPS: u32 = 64;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let m = vector(scalar(0.5) + scalar(id.x & 7u) * scalar(0.01));
  let c = vector(scalar(0.25));
  var a0 = vector(scalar(id.x & 3u)); var a1 = a0 + c; var a2 = a1 + c; var a3 = a2 + c;
  var a4 = a3 + c; var a5 = a4 + c; var a6 = a5 + c; var a7 = a6 + c;
  for (var i = 0u; i < LOOPS; i++) {
    a0 = turn(a0, m, c); a1 = turn(a1, m, c); a2 = turn(a2, m, c); a3 = turn(a3, m, c);
    a4 = turn(a4, m, c); a5 = turn(a5, m, c); a6 = turn(a6, m, c); a7 = turn(a7, m, c);
    a0 = turn(a0, m, c); a1 = turn(a1, m, c); a2 = turn(a2, m, c); a3 = turn(a3, m, c);
    a4 = turn(a4, m, c); a5 = turn(a5, m, c); a6 = turn(a6, m, c); a7 = turn(a7, m, c);
    a0 = turn(a0, m, c); a1 = turn(a1, m, c); a2 = turn(a2, m, c); a3 = turn(a3, m, c);
    a4 = turn(a4, m, c); a5 = turn(a5, m, c); a6 = turn(a6, m, c); a7 = turn(a7, m, c);
    a0 = turn(a0, m, c); a1 = turn(a1, m, c); a2 = turn(a2, m, c); a3 = turn(a3, m, c);
    a4 = turn(a4, m, c); a5 = turn(a5, m, c); a6 = turn(a6, m, c); a7 = turn(a7, m, c);
  }
  out[id.x] = f32(dot(a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7, vector(scalar(1))));
}

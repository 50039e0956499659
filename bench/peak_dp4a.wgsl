// Rate of dot4I8Packed: every invocation adds 16 independent sums LOOPS times; one dot is 8 operations.
requires packed_4x8_integer_dot_product;
@group(0) @binding(0) var<storage, read_write> out: array<f32>;

override LOOPS: u32 = 64;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  var sums: array<i32, 16>;
  var a = id.x * 2654435761u;
  let b = id.x ^ 0x01ff02feu;
  for (var i = 0u; i < LOOPS; i++) {
    a = a + 0x01010101u;
    sums[0] += dot4I8Packed(a, b); sums[1] += dot4I8Packed(a, b + 1u);
    sums[2] += dot4I8Packed(a, b + 2u); sums[3] += dot4I8Packed(a, b + 3u);
    sums[4] += dot4I8Packed(a, b + 4u); sums[5] += dot4I8Packed(a, b + 5u);
    sums[6] += dot4I8Packed(a, b + 6u); sums[7] += dot4I8Packed(a, b + 7u);
    sums[8] += dot4I8Packed(a, b + 8u); sums[9] += dot4I8Packed(a, b + 9u);
    sums[10] += dot4I8Packed(a, b + 10u); sums[11] += dot4I8Packed(a, b + 11u);
    sums[12] += dot4I8Packed(a, b + 12u); sums[13] += dot4I8Packed(a, b + 13u);
    sums[14] += dot4I8Packed(a, b + 14u); sums[15] += dot4I8Packed(a, b + 15u);
  }
  var sum = 0;
  for (var i = 0u; i < 16u; i++) { sum += sums[i]; }
  out[id.x] = f32(sum);
}

// A vector of four sums, by switch: a matrix indexed by a variable may land in memory.
fn column(sums: mat4x4<f32>, i: u32) -> vec4<f32> {
  switch i {
    case 0u: { return sums[0]; }
    case 1u: { return sums[1]; }
    case 2u: { return sums[2]; }
    default: { return sums[3]; }
  }
}

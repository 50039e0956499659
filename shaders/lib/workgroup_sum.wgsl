// The sum over all invocations of a workgroup, a power of two of them; every invocation gets it.
//! given INVOCATIONS
var<workgroup> sh_sum: array<f32, INVOCATIONS>;

fn workgroup_sum(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  sh_sum[lane] = value;
  for (var width = INVOCATIONS / 2u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (lane < width) {
      sh_sum[lane] += sh_sum[lane + width];
    }
  }
  workgroupBarrier();
  return sh_sum[0];
}

// Sum over the 64 invocations of a workgroup; every invocation gets it.
var<workgroup> sh_sum: array<f32, 64>;

fn workgroup_sum(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  sh_sum[lane] = value;
  for (var width = 32u; width > 0u; width /= 2u) {
    workgroupBarrier();
    if (lane < width) {
      sh_sum[lane] += sh_sum[lane + width];
    }
  }
  workgroupBarrier();
  return sh_sum[0];
}

// A row to a workgroup; ROWS is 1, LANES = INVOCATIONS.
#import lib/workgroup_sum.wgsl

fn row_sum(lane: u32, value: f32) -> f32 {
  return workgroup_sum(lane, value);
}

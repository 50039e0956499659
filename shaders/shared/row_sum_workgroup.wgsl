// A row to a workgroup of 64 lanes.
#import reduce
const LANES = 64u;
const ROWS = 1u;

fn row_sum(lane: u32, value: f32) -> f32 {
  return workgroup_sum(lane, value);
}

// sums[g] = (Σ |a[i] − b[i]|, Σ |a[i]|) over the elements i of workgroup g
// a, b [n] f32 -> sums [groups, 2] f32
// One workgroup adds every groups-th run of INVOCATIONS elements, from its own on: grid (groups, 1, 1).
// groups is the width of the whole grid.
// Reference: test/reference/absolute_change.ts
//! given INVOCATIONS
#import lib/workgroup_sum.wgsl

struct Params {
  grid_origin: vec3<u32>,
  count: u32,
  groups: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(INVOCATIONS)
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let own = workgroup.x + params.grid_origin.x;
  var change = 0.0;
  var size = 0.0;
  for (var i = own * INVOCATIONS + lane; i < params.count; i += params.groups * INVOCATIONS) {
    change += abs(a[i] - b[i]);
    size += abs(a[i]);
  }
  change = workgroup_sum(lane, change);
  size = workgroup_sum(lane, size);
  if (lane == 0u) {
    sums[2u * own] = change;
    sums[2u * own + 1u] = size;
  }
}

// Copy rate: every invocation moves LOOPS vec4<f32>, neighbours next to each other.
@group(0) @binding(0) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;

override LOOPS: u32 = 1;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let stride = groups.x * 64u;
  for (var i = 0u; i < LOOPS; i++) { out[id.x + i * stride] = x[id.x + i * stride]; }
}

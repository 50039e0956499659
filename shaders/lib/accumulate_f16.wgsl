enable f16;
// Products in f16, at twice the rate on many GPUs. A few dozen of them are added in f16, as a part of a sum, and the parts
// in f32: a relative error of about 1e-3.
alias product = f16;

fn part_of(sum: mat4x4<f32>) -> mat4x4<product> {
  return mat4x4<product>();
}

fn with_part(sum: mat4x4<f32>, part: mat4x4<product>) -> mat4x4<f32> {
  return sum + mat4x4<f32>(part);
}

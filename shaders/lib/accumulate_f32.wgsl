// Products and their sums in f32: a part of a sum is the sum itself.
alias product = f32;

fn part_of(sum: mat4x4<f32>) -> mat4x4<product> {
  return sum;
}

fn with_part(sum: mat4x4<f32>, part: mat4x4<product>) -> mat4x4<f32> {
  return part;
}

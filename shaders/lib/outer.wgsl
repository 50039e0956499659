// All products of two vectors: column i is left[i] · right. The type `product` is of the slot accumulate.
fn outer(left: vec4<product>, right: vec4<product>) -> mat4x4<product> {
  return mat4x4<product>(left.x * right, left.y * right, left.z * right, left.w * right);
}

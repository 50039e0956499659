// As whole, from two bindings each: the first keys and the rest.
fn k_at(key: u32, column: u32) -> x_element {
  if (key < params.first_keys) {
    return k[(key * params.dim + column) / WIDTH];
  }
  return k_rest[((key - params.first_keys) * params.dim + column) / WIDTH];
}

fn v_at(key: u32, column: u32) -> x_element {
  if (key < params.first_keys) {
    return v[(key * params.dim + column) / WIDTH];
  }
  return v_rest[((key - params.first_keys) * params.dim + column) / WIDTH];
}

// Keys and values in one binding each: the elements that hold `column` of the line of a key. A column counts over all heads.
// Past the last key another line stands for it, or nothing: whoever reads does not count it.
fn k_at(key: u32, column: u32) -> x_element {
  return k[(key * params.dim + column) / WIDTH];
}

fn v_at(key: u32, column: u32) -> x_element {
  return v[(key * params.dim + column) / WIDTH];
}

// Sums that lie in workgroup memory, as matrices again.
fn read_sums(row: u32, column: u32) -> Sums {
  return sums_part(row, column);
}

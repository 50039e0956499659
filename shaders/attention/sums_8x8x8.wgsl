// Sums that lie in workgroup memory, as matrices again.
fn read_sums(row: u32, column: u32) -> Sums {
  return Sums(sums_part(row, column), sums_part(row, column + 8u), sums_part(row + 8u, column), sums_part(row + 8u, column + 8u));
}

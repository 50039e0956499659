enable chromium_experimental_subgroup_matrix;
enable f16;
diagnostic(off, chromium.subgroup_matrix_uniformity);
// As matrix_16x16x16, on units that multiply 8 × 16 by 16 × 16: two of them, one above the other, are one matrix.
const SUBGROUP = 32u;
const SIDE = 16u;

alias LeftPart = subgroup_matrix_left<f16, 16, 8>;
alias RightPart = subgroup_matrix_right<f16, 16, 16>;
alias SumsPart = subgroup_matrix_result<f32, 16, 8>;
alias Right = RightPart;

struct Left {
  top: LeftPart,
  low: LeftPart,
}

struct Sums {
  top: SumsPart,
  low: SumsPart,
}

fn left(source: u32, row: u32, k: u32) -> Left {
  return Left(left_part(source, row, k), left_part(source, row + 8u, k));
}

fn right(source: u32, k: u32, column: u32) -> Right {
  return right_part(source, k, column);
}

fn put_sums(sums: Sums, row: u32, column: u32) {
  put_part(sums.top, row, column);
  put_part(sums.low, row + 8u, column);
}

fn multiply_add(a: Left, b: Right, sums: Sums) -> Sums {
  return Sums(subgroupMatrixMultiplyAccumulate(a.top, b, sums.top), subgroupMatrixMultiplyAccumulate(a.low, b, sums.low));
}

enable chromium_experimental_subgroup_matrix;
enable f16;
diagnostic(off, chromium.subgroup_matrix_uniformity);
// As matrix_16x16x16, on units that multiply matrices of 8 × 8: four of them, row by row, are one matrix.
const SUBGROUP = 32u;
const SIDE = 16u;

alias LeftPart = subgroup_matrix_left<f16, 8, 8>;
alias RightPart = subgroup_matrix_right<f16, 8, 8>;
alias SumsPart = subgroup_matrix_result<f32, 8, 8>;

struct Left {
  a: LeftPart,
  b: LeftPart,
  c: LeftPart,
  d: LeftPart,
}

struct Right {
  a: RightPart,
  b: RightPart,
  c: RightPart,
  d: RightPart,
}

struct Sums {
  a: SumsPart,
  b: SumsPart,
  c: SumsPart,
  d: SumsPart,
}

fn left(source: u32, row: u32, k: u32) -> Left {
  return Left(
    left_part(source, row, k), left_part(source, row, k + 8u),
    left_part(source, row + 8u, k), left_part(source, row + 8u, k + 8u),
  );
}

fn right(source: u32, k: u32, column: u32) -> Right {
  return Right(
    right_part(source, k, column), right_part(source, k, column + 8u),
    right_part(source, k + 8u, column), right_part(source, k + 8u, column + 8u),
  );
}

fn put_sums(sums: Sums, row: u32, column: u32) {
  put_part(sums.a, row, column);
  put_part(sums.b, row, column + 8u);
  put_part(sums.c, row + 8u, column);
  put_part(sums.d, row + 8u, column + 8u);
}

fn multiply_add(a: Left, b: Right, sums: Sums) -> Sums {
  return Sums(
    subgroupMatrixMultiplyAccumulate(a.b, b.c, subgroupMatrixMultiplyAccumulate(a.a, b.a, sums.a)),
    subgroupMatrixMultiplyAccumulate(a.b, b.d, subgroupMatrixMultiplyAccumulate(a.a, b.b, sums.b)),
    subgroupMatrixMultiplyAccumulate(a.d, b.c, subgroupMatrixMultiplyAccumulate(a.c, b.a, sums.c)),
    subgroupMatrixMultiplyAccumulate(a.d, b.d, subgroupMatrixMultiplyAccumulate(a.c, b.b, sums.d)),
  );
}

/** Copies rows × columns pixels of C numbers from (x.top, x.left) of one frame to (y.top, y.left) of another. */
export function copyWindow(
  x: {
    readonly data: ArrayLike<number>
    readonly width: number
    readonly top: number
    readonly left: number
  },
  y: { readonly data: number[]; readonly width: number; readonly top: number; readonly left: number },
  rows: number,
  columns: number,
  C: number,
): void {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let c = 0; c < C; c++)
        y.data[((y.top + row) * y.width + y.left + column) * C + c] =
          x.data[((x.top + row) * x.width + x.left + column) * C + c]!
}

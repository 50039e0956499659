import { gpuCases, type GpuCase } from '../../support/gpu-cases'

/** The quickest adapter here, and both storage types where it has them: a full-size run takes minutes. */
export function fullCases(): GpuCase[] {
  const cases = gpuCases()
  const last = cases.at(-1)!.adapter
  return cases.filter(({ adapter }) => adapter === last)
}

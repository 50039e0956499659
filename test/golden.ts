// npm run test:golden: the models against the official implementation's tensors, in GOLDEN_DIR or test/golden.
import { spawnSync } from 'node:child_process'
import { gpuCases } from './support/gpu-cases'

console.log(
  `GPUs: ${gpuCases()
    .map(({ name }) => name)
    .join(', ')}`,
)
console.log(`Goldens: ${process.env['GOLDEN_DIR'] ?? 'test/golden'}`)
const { status } = spawnSync(
  'npx',
  ['vitest', 'run', 'test/model', '--disable-console-intercept', '--reporter=default'],
  {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  },
)
process.exit(status ?? 1)

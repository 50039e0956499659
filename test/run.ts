// npm test: everything, in one command. The last line is `N passed, N failed`.
import { ensureBrowser, ensureFirefox } from '../src/cli/install-browser'
import { finish, staticChecks, vitest } from './steps'
import { gpuCases } from './support/gpu-cases'

console.log(`Browsers: ${ensureBrowser()}, ${ensureFirefox()}`)
console.log(
  `GPUs: ${gpuCases()
    .map(({ name }) => name)
    .join(', ')}`,
)

finish([
  ...staticChecks(),
  vitest('unit, kernels, models', []),
  vitest('the page in a browser', ['--config', 'vitest.e2e.config.ts']),
])

// npm test: everything, in one command. The last line is `N passed, N failed`.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBrowser } from '../src/cli/install-browser'
import { gpuCases } from './support/gpu-cases'

interface Count {
  passed: number
  failed: number
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  numFailedTestSuites: number
}

function command(name: string, args: string[]): Count {
  console.log(`\n── ${name}`)
  const { status } = spawnSync('npx', args, { stdio: 'inherit', shell: process.platform === 'win32' })
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** A skipped test counts as failed: on this machine everything can run. */
function vitest(name: string, args: string[]): Count {
  console.log(`\n── ${name}`)
  const folder = mkdtempSync(join(tmpdir(), 'zoetrope-test-'))
  const report = join(folder, 'report.json')
  spawnSync(
    'npx',
    ['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    {
      stdio: 'inherit',
      shell: process.platform === 'win32',
    },
  )
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(
      readFileSync(report, 'utf8'),
    ) as VitestReport
    const brokenFiles = numFailedTests === 0 && numFailedTestSuites > 0 ? numFailedTestSuites : 0
    return { passed: numPassedTests, failed: numFailedTests + numPendingTests + numTodoTests + brokenFiles }
  } catch {
    console.error(`${name}: vitest left no report.`)
    return { passed: 0, failed: 1 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

console.log(`Browser: ${ensureBrowser()}`)
console.log(
  `GPUs: ${gpuCases()
    .map(({ name }) => name)
    .join(', ')}`,
)

const counts = [
  command('types', ['npm', 'run', '--silent', 'types']),
  command('lint', ['oxlint', '--deny-warnings']),
  vitest('unit, kernels, models', []),
  vitest('the page in a browser', ['--config', 'vitest.e2e.config.ts']),
]
const passed = counts.reduce((sum, count) => sum + count.passed, 0)
const failed = counts.reduce((sum, count) => sum + count.failed, 0)
console.log(`\n${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

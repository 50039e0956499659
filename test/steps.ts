// The steps of `npm test` and `npm run check`: commands and suites, counted.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Count {
  readonly passed: number
  readonly failed: number
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  numFailedTestSuites: number
}

function spawn(args: readonly string[]): number | null {
  return spawnSync('npx', args, { stdio: 'inherit', shell: process.platform === 'win32' }).status
}

/** Runs a package's command and counts it as one check. */
export function command(name: string, args: readonly string[]): Count {
  console.log(`\n── ${name}`)
  return spawn(args) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** Types, lint and format of the whole repository: three checks. */
export function staticChecks(): Count[] {
  return ['types', 'lint', 'format:check'].map((script) =>
    command(script, ['npm', 'run', '--silent', script]),
  )
}

/** Runs a suite and counts its tests. A skipped test counts as failed. */
export function vitest(name: string, args: readonly string[]): Count {
  console.log(`\n── ${name}`)
  const folder = mkdtempSync(join(tmpdir(), 'zoetrope-test-'))
  const report = join(folder, 'report.json')
  spawn(['vitest', 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args])
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

/** Prints `N passed, N failed` and ends the process, with status 0 only where something passed and nothing failed. */
export function finish(counts: readonly Count[]): never {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

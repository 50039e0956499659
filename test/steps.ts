// The steps of `npm test` and `npm run check`: commands and suites, counted.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

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
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages?: string[] }[]
  }[]
}

/** What failed, in the words that `finish` ends with: in a long log its own place is far up. */
const failures: string[] = []

function note(failure: string, why = ''): void {
  const reason = why.split('\n', 1)[0] ?? ''
  failures.push(reason ? `${failure}\n    ${reason}` : failure)
}

function spawn(args: readonly string[]): number | null {
  return spawnSync('npx', args, { stdio: 'inherit', shell: process.platform === 'win32' }).status
}

/** Runs a package's command and counts it as one check. */
export function command(name: string, args: readonly string[]): Count {
  console.log(`\n── ${name}`)
  if (spawn(args) === 0) return { passed: 1, failed: 0 }
  note(name)
  return { passed: 0, failed: 1 }
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
    const {
      numPassedTests,
      numFailedTests,
      numPendingTests,
      numTodoTests,
      numFailedTestSuites,
      testResults,
    } = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
    for (const { name: file, status, message, assertionResults } of testResults) {
      const others = assertionResults.filter((test) => test.status !== 'passed')
      for (const test of others) note(`${relative('.', file)} > ${test.fullName}`, test.failureMessages?.[0])
      if (others.length === 0 && status !== 'passed') note(relative('.', file), message)
    }
    const brokenFiles = numFailedTests === 0 && numFailedTestSuites > 0 ? numFailedTestSuites : 0
    return { passed: numPassedTests, failed: numFailedTests + numPendingTests + numTodoTests + brokenFiles }
  } catch {
    note(`${name}: vitest left no report.`)
    return { passed: 0, failed: 1 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Prints what failed, then `N passed, N failed`, and ends the process, with status 0 only where something passed and nothing failed. */
export function finish(counts: readonly Count[]): never {
  const passed = counts.reduce((sum, count) => sum + count.passed, 0)
  const failed = counts.reduce((sum, count) => sum + count.failed, 0)
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`)
  console.log(`\n${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

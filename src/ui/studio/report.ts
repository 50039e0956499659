import { version } from '../../../package.json'
import type { Studio } from './studio'

/** The adapter's limits that decide what can be run. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
] as const

interface AdapterLook {
  info?: { vendor?: string; architecture?: string; description?: string }
  features?: Iterable<string>
  limits?: Readonly<Record<string, number>>
}

async function lookAtGpu(): Promise<object> {
  const gpu = Reflect.get(navigator, 'gpu') as { requestAdapter(): Promise<AdapterLook | null> } | undefined
  const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), 3000))
  const adapter = await Promise.race([gpu?.requestAdapter() ?? null, late]).catch(() => null)
  if (adapter === null) return { adapter: null }
  const { vendor, architecture, description } = adapter.info ?? {}
  return {
    adapter: { vendor, architecture, description },
    features: [...(adapter.features ?? [])],
    limits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits?.[name]])),
  }
}

/** Versions, GPU, settings and what went wrong. The prompt is the person's own, and goes in only where it is wanted. */
export async function writeReport(
  { session, form, estimates }: Pick<Studio, 'session' | 'form' | 'estimates'>,
  hasPrompt: boolean,
): Promise<string> {
  const { engine, problem, plan } = session.get()
  const { prompt, negativePrompt, ...settings } = form.values(session.limits())
  const report = {
    app: version,
    browser: navigator.userAgent,
    ...(await lookAtGpu()),
    model: engine?.model.id,
    settings: { ...settings, ...(hasPrompt && { prompt, negativePrompt }) },
    plan: plan && {
      peakBytes: plan.peakBytes,
      budgetBytes: plan.budgetBytes,
      weightFormat: plan.weightFormat,
    },
    problem: problem && { code: problem.code, message: problem.message },
    lastRun: estimates.runs().at(-1),
  }
  return JSON.stringify(report, null, 2)
}

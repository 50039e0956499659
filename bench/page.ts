// /bench.html: the bench in the browser.
// `?filter=linear&quick&size=small&storage=f32&variants=tuned&limit=600&profile&alone` as in the terminal, `&run`
// starts at once.
import './page.css'
import { runBench } from './bench'
import { parseOptions } from './options'
import type { BenchResult } from './result'
import { cells, COLUMNS, markdown } from './table'

function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`bench.html has no ${type.name} #${id}.`)
  return found
}

const run = element('run', HTMLButtonElement)
const copy = element('copy', HTMLButtonElement)
const json = element('json', HTMLButtonElement)
const state = element('state', HTMLParagraphElement)
const table = element('table', HTMLTableElement)
const notes = element('notes', HTMLUListElement)

const query = new URLSearchParams(location.search)
let adapter = ''
let results: BenchResult[] = []

function addRow(texts: readonly string[], tag: 'td' | 'th'): void {
  const row = table.insertRow()
  for (const text of texts) row.append(Object.assign(document.createElement(tag), { textContent: text }))
}

async function start(): Promise<void> {
  run.disabled = copy.disabled = json.disabled = true
  table.replaceChildren()
  notes.replaceChildren()
  addRow(COLUMNS, 'th')
  try {
    results = await runBench(navigator.gpu, parseOptions(Object.fromEntries(query)), {
      onAdapter: (text) => (adapter = text),
      onResult: (result) => addRow(cells(result), 'td'),
      onNote: (text) => notes.append(Object.assign(document.createElement('li'), { textContent: text })),
      onTrace: (text) => (state.textContent = text),
    })
    state.textContent = `Done: ${adapter}.`
    copy.disabled = json.disabled = false
  } catch (error) {
    state.textContent = error instanceof Error ? error.message : String(error)
  }
  run.disabled = false
}

run.addEventListener('click', () => void start())
copy.addEventListener(
  'click',
  () => void navigator.clipboard.writeText(`${adapter}; ${navigator.userAgent}\n\n${markdown(results)}`),
)
json.addEventListener('click', () => {
  const report = { adapter, browser: navigator.userAgent, results }
  void navigator.clipboard.writeText(JSON.stringify(report, null, 1))
})
if (query.has('run')) void start()

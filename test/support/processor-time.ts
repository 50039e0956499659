/** Milliseconds that the processor has worked for this process: unlike a clock, it does not count what others do. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

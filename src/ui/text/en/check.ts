export const check = {
  check: {
    title: 'Self-check',
    about:
      'Runs small calculations on your own GPU and holds them against references that come with this page: every kernel in each variant that this GPU may use, then the bundled model part by part. It takes a few seconds, and nothing leaves this machine.',
    start: 'Check this GPU',
    again: 'Check again',
    cancel: 'Cancel',
    preparing: 'Getting ready…',
    progress: (done: number, of: number) => `${done} of ${of} checked`,
    allRight: (error: string) => `Everything is right to ${error} here.`,
    someWrong: (names: string) => `This GPU computes wrongly: ${names}.`,
    advice:
      'Update the graphics driver and the browser, then check again. If it stays wrong, please report it with the copied report.',
    busy: 'A video is being made. The check can begin when it is done.',
    report: 'Copy report',
    line: 'Copy one line to share',
    copied: 'Copied.',
    what: 'Checked',
    error: 'Relative error',
    verdict: 'Result',
    isRight: 'right',
    isWrong: 'wrong',
    open: 'Check this GPU',
    openText:
      'Strange colours, noise or grey? The self-check finds out whether your graphics processor computes rightly.',
  },
}

export const check = {
  check: {
    title: 'Self-check',
    about:
      'Runs small calculations on your own GPU and compares them with reference results that come with this page: every kernel in each variant that this GPU may use, then every part of the bundled model. It takes a few seconds, and nothing leaves this machine.',
    start: 'Check this GPU',
    again: 'Check again',
    cancel: 'Cancel',
    preparing: 'Getting ready…',
    progress: (done: number, of: number) => `${done} of ${of} checked`,
    allRight: (error: string) => `All results are correct to within ${error}.`,
    someWrong: (names: string) => `This GPU gives wrong results for ${names}.`,
    advice:
      'Update the graphics driver and the browser, then check again. If the results are still wrong, please report it and attach the copied report.',
    busy: 'A video is being made. Run the check when it is done.',
    report: 'Copy report',
    line: 'Copy one line to share',
    copied: 'Copied.',
    what: 'Checked',
    error: 'Relative error',
    verdict: 'Result',
    isRight: 'correct',
    isWrong: 'wrong',
    open: 'Check this GPU',
    openText:
      'Strange colours, noise or a grey picture? The self-check finds out whether your GPU computes correctly.',
  },
}

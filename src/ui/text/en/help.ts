import { count } from './numbers'

export const help = {
  shortcuts: {
    title: 'Shortcuts',
    single: 'Single letters are commands',
    rows: {
      generate: 'Generate, or add to the queue',
      stop: 'Close what is on top; pressed twice, stop the video',
      prompt: 'To the prompt',
      gallery: 'Gallery',
      create: 'Back to the video',
      models: 'Models',
      random: 'A new random seed',
      help: 'This sheet',
      play: 'Play or pause the clip',
      frames: 'Frame by frame',
    },
  },
  help: {
    title: 'Help',
    what: 'What this is',
    whatText:
      'Zoetrope makes short videos from a sentence. The model runs in this tab, on your own graphics processor. Your prompts and videos never leave this machine, and after the first visit it works without a network.',
    words: 'What the words mean',
    privacy: 'Marked as made by a model',
    privacyText:
      'Every file that you save carries a machine-readable mark (IPTC digital source type "trained algorithmic media", in XMP) and, as MP4, its recipe: drop it on this page to make it again.',
    data: 'Your clips',
    dataText: 'Clips, queue and settings lie in this browser alone.',
    backupText:
      'A back-up has all clips with their recipes and pictures. Latents and ends, which are many times as large, stay here.',
    backup: 'Back up all clips',
    backingUp: (percent: number) => `Backing up: ${percent} %`,
    import: 'Bring back a back-up',
    imported: (number: number) => `${count(number, 'clip')} brought back.`,
    leftOut: (names: string) => `Left out, because they were damaged: ${names}.`,
    erase: 'Erase everything',
    eraseTitle: 'Erase everything?',
    eraseText:
      'All clips, the queue, settings and downloaded models are deleted from this browser. This cannot be undone.',
    eraseYes: 'Erase everything',
    eraseNo: 'Keep it all',
    erased: 'Everything is erased.',
    safari:
      'Safari deletes what a page has stored when it was not visited for seven days. Install the page (Share, Add to Dock or Home Screen), or back up your clips.',
    failed: 'When something fails',
    failedText:
      'Close other heavy tabs, take a smaller size or fewer frames, update the graphics driver and the browser. A report helps those who can repair it:',
    report: 'Copy report',
    reportPrompt: 'with the prompt',
    reportCopied: 'The report is copied.',
    about: 'About',
    aboutText: (version: string) =>
      `Zoetrope ${version}, Apache-2.0. Wan 2.1 by Alibaba's Wan team, Apache-2.0. Built with React, onnxruntime-web, transformers.js, mp4-muxer, Mediabunny, gifenc, fflate and idb.`,
  },
  install: {
    text: 'Zoetrope can be installed: it opens like an app, works offline, and the browser keeps your clips.',
    yes: 'Install',
  },
  update: {
    text: 'A new version is ready. The page reloads; clips and queue stay.',
    yes: 'Update',
    no: 'Later',
    reloading: 'Another tab has updated Zoetrope. Reload this one to go on.',
    reloadLater: 'Another tab has updated Zoetrope. This video goes on; reload the page when it is done.',
    reload: 'Reload',
    noCopy:
      'This page could not be kept for offline use: a file did not come, or there is no space for it. Everything else works; it is tried again at the next visit.',
  },
}

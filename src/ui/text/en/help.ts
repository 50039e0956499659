import { count } from './numbers'

export const help = {
  shortcuts: {
    title: 'Shortcuts',
    single: 'Single letters are commands',
    rows: {
      generate: 'Generate, or add to the queue',
      stop: 'Close what is open; press twice to stop the video',
      prompt: 'Go to the prompt',
      gallery: 'Gallery',
      create: 'Back to the video',
      models: 'Models',
      random: 'A new random seed',
      help: 'Show these shortcuts',
      play: 'Play or pause the clip',
      frames: 'Step frame by frame',
    },
  },
  help: {
    title: 'Help',
    what: 'What this is',
    whatText:
      'Zoetrope makes short videos from a sentence, or from a sentence and a picture. The model runs in this tab, on your own GPU. Your prompts and videos never leave this machine, and after the first visit it works without a network.',
    words: 'What the words mean',
    privacy: 'Marked as made by AI',
    privacyText:
      'Every file that you save carries a machine-readable mark (IPTC digital source type "trained algorithmic media", in XMP) and, as MP4, its recipe: drop it on this page to make it again.',
    data: 'Your clips',
    dataText: 'Clips, queue and settings are stored in this browser only.',
    backupText:
      'A backup contains all clips with their recipes and pictures, but not their latents and uncompressed last frames, which are many times larger.',
    backup: 'Back up all clips',
    backingUp: (percent: number) => `Backing up: ${percent} %`,
    notBackedUp: (number: number) =>
      `Left out of the backup, because the file is gone or cannot be read: ${count(number, 'clip')}.`,
    import: 'Restore a backup',
    imported: (number: number) => `${count(number, 'clip')} restored.`,
    leftOut: (names: string) => `Left out, because they were damaged: ${names}.`,
    deletedClips: (number: number) =>
      `Deleted clips still on the disk: ${number}. They are removed for good after a day, or when the disk is full.`,
    deleteForGood: 'Delete for good',
    erase: 'Erase everything',
    eraseTitle: 'Erase everything?',
    eraseText:
      'All clips, the queue, settings and downloaded models are deleted from this browser. This cannot be undone.',
    eraseYes: 'Erase everything',
    eraseNo: 'Keep it all',
    erased: 'Everything has been erased.',
    notErased: (names: string) =>
      `Everything except ${names} has been erased. Close other Zoetrope tabs, which may still be using these models, then erase again.`,
    safari:
      'Safari deletes what a page has stored if you do not visit it for seven days. Install the page (Share, Add to Dock or Home Screen), or back up your clips.',
    failed: 'When something fails',
    failedText:
      'Close other heavy tabs, choose a smaller size or fewer frames, and update the graphics driver and the browser. A report helps us to fix it:',
    report: 'Copy report',
    reportPrompt: 'include the prompt',
    reportCopied: 'The report is copied.',
    about: 'About',
    aboutText: (version: string) =>
      `Zoetrope ${version}, Apache-2.0. Wan 2.1 and 2.2 by Alibaba's Wan team, Apache-2.0. Built with React, onnxruntime-web, transformers.js, mp4-muxer, Mediabunny, gifenc, fflate and idb.`,
  },
  install: {
    text: 'Zoetrope can be installed: it opens like an app, works offline, and the browser keeps your clips.',
    yes: 'Install',
  },
  update: {
    text: 'A new version is ready. The page reloads; clips and queue stay.',
    yes: 'Update',
    no: 'Later',
    reloading: 'Another tab has updated Zoetrope. Reload this one to continue.',
    reloadLater: 'Another tab has updated Zoetrope. This video continues; reload the page when it is done.',
    reload: 'Reload',
    noCopy:
      'This page could not be stored for offline use: a file failed to load, or there is no space for it. Everything else works, and the next visit tries again.',
  },
}

/** A mistake on the command line: a sentence without a stack. */
export class UsageError extends Error {}

/** Thrown for `--help`, with the help as its message. */
export class HelpWanted extends Error {}

/** A mistake on the command line: a sentence without a stack. */
export class UsageError extends Error {}

/** `--help` was asked for: the help is the answer. */
export class HelpWanted extends Error {}

/** What the program ends with. */
export const EXIT_CODES = {
  /** Every check passed, or the renewal succeeded. */
  WELL: 0,
  /** A check did not pass, the runner did not become Active in time, or the renewal failed. */
  UNWELL: 1,
  /** The command line is not understood, or does not say which runner. */
  USAGE: 2,
  /** Nobody could be asked: credentials, rights, names, network. */
  UNREACHABLE: 3,
} as const;

import { CheckState } from '../contract';

/** How one check came out. */
export interface Finding {
  readonly state: CheckState;
  readonly seen: string;
  readonly remedy?: string;
}

export function passed(seen: string): Finding {
  return { state: 'passed', seen };
}

export function failed(seen: string, remedy: string): Finding {
  return { state: 'failed', seen, remedy };
}

export function unknown(seen: string, remedy: string): Finding {
  return { state: 'unknown', seen, remedy };
}

const UNITS: [number, string][] = [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min'], [1_000, 's']];

/** A span of time in its two largest units, such as `10 h 48 min`. */
export function span(milliseconds: number): string {
  const first = UNITS.findIndex(([unit]) => milliseconds >= unit);
  if (first < 0) {
    return '0 s';
  }
  const [[large, largeName], second] = [UNITS[first], UNITS[first + 1]];
  const rest = second ? Math.floor((milliseconds % large) / second[0]) : 0;
  return `${Math.floor(milliseconds / large)} ${largeName}${rest > 0 ? ` ${rest} ${second[1]}` : ''}`;
}

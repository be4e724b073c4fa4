/** Whether it is a time as the function tells it. */
export function isTime(time: unknown): time is string {
  return typeof time === 'string' && !Number.isNaN(Date.parse(time));
}

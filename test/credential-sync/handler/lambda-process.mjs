/* The Lambda runtime, as the handler sees it: loads the shipped bundle and takes invocations from the parent process. */
import { createRequire } from 'node:module';

const loading = performance.now();
const { handler } = createRequire(import.meta.url)(process.argv[2]);
const loaded = performance.now() - loading;
const systemNow = Date.now;
/** In bytes. */
const peakMemory = () => process.resourceUsage().maxRSS * 1024;

process.on('message', async ({ id, event, environment, remaining, clockOffset }) => {
  Object.entries(environment).forEach(([name, value]) => {
    if (value === null) {
      delete process.env[name];
    } else {
      process.env[name] = value;
    }
  });
  // A frozen environment wakes up later.
  Date.now = () => systemNow() + clockOffset;
  const end = systemNow() + remaining;
  const start = performance.now();
  const measures = () => ({ duration: performance.now() - start, peakMemory: peakMemory() });
  try {
    const result = await handler(event, { getRemainingTimeInMillis: () => end - systemNow() });
    process.send({ id, result, ...measures() });
  } catch (error) {
    process.send({ id, ...measures(), error: { name: error.name, message: error.message, text: `${error.stack}${JSON.stringify(error)}` } });
  }
});
process.send({ version: process.version, loaded });

/* The Lambda runtime, as the handler sees it: loads the shipped bundle and takes invocations from the parent process. */
import { createRequire } from 'node:module';

const { handler } = createRequire(import.meta.url)(process.argv[2]);
const systemNow = Date.now;

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
  try {
    const result = await handler(event, { getRemainingTimeInMillis: () => end - systemNow() });
    process.send({ id, result });
  } catch (error) {
    process.send({ id, error: { name: error.name, message: error.message, text: `${error.stack}${JSON.stringify(error)}` } });
  }
});
process.send({ version: process.version });

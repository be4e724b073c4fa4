/** Keeps what is printed in each test of a file to itself, and gives its lines, read as JSON. */
export function captureLines(): () => any[] {
  let write: jest.SpyInstance;
  beforeEach(() => {
    write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
  });
  afterEach(() => write.mockRestore());
  return () => write.mock.calls.map(([line]) => JSON.parse(String(line)));
}

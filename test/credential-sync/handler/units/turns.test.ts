import { turns } from '../../../../lib/credential-sync/handler/turns';

/** Works that end when they are told to, and in what order they began. */
function works(inTurn: ReturnType<typeof turns>, count: number) {
  const began: number[] = [];
  const ends: (() => void)[] = [];
  const outcomes = Array.from({ length: count }, (_, index) => inTurn(() => new Promise<number>((resolve, reject) => {
    began.push(index);
    ends[index] = index % 2 === 0 ? () => resolve(index) : () => reject(new Error(String(index)));
  })).catch((error: Error) => `failed ${error.message}`));
  return { began, end: async (index: number) => { ends[index](); await outcomes[index]; await Promise.resolve(); }, outcomes };
}

test('so many run at once, and each that ends or fails lets the next one in', async () => {
  const { began, end, outcomes } = works(turns(2), 5);
  expect(began).toEqual([0, 1]);
  await end(1);
  expect(began).toEqual([0, 1, 2]);
  await end(0);
  expect(began).toEqual([0, 1, 2, 3]);
  for (const index of [2, 3, 4]) {
    await end(index);
  }
  expect(await Promise.all(outcomes)).toEqual([0, 'failed 1', 2, 'failed 3', 4]);
});

test('places that were left free are taken again', async () => {
  const inTurn = turns(1);
  for (let round = 0; round < 3; round++) {
    const { began, end } = works(inTurn, 2);
    expect(began).toEqual([0]);
    await end(0);
    expect(began).toEqual([0, 1]);
    await end(1);
  }
});

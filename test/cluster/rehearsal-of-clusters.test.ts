import { addRunner } from '../../bin/app';
import { APPS, makeApp } from '../bin/helpers';
import { NAMED_CHOICES, buildChoice } from '../security/named-choices';
import { isOfCluster, useRehearsal } from './rehearse';

const rehearse = useRehearsal();

test.each(Object.entries(APPS))('the app, %s, is made, renewed by its schedule and taken away', async (_, context) => {
  const app = makeApp(context);
  await addRunner(app);
  await rehearse(app);
});

test.each(Object.keys(NAMED_CHOICES).filter(isOfCluster))('%s is made, renewed by its schedule and taken away', async (name) => {
  await rehearse(buildChoice(name));
});

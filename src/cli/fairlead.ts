#!/usr/bin/env node
/** The command line's entry. Looks at Node.js first, as an older one would only stumble over the rest; it never writes to a cluster. */
import process from 'node:process';
import { nodeProblem } from './node-version.ts';

const problem = nodeProblem(process.versions.node);
if (problem === undefined) {
  const { run } = await import('./program.ts');
  await run(process.argv);
} else {
  console.error(problem);
  process.exitCode = 1;
}

/**
 * Says in one line what to do when the Node that runs this project's scripts is too old, instead of letting them fail in their own
 * ways. Plain JavaScript that any Node can read. `npm ci` brings a fitting Node along, which npm scripts then use.
 */
const neededMajor = 24;

if (Number(process.versions.node.split('.')[0]) < neededMajor) {
  const found = `Easel needs Node ${neededMajor} or newer, and this is ${process.versions.node}`;
  console.error(`${found}: run \`npm ci\` (without --omit=optional), or install Node ${neededMajor}.`);
  process.exit(2);
}

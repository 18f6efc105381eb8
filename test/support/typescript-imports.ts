import { registerHooks } from 'node:module';

/**
 * For programs that plain Node runs from their sources (`node --import <this file>`, and Jest's global
 * setup, which is past its transforms). Node 24 strips the types itself, but takes `./x.js` at its word;
 * here it learns that our sources mean `./x.ts`. Good for sources whose types can be erased: no decorators.
 */
registerHooks({
  resolve: (specifier, context, nextResolve) => {
    const ours = context.parentURL?.endsWith('.ts') && /^\.{1,2}\/.*\.js$/.test(specifier);
    return nextResolve(ours ? specifier.replace(/js$/, 'ts') : specifier, context);
  },
});

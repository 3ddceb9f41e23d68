// Finds the tests that show a fault by their tags, in the source: what is skipped, commented out or gone is seen too.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface FaultTest {
  /** From the root, with `/`. */
  readonly file: string;
  /** With the titles of what it lies in. */
  readonly title: string;
  readonly tags: readonly string[];
  /** Where it is skipped, as the test says it. */
  readonly skipped: readonly string[];
  /** Why it may not count: it never runs, it is skipped without a reason, its tags cannot be read. */
  readonly problems: readonly string[];
}

/** What surrounds a test. */
type Scope = Pick<FaultTest, 'skipped' | 'problems'> & { readonly titles: readonly string[] };

/** Ways to call `test` that run it all the same. */
const harmless = new Set(['each', 'for', 'describe', 'concurrent', 'sequential', 'serial']);

/** Every tagged test below `root`, by file. */
export function faultTests(root: string): FaultTest[] {
  return globSync(['{shared,main,renderer,bench}/**/*.test.ts', 'e2e/**/*.spec.ts'], { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .toSorted()
    .flatMap((file) => faultTestsIn(file, readFileSync(join(root, file), 'utf8')));
}

/** The tagged tests of a file. */
export function faultTestsIn(file: string, text: string): FaultTest[] {
  const found: FaultTest[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  visit(source, withSkips(source, { titles: [], skipped: [], problems: [] }));
  return found;

  function visit(node: ts.Node, scope: Scope): void {
    const call = testCall(node);
    if (call === null) {
      ts.forEachChild(node, (child) => visit(child, scope));
      return;
    }
    const [title, ...rest] = call.node.arguments;
    const options = rest.find((argument) => ts.isObjectLiteralExpression(argument));
    const properties = options?.properties.filter((property) => ts.isPropertyAssignment(property)) ?? [];
    const ways = [
      ...call.ways.filter((way) => !harmless.has(way)),
      ...properties
        .map(({ name }) => name.getText(source))
        .filter((name) => ['skip', 'todo', 'only', 'fails'].includes(name)),
    ];
    const inner = withSkips(call.node, {
      titles: [...scope.titles, title === undefined ? '' : textOf(title, source)],
      skipped: scope.skipped,
      problems: [...scope.problems, ...ways.map((way) => `it is called with ${way}`)],
    });
    const tags = properties.find(({ name }) => ['tags', 'tag'].includes(name.getText(source)));
    if (tags !== undefined) {
      const { titles, ...rest } = inner;
      found.push({ file, title: titles.join(' › '), tags: namesIn(tags.initializer), ...rest });
    }
    if (call.isSuite) ts.forEachChild(call.node, (child) => visit(child, inner));
  }

  /** The scope with the skips that stand in `node` itself, not in a test within. */
  function withSkips(node: ts.Node, scope: Scope): Scope {
    const skipped = [...scope.skipped];
    const problems = [...scope.problems];
    ts.forEachChild(node, function look(child) {
      if (testCall(child) !== null) return;
      if (ts.isCallExpression(child) && /(^|\.)(skip|fixme)$/.test(child.expression.getText(source))) {
        const reason = child.arguments[1];
        if (reason === undefined) problems.push('it is skipped without a reason');
        else skipped.push(textOf(reason, source));
      }
      ts.forEachChild(child, look);
    });
    return { ...scope, skipped, problems };
  }
}

/** A call that makes a test or a suite. `ways` are `each`, `skipIf` and the like. */
function testCall(node: ts.Node): { node: ts.CallExpression; ways: string[]; isSuite: boolean } | null {
  if (!ts.isCallExpression(node)) return null;
  if (!node.arguments.slice(1).some(isCallback)) return null;
  const ways: string[] = [];
  let callee: ts.Expression = node.expression;
  while (!ts.isIdentifier(callee)) {
    if (ts.isPropertyAccessExpression(callee)) {
      ways.push(callee.name.text);
      callee = callee.expression;
    } else if (ts.isCallExpression(callee)) callee = callee.expression;
    else if (ts.isTaggedTemplateExpression(callee)) callee = callee.tag;
    else return null;
  }
  if (!['test', 'it', 'describe'].includes(callee.text)) return null;
  return { node, ways, isSuite: callee.text === 'describe' || ways.includes('describe') };
}

function isCallback(argument: ts.Expression): boolean {
  return ts.isArrowFunction(argument) || ts.isFunctionExpression(argument) || ts.isIdentifier(argument);
}

/** `'a'` or `['a', 'b']`; Playwright's begin with an @. */
function namesIn(value: ts.Expression): string[] {
  const literals = ts.isArrayLiteralExpression(value) ? value.elements : [value];
  return literals.map((literal) => {
    if (!ts.isStringLiteral(literal)) throw new Error('Tags are written as strings.');
    return literal.text.replace(/^@/, '');
  });
}

/** A title or a reason as it reads: what is put in stands as `…`. */
function textOf(value: ts.Expression, source: ts.SourceFile): string {
  if (ts.isStringLiteralLike(value)) return value.text;
  if (ts.isTemplateExpression(value))
    return value.head.text + value.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
  return value.getText(source);
}

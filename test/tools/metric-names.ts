/** Words of PromQL that aren't metrics. */
const WORDS = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'offset', 'bool', 'and', 'or']);

/** The metrics that an expression of PromQL reads. */
export function metricNames(expression: string): readonly string[] {
  const bare = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
    .replaceAll(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/(?<![\w.:])([a-zA-Z_:][\w:]*)(?!\w*\s*\()/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !WORDS.has(name));
}

/** The metrics that a text in Markdown names as code. */
export const metricsNamedIn = (markdown: string): readonly string[] => [
  ...new Set([...markdown.matchAll(METRIC)].map(([, name = '']) => name)),
];

const METRIC =
  /`((?:http_server|mongodb|database|cache|circuit_breaker|rate_limit|load_shedder|service|enterprise_service|process|nodejs)_[a-z0-9_]+)`/g;

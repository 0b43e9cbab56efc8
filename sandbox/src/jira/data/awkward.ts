/**
 * Valid JSON that does not survive parsing and re-serialising: numbers beyond 2^53, `3.0`, `1e2`, `-0`, U+2028 raw
 * and escaped, `\/`, `\u00e9`, emoji raw and as a surrogate pair, and an escaped NUL (recorded issues have one).
 * These are members of `fields`, each preceded by a comma.
 */
export const AWKWARD_FIELDS: Buffer = Buffer.from(
  [
    ',"customfield_10901":12345678901234567890',
    '"customfield_10902":3.0',
    '"customfield_10903":1e2',
    '"customfield_10904":-0',
    '"customfield_10905":[1.10,-0.0,1E-7,0.1000000000000000055511151231257827]',
    '"customfield_10906":"line\u2028raw and \\u2028 escaped, \u2029 too"',
    '"customfield_10907":"https:\\/\\/wiki.example\\/caf\\u00e9 or café"',
    '"customfield_10908":"😀 and \\ud83d\\ude00"',
    '"customfield_10909":"tab\\tquote\\"backslash\\\\nul\\u0000end"',
    '"customfield_10910":{"2":"integer-like keys stay in place","1":{"b":[],"a":{}}}',
  ].join(','),
);

/** Lines for people go to stderr, so that stdout holds nothing but what was asked for. */
export function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** What a machine or a pipe reads. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Exactly one JSON value. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** `wfl-sim list | head` is no failure. */
export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error) => {
    if ('code' in error && error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** Aligned columns, the last one wrapped to the width and indented below itself. */
export function columns(rows: readonly (readonly string[])[], width: number): string {
  const last = (rows[0]?.length ?? 1) - 1;
  const widths = Array.from({ length: last }, (_, column) => Math.max(...rows.map((row) => row[column].length)));
  const indent = widths.reduce((sum, columnWidth) => sum + columnWidth + 2, 0);
  return rows
    .flatMap((row) => {
      const start = widths.map((columnWidth, column) => row[column].padEnd(columnWidth + 2)).join('');
      return wrap(row[last], Math.max(30, width - indent)).map((line, index) => (index === 0 ? start : ' '.repeat(indent)) + line);
    })
    .map((line) => line.trimEnd())
    .join('\n');
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Width of the terminal; 100 where there is none. */
export function terminalWidth(): number {
  return process.stdout.columns ?? process.stderr.columns ?? 100;
}

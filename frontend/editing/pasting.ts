/** What is pasted stays what it was: a table copied from a sheet becomes a Markdown table. Pure. */

const MOST_CELLS = 5_000;

/** Write cells that tabs separate as a Markdown table, or null when the text is no table. */
export function tableFromTabs(text: string): string | null {
  const rows = text.replace(/\r\n?/g, "\n").replace(/\n+$/, "").split("\n").map((line) => line.split("\t"));
  const width = rows[0]?.length ?? 0;
  if (rows.length < 2 || width < 2 || rows.some((row) => row.length !== width) || rows.length * width > MOST_CELLS) return null;
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.trim().replace(/\|/g, "\\|")).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

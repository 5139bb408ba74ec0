import { csvLine, formatMoment } from "@/lib/format";
import type { ChartSeries, TimeRange } from "./chart-data";

/** What a chart shows, as lines of text: times in UTC, a column a line, nothing where nothing is known. */
export function chartCsv({ t, lines }: ChartSeries, [from, to]: TimeRange): string {
  const rows = [["time", ...lines.map(({ label }) => label)]];
  for (const [i, time] of t.entries()) {
    if (time < from || time > to) continue;
    rows.push([new Date(time).toISOString(), ...lines.map(({ values }) => String(values[i] ?? ""))]);
  }
  return rows.map(csvLine).join("");
}

/** The name of a file about something: no character that a file system minds. */
export function fileName(label: string, [, to]: TimeRange, ending: "csv" | "png"): string {
  const name = label.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const moment = new Date(to).toISOString().slice(0, 19).replace(/[:T]/g, "-");
  return `${name.replace(/^-|-$/g, "")}-${moment}.${ending}`;
}

const MARGIN = 12;
const LINE = 18;

/** A picture of a chart as it is drawn, with what it is of and when. */
export function drawPicture(
  plot: HTMLCanvasElement,
  { label, top, range: [from, to] }: { label: string; top: string; range: TimeRange },
): HTMLCanvasElement {
  const scale = devicePixelRatio;
  const picture = document.createElement("canvas");
  const [margin, line] = [MARGIN * scale, LINE * scale];
  picture.width = plot.width + 2 * margin;
  picture.height = plot.height + 2 * margin + 2 * line;
  const pen = picture.getContext("2d")!;
  const style = getComputedStyle(plot);
  const color = (name: string) => style.getPropertyValue(name).trim();
  pen.fillStyle = color("--panel");
  pen.fillRect(0, 0, picture.width, picture.height);
  pen.textBaseline = "middle";
  const write = (text: string, y: number, align: "left" | "right", ink: string, weight = 400) => {
    pen.font = `${weight} ${12 * scale}px ${style.fontFamily}`;
    pen.fillStyle = color(ink);
    pen.textAlign = align;
    pen.fillText(text, align === "left" ? margin : picture.width - margin, y);
  };
  write(label, margin + line / 2, "left", "--ink", 600);
  write(top, margin + line / 2, "right", "--faint");
  pen.drawImage(plot, margin, margin + line);
  const bottom = margin + line + plot.height + line / 2;
  write(formatMoment(from, 0), bottom, "left", "--faint");
  write(formatMoment(to, 0), bottom, "right", "--faint");
  return picture;
}

export type { ChartLine, ChartSeries, TimeRange } from "./chart-data";
export type { ChartBand, ChartEvent } from "./chart-options";
export { ChartPlaceholder } from "./chart-placeholder";
export type { ChartColor } from "./chart-theme";
export { moveCursor } from "./move-cursor";
export { TimeChart } from "./time-chart";

export type { ChartLine, ChartSeries, TimeRange } from "./chart-data";
export type { ChartBand, ChartEvent } from "./chart-options";
export { ChartPlaceholder } from "./chart-placeholder";
export type { ChartColor } from "./chart-theme";
export { HeatMap } from "./heat-map";
export { type HeatStep, stepCursor } from "./heat-scale";
export { moveCursor } from "./move-cursor";
export { TimeChart } from "./time-chart";
export { ZoomContext } from "./zoom";

import { expect, it } from "vitest";
import { colorRamp } from "./mix-color";

it("goes from one colour to the other in steps that look even", () => {
  const ramp = colorRamp("#ffffff", "#a0307f");
  expect([ramp(0), ramp(1)]).toEqual(["#ffffff", "#a0307f"]);
  // Between white and black, half is what looks half as light, far from half the light.
  expect(colorRamp("#000000", "#ffffff")(0.5)).toBe("#636363");
});

it("takes the nearer one of two colours it cannot mix", () => {
  const ramp = colorRamp("oklch(0.2 0 0)", "#ffffff");
  expect([ramp(0.2), ramp(0.8)]).toEqual(["oklch(0.2 0 0)", "#ffffff"]);
});

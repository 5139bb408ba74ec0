/** Where facts come from, as their titles say it. */
export const FROM_INSTRUMENTED = "From instrumented: streamside.health.v1.StreamHealth/Watch";

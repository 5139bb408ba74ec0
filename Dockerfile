# The built dashboard and server. `output: "standalone"` and a custom server exclude each other, so the image carries
# production packages, .next and the compiled server.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN node scripts/build.mjs

FROM node:20-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/grpc-health/package.json packages/grpc-health/
RUN npm install --omit=dev --no-save --no-audit --no-fund

FROM node:20-bookworm-slim
# MALLOC_…: columns go back to the system as soon as they are let go; glibc would keep them once it has seen large ones.
ENV NODE_ENV=production \
    NEXT_TELEMETRY_DISABLED=1 \
    STREAMSIDE_HOST=0.0.0.0 \
    STREAMSIDE_DATA=/data \
    MALLOC_MMAP_THRESHOLD_=65536
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /app/.next .next
COPY --from=build /app/dist dist
COPY package.json next.config.js LICENSE ./
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 4400
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:4400/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Your configuration is read from /app/streamside.yaml.
CMD ["node", "dist/server.js"]

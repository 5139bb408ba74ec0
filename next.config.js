/** @type {import("next").NextConfig} */
const config = {
  poweredByHeader: false,
  reactStrictMode: true,
  // Left off on purpose: TanStack Table and Virtual are on React Compiler's incompatible list.
  reactCompiler: false,
  devIndicators: false,
  // `npm run verify` checks the types of the whole project; a build need not do it again.
  typescript: { ignoreBuildErrors: true },
};

export default config;

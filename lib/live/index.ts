export { type FetchedMessage, fetchMessage } from "./fetch-message.ts";
export { LiveProvider } from "./live-provider.tsx";
export { markLossesSeen } from "./mark-losses-seen.ts";
export {
  useClock,
  useConnection,
  useLive,
  useNow,
  usePaused,
  usePausedAt,
  useRunningNow,
} from "./use-live.ts";

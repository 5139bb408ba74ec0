import type { SourceEvent } from "../../model/source.ts";
import type { EventView } from "../../model/views.ts";
import { entityId } from "../../pipeline/entity-id.ts";
import type { SourceSnapshot } from "../../store/source-snapshot.ts";

/** An event with the ids that pages link to. A consumer that is gone has none; a stream's page says that it is gone. */
export function viewEvent(source: SourceSnapshot, event: SourceEvent): EventView {
  const { streamKey, consumerKey, message } = event;
  const idOf = (key: string) => entityId(source.identity.id, key);
  const consumerId = consumerKey === undefined ? undefined : idOf(consumerKey);
  return {
    ...event,
    ...(streamKey !== undefined && { streamId: idOf(streamKey) }),
    ...(consumerId !== undefined && source.rowOf(consumerId) >= 0 && { consumerId }),
    ...(message !== undefined &&
      source.table.canPeek && { peek: { streamId: idOf(message.streamKey), sequence: message.sequence } }),
  };
}

// Server-Sent Events for networks that break WebSockets. The browser's own reconnect is not used:
// the cookie's ticket works once, so the owner fetches a new one and opens a new line.
import type { Frame } from "./socket";

export interface EventLineHandlers {
  open(): void;
  frame(frame: Frame): void;
  lost(): void;
}

export class EventLine {
  private readonly source: EventSource;

  constructor(channels: { ch: string; cursor: string | undefined }[], handlers: EventLineHandlers) {
    const query = new URLSearchParams();
    for (const { ch } of channels) query.append("ch", ch);
    // One cursor stands for all channels of the line; the newest id we have seen is that cursor.
    if (EventLine.last_id && EventLine.channels === query.toString()) {
      query.set("cursor", EventLine.last_id);
    } else {
      EventLine.channels = query.toString();
      EventLine.last_id = "";
    }
    this.source = new EventSource(`/v1/events?${query}`, { withCredentials: true });
    this.source.onopen = () => handlers.open();
    this.source.onmessage = (message) => {
      if (message.lastEventId) EventLine.last_id = message.lastEventId;
      handlers.frame(JSON.parse(message.data) as Frame);
    };
    this.source.onerror = () => {
      this.source.close();
      handlers.lost();
    };
  }

  close(): void {
    this.source.onerror = null;
    this.source.close();
  }

  private static last_id = "";
  private static channels = "";
}

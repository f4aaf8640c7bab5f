// What a refusal means to a person. The server's `detail` is for developers; these sentences say
// what happened and what can be done now.
import { Problem } from "./api";
import { money } from "./format";

const kSentences: Record<string, string> = {
  "stock-unavailable": "Someone was faster: this one is sold out right now.",
  "reservation-expired": "Your hold has run out, so the piece went back on the shelf. Try again?",
  "payment-declined": "The payment was declined. Nothing was charged, and the piece is free again.",
  "poll-closed": "This poll has just closed.",
  "pin-limit": "Three products are pinned already. Unpin one first.",
  "permission": "You may not do that here.",
  "banned": "You cannot take part in this chat.",
  "flood": "That was a little fast. Wait a moment and try again.",
  "rate-limited": "That was a little fast. Wait a moment and try again.",
  "overloaded": "The show is very busy. We keep trying.",
  "in-progress": "Your order is being worked on.",
  "network": "No connection to the show. We keep trying.",
  "unauthenticated": "Your session has ended. Please join again.",
  "storage-full": "The shop cannot take orders right now. Please try again later.",
};

export function sentence(error: unknown): string {
  if (!(error instanceof Problem)) return "Something went wrong. Please try again.";
  const { body } = error;
  if (body.code === "price-changed") {
    return `The price changed from ${money(body.price_before)} to ${money(body.price_now)}.`;
  }
  if (body.code === "show-state" && body.allowed) {
    return `That is not possible now. Possible: ${body.allowed.join(", ") || "nothing"}.`;
  }
  if (body.code === "schema" && body.errors?.[0]) return `Please check: ${body.errors[0].detail}`;
  return kSentences[body.code] ?? body.detail ?? body.title ?? "Something went wrong.";
}

export const codeOf = (error: unknown): string =>
  error instanceof Problem ? error.code : "unknown";

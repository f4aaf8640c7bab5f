import type { Line, Money } from "./types";

const kFormats = new Map<string, { format: Intl.NumberFormat; unit: number }>();

function currency(code: string) {
  let found = kFormats.get(code);
  if (!found) {
    const format = new Intl.NumberFormat(undefined, { style: "currency", currency: code });
    const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
    found = { format, unit: 10 ** digits };
    kFormats.set(code, found);
  }
  return found;
}

export function money(value: Money | undefined): string {
  if (!value) return "–";
  const { format, unit } = currency(value.currency || "GBP");
  return format.format((value.amount ?? 0) / unit);
}

// "12.50" to minor units; undefined when it is not an amount.
export function minorUnits(text: string, code: string): number | undefined {
  const { unit } = currency(code);
  const digits = Math.round(Math.log10(unit));
  const match = /^\s*(\d{1,9})(?:[.,](\d+))?\s*$/.exec(text);
  if (!match || (match[2] ?? "").length > digits) return undefined;
  return Number(match[1]) * unit + Number((match[2] ?? "").padEnd(digits, "0") || 0);
}

export function majorUnits(value: Money): string {
  const { unit } = currency(value.currency);
  return ((value.amount ?? 0) / unit).toFixed(Math.round(Math.log10(unit)));
}

export function lineTotal(lines: Line[]): Money | undefined {
  const first = lines[0]?.unit_price;
  if (!first) return undefined;
  const amount = lines.reduce((sum, l) => sum + (l.unit_price?.amount ?? 0) * l.quantity, 0);
  return { amount, currency: first.currency };
}

const kCompact = new Intl.NumberFormat(undefined, { notation: "compact" });
export const compact = (n: number | undefined): string => kCompact.format(n ?? 0);
export const integer = (n: number | undefined): string => (n ?? 0).toLocaleString();

export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function timeOfDay(ms: number | undefined): string {
  if (!ms) return "";
  return new Date(ms).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

export function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return ((words[0]?.[0] ?? "?") + (words[1]?.[0] ?? "")).toUpperCase();
}

// A stable hue for a name: the same person keeps the same colour on every screen.
export function hue(name: string): number {
  let h = 2166136261;
  for (const c of name) h = Math.imul(h ^ c.codePointAt(0)!, 16777619);
  return (((h ^ (h >>> 15)) >>> 0) % 24) * 15;
}

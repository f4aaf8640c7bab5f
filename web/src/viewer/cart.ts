// The cart's one call. Quantities are absolute, so a repeated call changes nothing.
import { call } from "../lib/api";
import type { CartView } from "../lib/types";
import type { ShowModel } from "./show.svelte";

export async function setLine(model: ShowModel, sku: string, quantity: number): Promise<void> {
  const cart = await call<CartView>(`/v1/store/cart/lines/${encodeURIComponent(sku)}`, {
    method: "PUT", token: model.keeper.token, body: { quantity, show: model.show?.id ?? "" },
  });
  model.putCart(cart);
}

export function addToCart(model: ShowModel, sku: string, more: number): Promise<void> {
  const line = model.cart.lines?.find((l) => l.sku === sku);
  return setLine(model, sku, Math.min(999, (line?.quantity ?? 0) + more));
}

// Buying, as the viewer lives it: Buy holds the piece (a reservation), Confirm pays it. Each wish
// has one idempotency key for all its tries, so a lost answer or a double tap buys once.
import { Problem, call, newKey } from "../lib/api";
import { codeOf, sentence } from "../lib/problem";
import type { Line, Money, Order, ReservationView } from "../lib/types";
import type { ShowModel } from "./show.svelte";

export type Step = "closed" | "holding" | "held" | "paying" | "pending" | "done" | "refused";

export class Purchase {
  step = $state<Step>("closed");
  lines = $state.raw<Line[]>([]);
  total = $state.raw<Money>();
  expires_at_ms = $state(0);
  order = $state.raw<Order>();
  code = $state("");
  message = $state("");
  prices = $state.raw<{ before: Money; now: Money }>();
  payment = $state("tok_approve");

  private whole_cart = false;
  private reservation = "";
  private pay_key = "";
  private generation = 0; // an answer for a sheet that was closed meanwhile is not shown

  constructor(private readonly model: ShowModel) {
    model.onorder = (order) => this.settle(order);
  }

  // One piece from a pin.
  buy(sku: string): Promise<void> {
    const price = this.model.products[sku]?.product.price;
    this.whole_cart = false;
    return this.hold([{ sku, quantity: 1, ...(price ? { unit_price: price } : {}) }]);
  }

  checkout(): Promise<void> {
    this.whole_cart = true;
    return this.hold(this.model.cart.lines ?? []);
  }

  // The same again: after the price changed (at the new one) or the hold ran out.
  again(): Promise<void> {
    const lines = this.lines.map(({ sku, quantity }) => {
      const unit_price = this.model.products[sku]?.product.price;
      const now = this.lines.length === 1 ? this.prices?.now : undefined;
      return { sku, quantity, ...(now ?? unit_price ? { unit_price: now ?? unit_price! } : {}) };
    });
    return this.hold(lines);
  }

  async confirm(): Promise<void> {
    if (this.step !== "held") return;
    this.step = "paying";
    const generation = this.generation;
    try {
      const order = await call<Order>("/v1/store/orders", {
        method: "POST", token: this.model.keeper.token, key: this.pay_key, tries: 8,
        body: { reservation: this.reservation, payment_token: this.payment },
      });
      this.model.putOrder(order);
      if (generation === this.generation && order.status === "pending") {
        this.order = order;
        if (this.step === "paying") this.step = "pending";
      }
    } catch (error) {
      if (generation === this.generation) this.refuse(error);
    }
  }

  // Leaving before paying puts the piece back on the shelf.
  close(): void {
    if (this.step === "held") this.release(this.reservation);
    this.generation++;
    this.step = "closed";
  }

  expired(): void {
    if (this.step !== "held") return;
    this.refuse(new Problem({ status: 410, code: "reservation-expired" }));
  }

  private async hold(lines: Line[]): Promise<void> {
    const generation = ++this.generation;
    Object.assign(this, { step: "holding", lines, total: undefined, order: undefined });
    Object.assign(this, { prices: undefined, code: "", message: "" });
    try {
      const { shop, show } = this.model;
      const held = await call<ReservationView>("/v1/store/reservations", {
        method: "POST", token: this.model.keeper.token, key: newKey(),
        body: { lines: this.whole_cart ? [] : lines, show: show?.id ?? "", shop },
      });
      if (generation !== this.generation) return this.release(held.id);
      this.reservation = held.id;
      this.pay_key = newKey();
      this.lines = held.lines;
      this.total = held.total;
      this.expires_at_ms = held.expires_at_ms;
      this.step = "held";
    } catch (error) {
      if (generation === this.generation) this.refuse(error);
    }
  }

  private release(reservation: string): void {
    void call(`/v1/store/reservations/${reservation}`, {
      method: "DELETE", token: this.model.keeper.token, key: newKey(),
    }).catch(() => {}); // the hold's own deadline is the safety net
  }

  private refuse(error: unknown): void {
    this.step = "refused";
    this.code = codeOf(error);
    this.message = sentence(error);
    const body = error instanceof Problem ? error.body : undefined;
    if (body?.price_before && body.price_now) {
      this.prices = { before: body.price_before, now: body.price_now };
    }
  }

  private settle(order: Order): void {
    if (!["paying", "pending"].includes(this.step)) return;
    if (order.reservation !== this.reservation && order.id !== this.order?.id) return;
    this.order = order;
    if (order.status === "confirmed") this.step = "done";
    if (order.status === "rejected") {
      this.refuse(new Problem({ status: 402, code: order.reason || "payment-declined" }));
    }
  }
}
